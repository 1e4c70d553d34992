package ui

import "strconv"

// The samples are one small lab, drawn in many states by the tests.

const hostile = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe\" onload=\"x' \x00\xff"

func sampleShell(nav string) Shell {
	return Shell{
		Title: "Lab", Nav: nav, Theme: "light", ThemeURL: "/theme", Here: "/labs/x7", HomeURL: "/labs/x7",
		Lab: LabBar{
			Name: "amber-fox", ShareURL: "/labs/x7/share", NoticesURL: "/labs/x7/notices",
			KeysURL: "/labs/x7/keys", EventsURL: "/labs/x7/events/", More: []Link{{"Theory: Aim", "/theory/aim"}},
		},
	}
}

func sampleMap() Map {
	return Map{Switch: "Switch", Hosts: []MapHost{
		{ID: "pc1", Name: "PC-1", Address: "pc1@email.com", IP: "192.168.11.1", URL: "/labs/x7/hosts/pc1", LinkUp: true, Busy: true},
		{ID: "pc2", Name: "PC-2", Address: "pc2@email.com", IP: "192.168.11.2", URL: "/labs/x7/hosts/pc2", LinkUp: true, Unread: 1},
		{ID: "pc3", Name: "PC-3", Address: "pc3@email.com", IP: "192.168.11.3", URL: "/labs/x7/hosts/pc3"},
		{ID: "server", Name: "SMTP Server", Server: true, Address: "email.com", IP: "192.168.11.4", URL: "/labs/x7/hosts/server", LinkUp: true, Busy: true},
	}}
}

func sampleLab() LabPage {
	return LabPage{
		Shell: sampleShell("lab"), Seq: 40, LiveURL: "/labs/x7/live", PollURL: "/labs/x7/poll", CanAct: true,
		Map: sampleMap(),
		Controls: Controls{
			ClockURL: "/labs/x7/clock", ConditionsURL: "/labs/x7/conditions", ResetURL: "/labs/x7/reset", Speed: "1",
			Speeds: []Speed{{"0.25", "1 line per 4 s"}, {"0.5", "1 line per 2 s"}, {"1", "1 line/s"}, {"4", "4 lines/s"}, {"20", "20 lines/s"}, {"max", "full speed"}},
		},
		Trace: Trace{
			Groups: sampleGroups(), Show: Show{SMTP: true, POP3: true, Explain: true}, LabURL: "/labs/x7",
			TextURL: "/labs/x7/transcript.txt", SchemaURL: "/schema/transcript-1.json", VerifyURL: "/verify", OpenURL: "/open",
			Saves: []Save{{Label: "CSV", Ending: ".csv", About: "For a spreadsheet.", URL: "/labs/x7/transcript.csv"}, {Label: "Hand-in", About: "To print.", URL: "/labs/x7/report", Page: true}},
			Find:  Find{LabURL: "/labs/x7", URL: "/labs/x7/find", Text: "verb:rcpt", Matched: 2, Total: 30, Hidden: 1, Last: 40, End: true},
			Notes: Notes{URL: "/labs/x7/annotations", Version: 3}, Codes: []Codes{{"RCPT", []string{"250", "550"}}},
		},
		Waiting: Waiting{Text: "Waiting for the server's answer.", Expects: "DATA"},
	}
}

func sampleReport(text string) ReportPage {
	line := []Line{{Text: Visible(text)}}
	return ReportPage{
		Shell: sampleShell("lab"), Lab: text, Date: "26 November 2026, 10:00:00 UTC", Events: "1 to 9 (9 events)", Time: "0.000 s to 1.000 s", Calendar: "26 November 2026",
		Fingerprint: "0123456789abcdef", Cut: []string{"It is cut."}, BackURL: "/labs/x7", ResultURL: "/labs/x7/result.json", ResultFile: "smtplab-amber-fox-result.json",
		Deeds: []Deed{{Seq: 1, Time: "0.000", Who: "PC-1", What: text, Came: text}},
		Talks: []ReportTalk{
			{Conn: 1, Client: "PC-1", Server: "SMTP Server", Proto: "SMTP", Outcome: text, Mails: 1, Rows: []ReportRow{{Seq: 2, Who: "C", Lines: line}, {Seq: 3, Secure: true, Lines: line}}, Rest: "It goes on."},
			{Conn: 2, Client: "PC-2", Server: "SMTP Server", Proto: "POP3", Outcome: "in progress"},
		},
		Mails:   []ReportMail{{Title: text, Came: "fetched by conversation 2", Size: "1 kB", Headers: []Header{{Name: text, Value: text}}, Rest: "and 1 more field"}},
		Waiting: "1 mail more on the server.",
	}
}

