package lab

import (
	"bytes"
	"net/mail"
	"slices"
	"strconv"

	"smtplab/sim/mailbox"
	"smtplab/sim/message"
	"smtplab/sim/smtp"
	"smtplab/sim/trace"
)

// Deliver stores a message in every recipient's mailbox, or in none: after this nil the server is responsible for
// it (RFC 5321 §4.2.5).
func (in *incoming) Deliver(env *smtp.Envelope, content []byte) error {
	s := in.server
	if env.Binary { // a mailbox is read by POP3, which has lines: RFC 3030 §3 has the message converted then
		if lines, err := message.EightBit(content); err == nil {
			content = lines
		}
	}
	var few [4]string
	direct, listed := in.mailboxes(few[:0], env.To)
	fromList := content
	if len(listed) > 0 {
		fromList = resent(content, s.address(postmaster))
	}
	if !s.hasRoom(direct, content) || !s.hasRoom(listed, fromList) {
		return mailboxFull
	}
	m := mailbox.Message{UID: env.ID, Content: content, At: s.lab.clock.Now(), Conn: in.conversation.id, Tx: in.transaction()}
	if err := in.store(direct, m); err != nil {
		return err
	}
	m.Content = fromList
	if err := in.store(listed, m); err != nil {
		return err
	}
	if env.Options != nil {
		in.report(env, content)
	}
	return nil
}

// hasRoom reports whether a message fits in every one of some mailboxes.
func (s *mailServer) hasRoom(names []string, content []byte) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		drop, _ := s.store.Drop(name)
		return drop.Octets()+int64(len(content)) > MaxMailbox
	})
}

// transaction is the number of the mail transaction whose message is being delivered.
func (in *incoming) transaction() uint32 {
	if d := in.conversation.dissector; d != nil {
		return d.Transaction()
	}
	return 0
}

// store puts a message in mailboxes that have room for it.
func (in *incoming) store(names []string, m mailbox.Message) error {
	if err := in.server.store.DeliverAll(names, m); err != nil {
		return err
	}
	for _, name := range names {
		in.conversation.note(&trace.Event{
			Kind: trace.Store, Proto: trace.SMTP, From: in.server.host.ID, Tx: m.Tx, Note: name + " " + m.UID,
		})
		in.server.lab.witness(name, m)
	}
	return nil
}

// mailboxes are those that a mail goes to, each once: directly and by aliases, which leave the envelope's sender as it is
// (RFC 5321 §3.9.1), and by lists, which do not (§3.9.2).
func (in *incoming) mailboxes(dst []string, to []smtp.Path) (direct, listed []string) {
	s := in.server
	direct = dst
	for _, p := range to {
		if drop, ok := s.store.Drop(p.Local); ok {
			direct = addOnce(direct, drop.Name())
		} else if a := in.service.alias(p.Local); a != nil && a.List {
			listed = append(listed, s.resolve(in.service, p.Local)...)
		} else {
			for _, name := range s.resolve(in.service, p.Local) {
				direct = addOnce(direct, name)
			}
		}
	}
	if len(listed) > 0 {
		slices.Sort(listed)
		listed = slices.DeleteFunc(slices.Compact(listed), func(name string) bool { return slices.Contains(direct, name) })
	}
	return direct, listed
}

func addOnce(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// resent is a message with another Return-Path, which is its first line.
func resent(content []byte, address string) []byte {
	_, rest, _ := bytes.Cut(content, []byte("\r\n"))
	path := message.AppendReturnPath(nil, address[1:len(address)-1])
	return append(path, rest...)
}

// report tells the sender that the message was delivered, for the recipients for which it asked for that: RFC 3461 §5.2.3.
// For an alias with several mailboxes the word is “expanded”; a list counts as delivered to, since what it sends on is its
// own (RFC 3461 §5.2.7, RFC 3464 §2.3.3). Nobody is told who cannot be: a sender that is null (RFC 5321 §4.5.5), or not of
// this server, which has no way to others.
func (in *incoming) report(env *smtp.Envelope, content []byte) {
	s, l := in.server, in.server.lab
	var fates []message.Fate
	for i, to := range env.To {
		options := env.RcptOptions(i)
		if options.Notify&smtp.NotifySuccess == 0 {
			continue
		}
		fate := message.Fate{Recipient: to.Address(), Action: message.Delivered, Status: "2.1.5"}
		if options.ORcptType != "" {
			fate.Original = options.ORcptType + ";" + options.ORcpt
		}
		if a := in.service.alias(to.Local); a != nil && !a.List && len(s.resolve(in.service, to.Local)) > 1 {
			fate.Action = message.Expanded
		}
		fates = append(fates, fate)
	}
	if len(fates) == 0 || env.From.IsNull() || !s.local(env.From) {
		return
	}
	drop, ok := s.store.Drop(env.From.Local)
	if !ok {
		return
	}
	id, now := in.Stamp()
	raw := message.AppendReturnPath(nil, "")
	raw, err := message.AppendReport(raw, message.Report{
		From: mail.Address{Name: "Mail server of " + l.spec.Domain, Address: postmaster + "@" + l.spec.Domain},
		To:   env.From.Address(), Date: now, MessageID: id + "." + strconv.FormatUint(l.spec.Seed&0xFFFF, 16) + "@" + l.spec.Domain,
		MTA: l.spec.Domain, Envelope: env.EnvID, Arrival: now, For: fates, Message: content, Full: env.Ret == smtp.ReturnFull,
	})
	if err != nil || drop.Octets()+int64(len(raw)) > MaxMailbox {
		return // the message itself is delivered, and that was said
	}
	_ = in.store([]string{drop.Name()}, mailbox.Message{UID: id, Content: raw, At: l.clock.Now(), Conn: in.conversation.id, Tx: in.transaction()})
}
