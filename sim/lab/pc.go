package lab

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"smtplab/sim/clock"
	"smtplab/sim/drive"
	"smtplab/sim/message"
	"smtplab/sim/pop3"
	"smtplab/sim/sasl"
	"smtplab/sim/secure"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpclient"
)

// mailProgram is what runs on a PC: it composes, sends, fetches and keeps mail.
type mailProgram struct {
	mailbox smtp.Path
	from    mail.Address // the mailbox, with the PC's name
	hello   string       // how it introduces itself
	account Account
	smtp    *smtpclient.Config // replaced as a whole, since conversations go on that use it

	inbox    []Received
	received int             // mails ever put in the inbox
	known    map[string]bool // unique-ids fetched
	sent     []*sending

	fetching   *pop3.Client
	checked    bool
	checkedAt  clock.Time
	checkError string
}

func (l *Lab) install(h *host) (*mailProgram, error) {
	mailbox, err := mailboxOf(h.Host, l.spec.Domain)
	if err != nil {
		return nil, err
	}
	return &mailProgram{
		mailbox: mailbox,
		from:    mail.Address{Name: h.Name, Address: mailbox.Address()},
		hello:   h.ID + "." + l.spec.Domain,
	}, nil
}

// setUp sets the mail program up for the conversations that begin from now on; nil is the default.
func (pc *mailProgram) setUp(l *Lab, h *host, a *Account) {
	if a != nil {
		pc.account = *a
	} else {
		pc.account = l.DefaultAccount(h.Host)
	}
	account := &pc.account
	without, _ := smtp.ExtensionsOf(account.Without...) // it was checked
	pc.smtp = &smtpclient.Config{
		Hello: pc.hello, Spare: &l.spare, Without: without, TLS: smtpTLS[account.SMTP.TLS], Chunking: account.Chunking,
	}
	if account.SMTP.Login != "" {
		pc.smtp.Login = &smtpclient.Login{
			User: account.User, Password: account.Password, InClear: account.InClear, Mechanisms: account.SMTP.mechanisms(),
			Nonce: l.server.nonce,
		}
	}
}

// mechanisms are those by which one may log in, the strongest first.
func (x Access) mechanisms() []string {
	if x.Login == AnyMechanism {
		return sasl.Mechanisms
	}
	return []string{x.Login}
}

// With TLSFirst there is nothing left to ask for.
var (
	smtpTLS = map[TLS]smtpclient.TLS{TLSOffered: smtpclient.TLSIfOffered, TLSRequired: smtpclient.TLSRequired}
	pop3TLS = map[TLS]pop3.TLSPolicy{TLSOffered: pop3.TLSIfOffered, TLSRequired: pop3.TLSRequired}
)

// serverOf is where the mail program finds a port of its server.
func (l *Lab) serverOf(pc *mailProgram, port uint16) netip.AddrPort {
	ip, err := addressOf(pc.account.Server, l.spec.Domain)
	if err != nil || !ip.IsValid() {
		ip = l.server.host.IP
	}
	return netip.AddrPortFrom(ip, port)
}

// sending is a mail that was sent, or is on its way. What became of it is worded when somebody looks, and its octets
// are composed again, so that a lab holds only those on the wire and in the mailbox: see Sent.
type sending struct {
	mail         *Mail
	number       int         // of all mails in the lab, from 1
	to           []smtp.Path // of all three fields, each once, in order
	at           clock.Time
	conversation *conversation            // nil when the client would not even dial
	client       *smtpclient.Conversation // nil once it is over
	result       smtpclient.Result
	lost         error // why the connection ended before the client was done
}

// letter is a mail that is ready to be sent.
type letter struct {
	to      []smtp.Path // of all three fields, each once, in order
	content []byte
}