func sampleVerified(good bool) VerifyPage {
	return VerifyPage{Shell: sampleShell(""), VerifyURL: "/verify", Key: "a2V5", KeyPEM: "-----BEGIN PUBLIC KEY-----\n", Verdict: &Verdict{
		Good: good, Title: "This result is what it is.", Text: "And says so.", Transcript: "So does the transcript.", Facts: []Term{{Name: "Lab", Meaning: "amber-fox"}},
	}}
}

// script builds the rows of a conversation from what was said.
type script struct {
	proto string
	conn  uint32
	seq   uint64
	rows  []Row
}

func (s *script) add(kind, side, raw, gist string) {
	s.seq++
	r := Row{
		Seq: s.seq, Time: "0.0" + strconv.Itoa(int(10+s.seq)), Kind: kind, Proto: s.proto, Side: side, Gist: gist,
		URL: "/labs/x7/events/" + strconv.FormatUint(s.seq, 10),
	}
	switch kind {
	case "command":
		r.Who, r.Lines = "PC-1", CommandLines([]byte(raw))
	case "reply":
		r.Who, r.Lines = "SMTP Server", ReplyLines([]byte(raw))
	case "data":
		r.Lines, _ = DataLines([]byte(raw), false)
	case "segment":
		r.Proto, r.Lines, r.Note = "tcp", NoteLines(raw), "seq 0 · ack 0"
	default:
		r.Lines = NoteLines(raw)
	}
	s.rows = append(s.rows, r)
}

func sampleGroups() []Group {
	s := &script{proto: "smtp", conn: 1, seq: 0}
	s.add("segment", "client", "SYN", "")
	s.add("open", "", "49152 → 25", "the TCP connection stands")
	s.add("reply", "server", "220 email.com ESMTP SMTP Lab ready\r\n", "the server greets")
	s.add("command", "client", "EHLO pc1.email.com\r\n", "the client says who it is")
	s.add("reply", "server", "250-email.com greets pc1.email.com\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 ENHANCEDSTATUSCODES\r\n", "")
	s.add("command", "client", "MAIL FROM:<pc1@email.com> SIZE=312\r\n", "begins a mail")
	s.add("reply", "server", "250 2.1.0 Sender OK\r\n", "")
	s.add("command", "client", "RCPT TO:<pc2@email.com>\r\n", "names a recipient")
	s.add("reply", "server", "250 2.1.5 Recipient accepted\r\n", "")
	s.add("command", "client", "RCPT TO:<nobody@email.com>\r\n", "names a recipient")
	s.add("reply", "server", "550 5.1.1 No such mailbox here\r\n", "refused for good")
	s.add("command", "client", "DATA\r\n", "the message comes next")
	s.add("reply", "server", "354 Start mail input; end with <CRLF>.<CRLF>\r\n", "go ahead")
	s.add("data", "client", "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <4f1a@pc1.email.com>\r\nFrom: pc1@email.com\r\nTo: pc2@email.com\r\nSubject: Lunch, with a rather long subject that goes on\r\n to the next line\r\n\r\nNoon, at the gate?\r\n..profile is a file name\r\nBring the others if they are free, this line is so long that it has to be wrapped somewhere.\r\n1\r\n2\r\n3\r\n4\r\n.\r\n", "")
	s.add("reply", "server", "250 2.0.0 Accepted as 4F1A\r\n", "the server is responsible now")
	s.add("store", "", "pc2@email.com 4F1A", "")
	s.add("command", "client", "QUIT\r\n", "")
	smtp := Group{
		Conn: 1, Proto: "smtp", Client: "PC-1", Server: "SMTP Server", Addresses: "192.168.11.1:49152 → 192.168.11.4:25",
		Outcome: "1 message accepted", Tone: "good", URL: "/labs/x7/conversations/1", TextURL: "/labs/x7/conversations/1.txt",
		Mails: []Link{{"the mail at PC-2", "/labs/x7/hosts/pc2/inbox/1"}}, Rows: s.rows,
	}
	lone := Group{Rows: []Row{{Seq: 30, Time: "0.400", Kind: "condition", Proto: "lab", Lines: NoteLines("The link of PC-3 was cut."), URL: "/labs/x7/events/30"}}}
	p := &script{proto: "pop3", conn: 2, seq: 30}
	p.add("reply", "server", "+OK email.com POP3 ready\r\n", "the server greets")
	p.add("command", "client", "USER pc2\r\n", "")
	p.add("reply", "server", "-ERR [IN-USE] Somebody has it open\r\n", "")
	pop := Group{
		Conn: 2, Proto: "pop3", Client: "PC-2", Server: "SMTP Server", Addresses: "192.168.11.2:49153 → 192.168.11.4:110",
		Outcome: "in progress", Tone: "open", URL: "/labs/x7/conversations/2", Rows: p.rows,
	}
	return []Group{smtp, lone, pop}
}

