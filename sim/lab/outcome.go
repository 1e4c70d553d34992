package lab

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"smtplab/sim/pop3"
	"smtplab/sim/smtp"
	"smtplab/sim/smtpclient"
	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// outcome words what became of a sending.
func (l *Lab) outcome(s *sending) Outcome {
	if s.client != nil {
		return Outcome{Progress: Sending, Sentence: "Sending…"}
	}
	var o Outcome
	r := s.result
	accepted := 0
	for _, rcpt := range r.Recipients {
		reply := rcpt.Reply
		if rcpt.Accepted { // by RCPT; the reply to the data is the last word
			reply = r.Final
		}
		granted := rcpt.Accepted && r.Final.Positive()
		if granted {
			accepted++
		}
		o.Recipients = append(o.Recipients, Recipient{Address: rcpt.Path.Address(), Accepted: granted, Reply: shorten(reply.String())})
	}
	decisive := decisiveReply(r)
	o.Reply = shorten(decisive.String())
	o.Seq = l.eventOf(s.conversation, decisive)
	names := addressList(s.to)
	switch {
	case accepted > 0 && accepted == len(r.Recipients):
		o.Progress, o.Sentence = Accepted, "The server accepted the mail for "+names+"."
	case accepted > 0:
		o.Progress = PartlyAccepted
		o.Sentence = fmt.Sprintf("The server accepted the mail for %d of %d recipients.", accepted, len(r.Recipients))
		o.Advice = "Nobody else gets it. " + advice(firstRefusal(r), l.spec.Domain)
	case decisive.Code == 0:
		o.Progress = Failed
		o.Sentence, o.Advice = lostWords(s.lost, r.Err)
		if s.lost != vnet.ErrTimeout && l.saidAll(s.conversation) { // RFC 1047: the answer was lost, not the mail
			o.Advice = "The whole message had left the PC, so the server may have taken it. Look in the recipient's inbox before you send it again."
		}
	default:
		o.Progress, o.Sentence = Failed, "The server refused the mail for "+names+"."
		o.Advice = advice(decisive, l.spec.Domain)
	}
	return o
}

// decisiveReply is the reply that settled the matter: the one to the data, or the one that made the client give up,
// or the first refusal of a recipient.
func decisiveReply(r smtpclient.Result) smtpclient.Reply {
	if r.Final.Code != 0 {
		return r.Final
	}
	var f *smtpclient.Failure
	if errors.As(r.Err, &f) && f.Reply.Code != 0 {
		return f.Reply
	}
	return firstRefusal(r)
}

func firstRefusal(r smtpclient.Result) smtpclient.Reply {
	for i := range r.Recipients {
		if rcpt := &r.Recipients[i]; !rcpt.Accepted {
			return rcpt.Reply
		}
	}
	return smtpclient.Reply{}
}

// eventOf is the number of the conversation's last event that is this reply; 0 when there is none.
func (l *Lab) eventOf(c *conversation, reply smtpclient.Reply) uint64 {
	if c == nil || reply.Code == 0 {
		return 0
	}
	text, _, _ := strings.Cut(reply.Text, "\n")
	for seq := c.last; seq >= c.first && seq > 0; seq-- {
		e := l.log.At(seq)
		if e.Conn == c.id && e.Kind == trace.Reply && e.Code == reply.Code && len(e.Raw) > 4 && bytes.HasPrefix(e.Raw[4:], []byte(text)) {
			return seq
		}
	}
	return 0
}

// saidAll reports whether the client had sent the end of its message.
func (l *Lab) saidAll(c *conversation) bool {
	if c == nil {
		return false
	}
	for seq := c.last; seq >= c.first && seq > 0; seq-- {
		if e := l.log.At(seq); e.Conn == c.id && e.Kind == trace.Data {
			return bytes.HasSuffix(e.Raw, []byte("\r\n.\r\n"))
		}
	}
	return false
}

func addressList(to []smtp.Path) string {
	if len(to) == 1 {
		return to[0].Address()
	}
	if len(to) == 2 {
		return to[0].Address() + " and " + to[1].Address()
	}
	return fmt.Sprintf("%s and %d others", to[0].Address(), len(to)-1)
}

// advice is what to do about a refusal, by its code.
func advice(r smtpclient.Reply, domain string) string {
	switch enhanced := r.Enhanced().String(); {
	case enhanced == "5.1.1":
		return "Check the address: the part before the @ names no mailbox on this server. Click the server to see which there are."
	case enhanced == "5.7.1":
		return "This server only takes mail for " + domain + ". Try an address that ends in @" + domain + "."
	case r.Code == 552 || enhanced == "5.3.4":
		return fmt.Sprintf("The mail is too big for this server, which takes at most %d MB. Send less, or smaller files.", MaxMessage>>20)
	case enhanced == "4.2.2":
		return "The mailbox is full for now. Delete some mail there, then send it again."
	case enhanced == "4.5.3" || r.Code == 452:
		return "The server takes no more recipients in one mail. Send it again to those who are left."
	case r.Code == 421:
		return "The server ended the conversation. Send the mail again."
	case r.Code >= 500:
		return "The server will say the same again: change the mail before you send it again."
	}
	return "The server may think otherwise later: wait a little and send it again."
}

// lostWords is a failure without a reply of the server.
func lostWords(lost, err error) (sentence, advice string) {
	switch {
	case lost == vnet.ErrRefused:
		return "The server refused the connection.", "Nobody listens on that port. Check the server and the port in the PC's settings."
	case lost == vnet.ErrUnreachable:
		return "There is no host at the server's address.", "Check the server's address in the PC's settings."
	case lost == vnet.ErrTimeout:
		return "The connection to the server timed out: what the PC sent never arrived.", "Is a link cut? Restore it, then send the mail again. What was not answered with 250 was not delivered."
	case lost == vnet.ErrReset:
		return "The connection to the server broke off.", "Send the mail again. What was not answered with 250 was not delivered."
	case err != nil:
		return sentenceOf(err), "What was not answered with 250 was not delivered. Send the mail again."
	}
	return "The server closed the connection before it took the mail.", "Send the mail again."
}

func sentenceOf(err error) string {
	text := err.Error()
	for _, prefix := range []string{"smtpclient: ", "pop3: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return sentence(text)
}

// fetchError is why a fetch failed, as a sentence; "" if it did not.
func fetchError(r pop3.Result, lost error) string {
	switch {
	case r.Err == nil:
		return ""
	case lost == vnet.ErrRefused || lost == vnet.ErrUnreachable || lost == vnet.ErrTimeout:
		text, _ := lostWords(lost, nil)
		return text
	}
	return sentenceOf(r.Err)
}