// compose makes a letter of what a person typed at a time, the lab's mail of that number, or says what is wrong
// with it. The same arguments give the same letter.
func (l *Lab) compose(h *host, m *Mail, at clock.Time, number int, memory []byte) (letter, error) {
	var out letter
	draft := message.Draft{
		From:      h.pc.from,
		Subject:   m.Subject,
		Text:      m.Body,
		Date:      l.Calendar(at),
		MessageID: l.messageID(h, at, number),
	}
	var err error
	if draft.To, err = out.address("to", m.To); err != nil {
		return out, err
	}
	if draft.Cc, err = out.address("cc", m.Cc); err != nil {
		return out, err
	}
	if _, err = out.address("bcc", m.Bcc); err != nil { // RFC 5322 §3.6.3: in the envelope only
		return out, err
	}
	if err := l.checkSize(&out, m); err != nil {
		return out, err
	}
	for _, f := range m.Files {
		draft.Files = append(draft.Files, message.Attachment{Name: f.Name, Type: f.Type, Data: f.Data})
	}
	out.content, err = message.Append(memory, draft)
	if field, ok := errors.AsType[*message.FieldError](err); ok {
		return out, unwritable(field)
	}
	return out, err
}

// messageID is unique in the world as far as a lab can make it: by its seed, by the time, which goes on when the lab
// is reset, and by the number of the mail (RFC 5322 §3.6.4).
func (l *Lab) messageID(h *host, at clock.Time, number int) string {
	when := strconv.FormatInt(int64(at)/int64(time.Millisecond), 36)
	seed := strconv.FormatUint(l.spec.Seed&0xFFFFFFFF, 16)
	return seed + "." + strings.Repeat("0", max(0, 8-len(when))) + when + "." + strconv.Itoa(number) + "@" + h.pc.hello
}

func (l *Lab) checkSize(out *letter, m *Mail) error {
	octets := m.octets()
	switch {
	case len(out.to) == 0:
		return mistake("to", "empty", "Who is it for? Enter at least one address, like pc2@%s.", l.spec.Domain)
	case len(out.to) > MaxRecipients:
		return mistake("to", "limit", "This mail has %d recipients; the lab's mail program takes at most %d.", len(out.to), MaxRecipients)
	case utf8.RuneCountInString(m.Subject) > MaxSubject:
		return mistake("subject", "limit", "The subject is too long: at most %d characters.", MaxSubject)
	case strings.ContainsRune(m.Body, 0):
		return mistake("body", "bad_text", "The message contains a NUL character, which no mail may carry.")
	case len(m.Files) > MaxFiles:
		return mistake("files", "limit", "At most %d files can be attached to a mail.", MaxFiles)
	case l.mailed+octets > MaxMailed:
		return mistake("files", "limit", "%d MB of mail have been written in this lab, which is its limit. Reset it to go on.", MaxMailed>>20)
	case octets > MaxMailOctets:
		return mistake("files", "too_big", "This mail has %.1f MB of text and files; the lab's mail program takes at most %d MB.", float64(octets)/(1<<20), MaxMailOctets>>20)
	}
	return nil
}

// unwritable says why a header field or a part cannot be written.
func unwritable(e *message.FieldError) *Mistake {
	name := e.Field
	if !strings.HasPrefix(name, "file ") {
		name = "field “" + name + "”"
	}
	return mistake(formField(e.Field), "bad_text", "The %s %s.", name, e.Reason)
}

// formField is the compose form's name for a header field.
func formField(header string) string {
	switch f := strings.ToLower(header); f {
	case "to", "cc", "subject", "files":
		return f
	case "from", "date", "message-id":
		return ""
	}
	return "files"
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// address reads one field of addresses and adds them to the recipients.
func (out *letter) address(field, text string) ([]mail.Address, error) {
	var list []mail.Address
	for text != "" {
		var item string
		if item, text = cutAddress(text); item == "" {
			continue
		}
		name, addr := displayName(item)
		p, err := smtp.ParseAddressUTF8(addr)
		if err != nil {
			return nil, mistake(field, "bad_address", "“%s” is not a complete mail address: %s.", shorten(addr), strings.TrimSuffix(err.Error(), "."))
		}
		list = append(list, mail.Address{Name: name, Address: p.Address()})
		if !out.has(p) {
			out.to = append(out.to, p)
		}
	}
	return list, nil
}

func (out *letter) has(p smtp.Path) bool {
	for _, q := range out.to {
		if q.Equal(p) {
			return true
		}
	}
	return false
}

// cutAddress cuts a field at its first comma or semicolon, but not at one within quotes or angle brackets.
func cutAddress(s string) (item, rest string) {
	var quoted, bracketed, escaped bool
	for i := range len(s) {
		switch c := s[i]; {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = quoted
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			bracketed = c == '<'
		case (c == ',' || c == ';') && !bracketed:
			return strings.TrimSpace(s[:i]), s[i+1:]
		}
	}
	return strings.TrimSpace(s), ""
}

// displayName cuts "PC Two <pc2@email.com>" in two.
func displayName(item string) (name, addr string) {
	open := strings.LastIndexByte(item, '<')
	if open < 0 || !strings.HasSuffix(item, ">") {
		return "", item
	}
	return unquote(strings.TrimSpace(item[:open])), item[open+1 : len(item)-1]
}

// unquote is what a quoted string stands for (RFC 5322 §3.2.4), and other text as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	plain := make([]byte, 0, len(s))
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i < len(s)-2 {
			i++
		}
		plain = append(plain, s[i])
	}
	return string(plain)
}