func sampleExplanation() Explanation {
	return Explanation{
		Seq: 8, Title: "RCPT names one recipient of this message.",
		Meaning: "It belongs to the envelope: the server delivers to this address whatever the To: header says. Say it once for each recipient.",
		Why:     "The envelope is apart from the letter so that a copy can go to people whom the letter does not name.",
		Before:  "MAIL given", After: "RCPT given",
		MayAnswer: []string{"250", "251", "450", "550", "552", "503"}, MayFollow: []string{"RCPT", "DATA", "RSET"},
		OnWire:   "26 bytes · TCP seq 47 · ack 131",
		Refs:     []Link{{"RFC 5321 §4.1.1.3", "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.3"}},
		Annotate: Annotate{URL: "/labs/x7/events/8/note", Mark: Mark{true, "Who is this?"}},
	}
}

func samplePC(tab string) PCWindow {
	w := PCWindow{
		Shell: sampleShell("lab"), Host: "pc1", Name: "PC-1", Address: "pc1@email.com", IP: "192.168.11.1", BackURL: "/labs/x7", CanAct: true,
	}
	for _, t := range []string{"Compose", "Inbox", "Sent", "Settings"} {
		count := 0
		if t == "Inbox" {
			count = 2
		}
		w.Tabs = append(w.Tabs, Tab{Label: t, URL: "/labs/x7/hosts/pc1/" + t, Current: t == tab, Count: count})
	}
	switch tab {
	case "Compose":
		w.Compose = &Compose{
			SendURL: "/labs/x7/hosts/pc1/mail", From: "pc1@email.com", Contacts: []string{"pc2@email.com", "pc3@email.com"},
			To: "pc2@", Subject: "Lunch", Body: "Noon, at the gate?", Limit: "Up to 10 MB in all.", MaxUpload: 16 << 20,
			Problems: []Problem{{"to", "“pc2@” is not a complete address: the part after the @ is missing."}},
		}
	case "Inbox":
		w.Inbox = &Inbox{CheckURL: "/labs/x7/hosts/pc1/inbox", Checked: "0.412 s", Waiting: 1, Mails: []InboxMail{
			{URL: "/labs/x7/hosts/pc1/inbox/2", ReadURL: "/labs/x7/hosts/pc1/inbox/2/read", DeleteURL: "/labs/x7/hosts/pc1/inbox/2/delete", From: "pc2@email.com", Subject: "Lunch", Snippet: "Noon, at the gate? Bring the others if they are free, and the file that I asked you for last week.", Time: "10:00:01", Unread: true, Clip: true},
			{URL: "/labs/x7/hosts/pc1/inbox/1", DeleteURL: "/labs/x7/hosts/pc1/inbox/1/delete", From: "pc3@email.com", Snippet: hostile, Time: "09:58:40"},
			{URL: "/labs/x7/hosts/pc1/inbox/3", From: "pc3@email.com", Subject: "Going away", Snippet: "…", Time: "09:51:12", Deleting: true},
		}}
	case "Mail":
		w.Mail = sampleMail("text")
	case "Sent":
		w.Sent = &SentBox{Mails: []SentMail{
			{To: "pc2@email.com, nobody@email.com", Subject: "Lunch", Time: "10:00:01", Tone: "part", Outcome: sampleOutcome(), Conversation: Link{"PC-1 → SMTP Server", "/labs/x7/conversations/1"}, RawURL: "/labs/x7/hosts/pc1/sent/2/raw"},
			{To: "pc3@email.com", Subject: "Minutes", Time: "09:48:20", Tone: "good", Outcome: Outcome{Sentence: "The server accepted the mail for pc3@email.com.", Reply: "250 2.0.0 Accepted as 4F19", ReplyURL: "/labs/x7/events/9"}, Conversation: Link{"PC-1 → SMTP Server", "/labs/x7/conversations/9"}, RawURL: "/labs/x7/hosts/pc1/sent/1/raw"},
		}}
	case "Settings":
		w.Settings = &Settings{Items: []Setting{
			{"Address", "pc1@email.com", "Where mail for this PC is sent."},
			{"IP address", "192.168.11.1", "Of this PC."},
		}, Form: sampleAccount()}
	}
	return w
}

