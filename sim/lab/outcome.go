package lab

import (
	"bytes"
	"cmp"
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
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		reply := rcpt.Reply
		if rcpt.Accepted { // by RCPT; the reply to the data is the last word
			reply = rcpt.Final
		}
		if rcpt.Taken() {
			accepted++
		}
		o.Recipients = append(o.Recipients, Recipient{Address: rcpt.Path.Address(), Accepted: rcpt.Taken(), Reply: shorten(reply.String())})
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
		o.Advice = "Nobody else gets it. "
		if r.Left != nil && firstRefusal(r).Code == 0 {
			o.Advice += sentenceOf(r.Left)
		} else {
			o.Advice += l.advice(firstRefusal(r))
		}
	case decisive.Code == 0:
		o.Progress = Failed
		o.Sentence, o.Advice = lostWords(s.lost, r.Err)
		if s.lost != vnet.ErrTimeout && l.saidAll(s.conversation) { // RFC 1047: the answer was lost, not the mail
			o.Advice = "The whole message had left the PC, so the server may have taken it. Look in the recipient's inbox before you send it again."
		}
	case decisive.Positive() && r.Err != nil: // it means nothing here: RFC 5321 §4.3.2
		o.Progress, o.Sentence = Failed, sentenceOf(r.Err)
		o.Advice = "The server broke the rules of SMTP, so the client gave up. What was not answered with 250 was not delivered."
	default:
		o.Progress, o.Sentence = Failed, "The server refused the mail for "+names+"."
		o.Advice = l.advice(decisive)
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
		switch rcpt := &r.Recipients[i]; {
		case rcpt.Taken():
		case !rcpt.Accepted:
			return rcpt.Reply
		case rcpt.Final.Code != 0:
			return rcpt.Final
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

// saidAll reports whether the client had sent the end of its message: the dot, or the last chunk to its last octet.
func (l *Lab) saidAll(c *conversation) bool {
	if c == nil {
		return false
	}
	chunk, octets := uint64(0), int64(0)
	for seq := c.last; seq >= c.first && seq > 0; seq-- {
		e := l.log.At(seq)
		switch {
		case e.Conn != c.id:
		case e.Kind == trace.Data && e.Re == 0:
			return bytes.HasSuffix(e.Raw, []byte("\r\n.\r\n"))
		case e.Kind == trace.Data:
			chunk = e.Re
			octets += int64(len(e.Raw))
		case e.Kind == trace.Command && e.Verb == smtp.BDAT:
			_, arg := smtp.ParseCommand(e.Raw)
			size, last, err := smtp.ParseBDAT(arg)
			return err == nil && last && (size == 0 || chunk == seq && octets == size)
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

// sized is a number of octets as people say it.
func sized(octets int64) string {
	if octets%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", octets>>20)
	}
	return fmt.Sprintf("%d octets", octets)
}

// advice is what to do about a refusal, by its code.
func (l *Lab) advice(r smtpclient.Reply) string {
	switch enhanced := r.Enhanced().String(); {
	case enhanced == "5.1.1":
		return "Check the address: the part before the @ names no mailbox on this server. Click the server to see which there are."
	case enhanced == "5.7.1":
		return "This server only takes mail for " + l.spec.Domain + ". Try an address that ends in @" + l.spec.Domain + "."
	case r.Code == 552 || enhanced == "5.3.4":
		return fmt.Sprintf("The mail is too big for this server, which takes at most %s. Send less, or smaller files.", sized(cmp.Or(l.server.service.MaxSize, MaxMessage)))
	case enhanced == "4.2.2":
		return "The mailbox is full for now. Delete some mail there, then send it again."
	case enhanced == "4.5.3" || r.Code == 452:
		return "The server takes no more recipients in one mail. Send it again to those who are left."
	case r.Code == 535:
		return "The server does not know this user name with this password. Check both in the PC's settings."
	case r.Code == 530 && strings.Contains(r.Text, "STARTTLS"):
		return "The server wants TLS first. Choose it in the PC's settings, then send the mail again."
	case r.Code == 530:
		return "The server takes mail on this port only from those who log in. Choose a login in the PC's settings, then send the mail again."
	case r.Code == 534 || r.Code == 538 || r.Code == 504:
		return "The server does not take this way to log in, or not without TLS. Choose another one in the PC's settings."
	case r.Code == 454:
		return "The server cannot do that now. Wait a little and send the mail again."
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
	case err != nil && strings.Contains(err.Error(), "does not offer"): // and the client would not do without
		return sentenceOf(err), "Nothing of the mail was sent, and another try will end the same way until the server offers it."
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