// shorten keeps a quotation of what somebody typed readable: short, on one line, and without characters that act.
func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:57]) + "…"
	}
	return message.Visible(lineEnds.Replace(s))
}

var lineEnds = strings.NewReplacer("\r", "␍", "\n", "␊", "\t", "␉")

// outgoing is a PC's end of an SMTP connection.
type outgoing struct {
	lab     *Lab
	host    *host
	sending *sending
	n       int    // of the sending, on its host
	server  string // by which name the PC knows its server
	content []byte
	client  smtpclient.Conversation
	driver  driver
}

func (o *outgoing) secure(p drive.Securable, first bool, early []byte) *secure.Layer {
	return o.lab.clientTLS(o.sending.conversation, o.server, p, first, early)
}

// send begins the conversation that delivers a letter to the server.
func (l *Lab) send(h *host, m *Mail, out letter) {
	l.mails++
	l.mailed += m.octets()
	s := &sending{mail: m, number: l.mails, to: out.to, at: l.clock.Now()}
	h.pc.sent = append(h.pc.sent, s)
	o := &outgoing{lab: l, host: h, sending: s, n: len(h.pc.sent), server: h.pc.account.Server, content: out.content}
	if err := o.client.Init(h.pc.smtp, smtpclient.Mail{From: h.pc.mailbox, To: out.to, Content: out.content, DSN: reports(m, s)}); err != nil {
		s.result.Err = err
		l.notify(notice{host: h, sent: o.n})
		return
	}
	s.client = &o.client
	o.driver.init(l.clock, s.client, o)
	end := h.net.Dial(l.serverOf(h.pc, h.pc.account.SMTP.Port), &o.driver)
	s.conversation = recorder{l}.conversation(end.Connection())
	o.driver.protect(s.client, o, h.pc.account.SMTP.TLS == TLSFirst)
	l.join(h, "SMTP", end, s.client)
}

// reports are those that the sender of a mail wants: of success and of failure, with the header of the message.
func reports(m *Mail, s *sending) *smtpclient.DSN {
	if !m.Report {
		return nil
	}
	wanted := &smtpclient.DSN{Return: smtp.ReturnHeaders, Envelope: "mail-" + strconv.Itoa(s.number)}
	for _, to := range s.to {
		wanted.Rcpt = append(wanted.Rcpt, smtpclient.RecipientDSN{Notify: smtp.NotifySuccess | smtp.NotifyFailure, Original: to})
	}
	return wanted
}

// over is the end of the sending.
func (o *outgoing) over(lost error) {
	l, s := o.lab, o.sending
	l.leave(s.client)
	s.result, s.lost, s.client = s.client.Result(), lost, nil
	l.keep(o.content)
	l.trust.forget()
	l.notify(notice{host: o.host, sent: o.n})
}

// address is a port of the lab's mail server.
func (l *Lab) address(port uint16) netip.AddrPort { return netip.AddrPortFrom(l.server.host.IP, port) }

// fetching is a PC's end of a POP3 connection.
type fetching struct {
	lab          *Lab
	host         *host
	client       *pop3.Client
	server       string // by which name the PC knows its server
	conversation *conversation
}