func sampleAccount() *AccountForm {
	tls := []Choice{{"", "Never: in the clear", false}, {"required", "Required (STARTTLS)", true}}
	login := []Choice{{"", "No login", true}, {"any", "The strongest", false}}
	return &AccountForm{
		SaveURL: "/labs/x7/hosts/pc1/settings", Notice: "Saved.", Server: "192.168.11.4", ServerHint: "192.168.11.4 or email.com",
		Presets: []Preset{{"Classic", "Port 25, in the clear", "?preset=classic", false}, {"Submission", "Port 587", "?preset=submission", true}},
		Ways:    []Way{{"smtp", "Outgoing mail", "SMTP.", "x", tls, login}, {"pop3", "Incoming mail", "POP3.", "110", tls, login}},
		User:    "pc1", Password: hostile, Chunking: true, Without: []Choice{{"CHUNKING", "CHUNKING", true}, {"DSN", "DSN", false}},
		Problems: []Problem{{"smtp_port", "A port is a number from 1 to 65535."}},
	}
}

func sampleOutcome() Outcome {
	return Outcome{
		Sentence: "The server accepted the mail for one of two recipients.", Reply: "250 2.0.0 Accepted as 4F1A", ReplyURL: "/labs/x7/events/15",
		Advice:     "Look at the address that was refused: email.com has no such mailbox.",
		Recipients: []Recipient{{"pc2@email.com", true, "250 2.1.5 Recipient accepted"}, {"nobody@email.com", false, "550 5.1.1 No such mailbox here"}},
	}
}

func sampleMail(view string) *Mail {
	return &Mail{
		View: view, TextURL: "/m/1", HTMLURL: "/m/1?view=html", HeadersURL: "/m/1?view=headers", SourceURL: "/m/1?view=source", FrameURL: "/m/1/html", RawURL: "/m/1.eml",
		BackURL: "/labs/x7/hosts/pc1/inbox", DeleteURL: "/m/1/delete", ReplyURL: "/labs/x7/hosts/pc1?to=pc2",
		From: "PC-2 <pc2@email.com>", To: "pc1@email.com", Date: "Mon, 23 Nov 2026 10:00:00 +0000", Subject: "Lunch",
		Text: "Noon, at the gate?\n\nBring the others if they are free.\n" + hostile + "\n",
		Headers: []Header{
			{"Return-Path", "<pc2@email.com>", "Where a report would go if the mail could not be delivered: the envelope's sender.", Link{"RFC 5321 §4.4", "https://www.rfc-editor.org/rfc/rfc5321#section-4.4"}},
			{"Subject", hostile, "", Link{}},
		},
		Source:        "Return-Path: <pc2@email.com>\r\nSubject: Lunch\r\n\r\n" + hostile + "\r\n",
		Attachments:   []Attachment{{Name: hostile, Type: "text/plain", Size: "12 kB", URL: "/m/1/files/1"}},
		Conversations: []Link{{"delivered by PC-2 → SMTP Server", "/labs/x7/conversations/1"}, {"fetched by PC-1 → SMTP Server", "/labs/x7/conversations/2"}},
	}
}

func sampleServer() ServerWindow {
	return ServerWindow{
		Shell: sampleShell("lab"), Host: "server", Name: "SMTP Server", IP: "192.168.11.4", Domain: "email.com", BackURL: "/labs/x7",
		Tabs:     []Tab{{Label: "Overview", URL: "/labs/x7/hosts/server", Current: true}, {Label: "Settings", URL: "/labs/x7/hosts/server/settings"}},
		Overview: sampleOverview(),
	}
}

func sampleOverview() *ServerOverview {
	return &ServerOverview{
		Ports: []Term{{"25", "SMTP: clients hand over mail here.", Link{"RFC 5321 §4.5.4.2", "https://www.rfc-editor.org/rfc/rfc5321"}}, {"110", "POP3: mail programs fetch mail here.", Link{"RFC 1939 §3", "https://www.rfc-editor.org/rfc/rfc1939"}}},
		Keywords: []Term{
			{"PIPELINING", "Commands may be sent without waiting for each reply.", Link{"RFC 2920 §3", "https://www.rfc-editor.org/rfc/rfc2920"}},
			{"SIZE 10485760", "A message may have at most that many octets.", Link{"RFC 1870 §4", "https://www.rfc-editor.org/rfc/rfc1870"}},
			{"8BITMIME", "Text need not be squeezed into seven bits.", Link{"RFC 6152 §2", "https://www.rfc-editor.org/rfc/rfc6152"}},
		},
		Mailboxes:     []Mailbox{{"pc1@email.com", 2, "1.2 kB", false}, {"pc2@email.com", 1, "0.6 kB", true}, {"pc3@email.com", 0, "0 B", false}},
		Conversations: []ConversationLink{{2, "0.412", "POP3", "PC-2 → SMTP Server", "in progress", "open", "/labs/x7/conversations/2"}, {1, "0.010", "SMTP", "PC-1 → SMTP Server", "1 message accepted", "good", "/labs/x7/conversations/1"}},
	}
}

