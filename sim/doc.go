// Package sim is the simulation: small worlds in which real mail programs talk over a network that exists only
// here. The package itself is empty. This page is the map of what lies below it.
//
// # The idea
//
// A lab is a small deterministic world. Its Spec (hosts, domains, a seed) and the ordered list of Actions that
// people took are the lab; everything else is computed. The same Spec and Actions give the same trace, event
// for event, and from this come pausing, stepping, replaying, sharing, and waking a lab that was asleep.
//
// A protocol session is a value that is fed octets and answers with octets. It owns no socket and reads no
// clock.
//
// There is one trace. Whatever anybody sees, the map, the dialogue, the inbox, is a view of it.
//
// # The map
//
// Words, which all rooms share:
//
//	rfc         references to the standards as data, and how far we follow each document
//	clock       a lab's time and turn-taking: one heap of events, ordered by (time, number)
//	trace       what happened, as immutable numbered events; as frames (trace/packet), and files of those (trace/pcapng); which of
//	            them somebody looks for (trace/query)
//	drive       what both ends of any conversation have in common; driving one over a net.Conn
//	sasl        the mechanisms by which a client proves who it is
//	smtp        SMTP's vocabulary: commands, replies, codes, paths, dot-stuffing
//	message     RFC 5322 and MIME: composing and reading mails; wording Received and Return-Path
//	explain     what verbs, replies, keywords and header fields mean, as data
//
// Engines, which do one thing each and do not know of each other:
//
//	vnet        hosts, links, segments; connections that open, carry octets, fail and close as TCP's do
//	secure      TLS as a value, between a session and the wire; the lab's certification authority
//	dissect     tells commands, replies and data apart in the octets that the wire carried, also in TLS
//	smtpserver  the server's side of an SMTP conversation
//	smtpclient  the client's side
//	pop3        both sides of a POP3 conversation
//	mailbox     the maildrops of a server
//
// The world, the one room where the engines meet:
//
//	lab         Spec, Action, Lab, and the views for whoever draws it
//
// That world written down:
//
//	history     Spec and Actions of a lab, as a value and as a file: played whole, up to a moment, or anew
//	capture     what its network carried, as frames and as a file that network analysers open
//	result      what its run was, as a signed file that can be handed in
//
// What people do in it to learn:
//
//	exercise    tasks as text files; judged by the trace, and proven by playing them; those of the course are in exercise/catalog
//
// Keepers, who live by the wall clock:
//
//	journal     a durable ordered log of actions per lab: in memory, and on NATS JetStream (journal/natsjournal)
//	runner      keeps the labs that are awake, paces them, puts them to sleep and wakes them
//	gateway     real TCP ports onto a lab, so that real mail programs can talk to its server
//
// The arrow of imports runs cmd → web → sim, and inside sim from words to engines to the world to the keepers,
// never back. imports_test.go states each rule with its reason. No engine knows the lab: what an engine cannot
// know by itself it asks of a small Host interface of its own. Only lab imports several engines, only
// natsjournal knows NATS, only web knows HTTP. Below the keepers there is no goroutine and no wall clock, and what looks
// random comes from the Spec's seed: also the keys of TLS, so that what a real program once said in it can be replayed.
//
// # Life of a mail
//
// PC-1 sends “Lunch” to pc2@email.com:
//
//   - Somebody clicks Send. A handler in web makes a lab.Action of the form: verb send, host pc1, the texts as
//     typed.
//   - runner.Act asks the lab whether that can be done (Lab.Check), appends the action to the journal with the
//     moment at which it happens, and applies it. What cannot be done comes back as a *lab.Mistake, a sentence
//     beside a form field.
//   - Lab.Apply has message.Compose write the letter: Date, Message-ID, From, To, Subject, and MIME where the
//     text needs it. The addresses of To, Cc and Bcc become the envelope; Bcc is written nowhere else.
//   - The lab gives both to an smtpclient.Conversation and has vnet connect PC-1 to port 25 of the server.
//     Nothing has happened yet: SYN is an event on the lab's clock.
//   - The runner steps the clock at the speed that people watch, a line at a time. SYN, SYN-ACK and ACK travel;
//     the server's host accepts, and the lab puts an smtpserver.Session behind the connection.
//   - What the session says is cut into segments. When a segment leaves, the lab's tap shows its octets to
//     dissect, which sees that they are a reply and appends it to the trace. Client and server are not asked.
//   - The segment arrives one latency and its time on the wire later. The driver feeds its octets to the
//     conversation, which says EHLO, and so on: MAIL, RCPT, DATA, each on the trace as it crosses the wire.
//   - At RCPT the session asks its Host, the lab's mail server, whether it takes mail for that path: the
//     policy, and the refusals in its words, are there.
//   - At DATA the session begins its copy with Return-Path, since mail ends here, and a Received field. The lines
//     that follow are the message, and the dots that the client added are taken away. At the lone dot the session
//     asks its Host to deliver: the lab stores the message in the mailbox. Only now the session says 250, and the
//     server is responsible.
//   - The conversation reads the 250, says QUIT, and tells the lab its outcome. The lab keeps a notice: the
//     pop-up.
//   - Somebody opens the inbox of PC-2 and checks the mail: an action again, and a conversation between a
//     pop3.Client and a pop3.Session on port 110, traced like the first. UIDL says what is new, RETR brings it,
//     and it stays on the server.
//   - All the while the runner tells watchers that there is news. web asks for a view of the lab, draws the new
//     events, and package web/live sends them to every browser that watches.
//
// # Rooms that a newcomer would guess wrong
//
//   - The dialogue is not logged by the programs that have it. It is dissected from what vnet's tap saw, so it
//     is true of programs that break the rules, too.
//   - Received is worded in message, added by smtpserver. Return-Path is worded in message, added by
//     smtpserver where its Config says that mail ends there; lab exchanges it in the copies of a mailing list.
//   - STARTTLS's rule is in the session, which then only says that TLS begins (drive.Securable). Its handshake is in
//     secure, and whoever drives the session puts that between.
//   - The dialogue inside TLS is dissected too, by the key log that the server keeps, as an analyser would.
//   - A real program outside is a host of the lab, and what it says is a list of actions. The gateway carries octets and
//     knows no protocol. What a person types, at a PC or in the server's place, is a list of actions too (lab/line.go),
//     and what a terminal shows is drawn from the trace.
//   - Whether a reply was legal is judged in smtp, from the trace alone: smtpserver only ever says what is.
//   - Which mechanisms are offered before TLS, what VRFY tells and who is behind an alias are settings of the lab's
//     server (lab/settings.go).
//   - Frames, with their acknowledgements, are computed from the trace when somebody wants to see them. The lab's network
//     has none, and takes no time to confirm.
//   - Dot-stuffing is smtp's, never message's: it belongs to the way, not to the letter.
//   - “Relaying denied” is the lab's policy, asked for through the server's Host interface. So is “no such
//     mailbox”.
//   - Whether a command comes at the right moment is decided in smtpserver's handlers, each for itself, and
//     stated in RFC 5321 §4.1.4.
//   - A session does not wait. Its Patience says how long its driver should, in lab time; so nothing expires
//     while a lab is paused.
//   - Speed is not the lab's business: a lab steps, and the runner decides when.
//   - The journal holds what people did, not what the wire carried. The trace is computed again when a lab
//     wakes up.
//   - A PC's inbox is what it has fetched. The mailbox is what the server keeps. They differ until the mail is
//     checked.
package sim