// fetch begins the conversation that takes new mail from the server, and deletes what the person deleted.
func (l *Lab) fetch(h *host, remove []string) {
	pc := h.pc
	account := &pc.account
	login := pop3.Login{User: account.User, Pass: account.Password, TLS: pop3TLS[account.POP3.TLS]}
	if account.POP3.Login != "" {
		login.Mechanisms, login.NotInClear, login.Nonce = account.POP3.mechanisms(), !account.InClear, l.server.nonce()
	}
	without, _ := smtp.ExtensionsOf(account.Without...)
	f := &fetching{lab: l, host: h, server: account.Server}
	f.client = pop3.NewClient(login, pop3.Plan{
		Known: func(uid string) bool { return pc.known[uid] }, Delete: remove, NoUTF8: without.Has(smtp.WithSMTPUTF8),
	})
	pc.fetching = f.client
	d := l.drive(f.client, f)
	end := h.net.Dial(l.serverOf(pc, account.POP3.Port), d)
	f.conversation = recorder{l}.conversation(end.Connection())
	d.protect(f.client, f, account.POP3.TLS == TLSFirst)
	l.join(h, "POP3", end, f.client)
}

func (f *fetching) secure(p drive.Securable, first bool, early []byte) *secure.Layer {
	return f.lab.clientTLS(f.conversation, f.server, p, first, early)
}

// over is the end of the fetch.
func (f *fetching) over(err error) {
	f.lab.leave(f.client)
	f.host.pc.fetching = nil
	f.lab.trust.forget()
	f.lab.collect(f.host, f.conversation.id, f.client.Result(), err)
}

// collect puts what a fetch brought into the inbox and takes out what it deleted.
func (l *Lab) collect(h *host, conn uint32, result pop3.Result, err error) {
	pc := h.pc
	for _, m := range result.Messages {
		if pc.known == nil {
			pc.known = map[string]bool{}
		}
		pc.known[m.UID] = true
		pc.received++
		pc.inbox = append(pc.inbox, Received{
			N: pc.received, Raw: m.Content, At: l.clock.Now(), UID: m.UID, FetchedBy: conn, BroughtBy: l.server.broughtBy(pc, m.UID),
		})
	}
	deleted := slices.Concat(result.Deleted, result.Gone)
	for _, uid := range deleted {
		pc.forget(uid)
	}
	for i := range pc.inbox {
		pc.inbox[i].Deleting = false
	}
	pc.checked, pc.checkedAt, pc.checkError = true, l.clock.Now(), ""
	news := notice{host: h, conn: conn}
	switch failure := fetchError(result, err); {
	case failure != "":
		pc.checkError = failure
		news.bad, news.text = true, h.Name+" could not check its mail. "+failure
	case len(result.Messages) == 0 && len(deleted) > 0:
		news.text = count(len(deleted), "mail") + " deleted, on the server too."
	case len(result.Messages) == 0:
		news.text = "No new mail for " + pc.from.Address + "."
	default:
		news.text = count(len(result.Messages), "new mail") + " for " + pc.from.Address + "."
	}
	l.notify(news)
}

func (pc *mailProgram) forget(uid string) {
	for i := range pc.inbox {
		if pc.inbox[i].UID == uid {
			pc.inbox = slices.Delete(pc.inbox, i, i+1)
			return
		}
	}
}

// mail is mail n of the inbox, or nil.
func (pc *mailProgram) mail(n int) *Received {
	for i := range pc.inbox {
		if pc.inbox[i].N == n {
			return &pc.inbox[i]
		}
	}
	return nil
}

// broughtBy is the SMTP connection by which a message came; 0 when it is not there any more.
func (s *mailServer) broughtBy(pc *mailProgram, uid string) uint32 {
	if drop, ok := s.store.Drop(pc.mailbox.Local); ok {
		for m := range drop.Messages() {
			if m.UID == uid {
				return m.Conn
			}
		}
	}
	return 0
}

// waiting is how many messages on the server a PC has not fetched.
func (s *mailServer) waiting(pc *mailProgram) int {
	drop, ok := s.store.Drop(pc.mailbox.Local)
	if !ok {
		return 0
	}
	n := 0
	for i := range drop.Len() {
		if !pc.known[drop.UID(i)] {
			n++
		}
	}
	return n
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