func sampleServerSettings() ServerWindow {
	w := sampleServer()
	w.Overview, w.Settings = nil, &ServiceSettings{Form: &ServiceForm{
		SaveURL: "/labs/x7/hosts/server/settings", RestartURL: "/labs/x7/hosts/server/restart",
		Offers:     []Choice{{"STARTTLS", "STARTTLS", true}, {"CHUNKING", "CHUNKING", false}},
		Mechanisms: []Mechanism{{"SCRAM-SHA-256", "proves it", true, true}, {"PLAIN", "says it", true, false}},
		Lookup:     []Choice{{"", "Tell the truth", true}, {"vague", "Stay vague", false}},
		Aliases:    "sales: pc1, pc2\n" + hostile + "\n", Limits: []Limit{{"max_size", "Size of a message", "octets", "", "10485760"}, {"patience", "Patience", "seconds", "0.5", "300"}},
		Problems: []Problem{{"aliases", "Line 2: a colon is missing."}},
	}}
	return w
}

func sampleReach() *Reach {
	return &Reach{
		Gates:          []Gate{{"127.0.0.1:2525", 25, "SMTP: mail comes in here.", []Example{{"swaks", "swaks --server 127.0.0.1:2525 --to pc2@email.com"}}}},
		CertificateURL: "/labs/x7/ca.pem", CertificateFile: "smtplab-demo-ca.pem",
	}
}

func sampleOutside() OutsideWindow {
	return OutsideWindow{
		Shell: sampleShell("lab"), Host: "outside", Name: "Outside", IP: "203.0.113.1", BackURL: "/labs/x7",
		Conversations: sampleOverview().Conversations, Reach: sampleReach(),
	}
}

func sampleNotice(tone string) Notice {
	n := Notice{N: 1, Tone: tone, Time: "10:00:01", Host: "PC-1", Outcome: sampleOutcome(), Conversation: Link{"See the conversation", "/labs/x7/conversations/1"}}
	switch tone {
	case "good":
		n.N, n.Outcome = 2, Outcome{Sentence: "The server accepted the mail for pc2@email.com.", Reply: "250 2.0.0 Accepted as 4F1A"}
	case "bad":
		n.N, n.Outcome = 3, Outcome{Sentence: "The server refused your mail.", Reply: "552 5.3.4 Message too big", Advice: "Leave out the file, or send it in parts."}
	}
	return n
}

func sampleNotices() NoticesWindow {
	return NoticesWindow{Shell: sampleShell("lab"), BackURL: "/labs/x7", Notices: []Notice{sampleNotice("good"), sampleNotice("part"), sampleNotice("bad")}}
}

func sampleShare() ShareWindow {
	return ShareWindow{
		Shell: sampleShell("lab"), BackURL: "/labs/x7", Keeps: "The lab is kept as long as the server runs.",
		EditURL: "http://127.0.0.1:8025/labs/x7f3k2m9q8w1z5", ViewURL: "http://127.0.0.1:8025/labs/v1c8n4b6h2j7d",
	}
}

func sampleConditions() ConditionsWindow {
	w := ConditionsWindow{Shell: sampleShell("lab"), BackURL: "/labs/x7", CanAct: true}
	for _, h := range sampleMap().Hosts {
		w.Links = append(w.Links, Cable{Host: h.Name, URL: h.URL + "/link", Up: h.LinkUp, Detail: "1 ms · 100 Mbit/s"})
	}
	return w
}

func sampleConfirm() ConfirmWindow {
	return ConfirmWindow{Shell: sampleShell("lab"), BackURL: "/labs/x7", Title: "Reset the lab?", Text: "All mails, the whole record and everything that was changed are gone, for everybody who is in this lab.", ActionURL: "/labs/x7/reset", Action: "Reset"}
}

func sampleError() ErrorWindow {
	return ErrorWindow{Shell: Shell{Title: "Not found", Theme: "light", ThemeURL: "/theme", HomeURL: "/"}, BackURL: "/", BackText: "To your own lab", Status: 404, Title: "There is no such lab.", Text: "The link may be mistyped, or the lab is gone.", Reference: "4f1a-22"}
}
