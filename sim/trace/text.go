package trace

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smtplab/sim/clock"
)

// WriteText writes events as people read and paste them: one line of the dialogue a line, with the lab time in
// seconds, the connection, and an arrow for who speaks.
//
//	0.004 #1 === pc1 → server (49152 → 25)
//	0.006 #1 <-  220 email.com ESMTP SMTP Lab ready
//	0.006 #1  -> EHLO pc1.email.com
//	0.020 #1  ~> Subject: Lunch
//	0.024 #2 TLS pc1 → server: ClientHello: TLS 1.3; for email.com
//	0.027 #2  => EHLO pc1.email.com
//	0.031    *** pc2: link cut
//
// "->" is a command, or what the client answers to a challenge; "~>" a line of a message, "<-" a reply, "<~" what follows
// a reply of POP3. With doubled strokes ("=>", "≈>", "<=", "<≈") they were said in TLS, and the wire carried them
// encrypted. "TLS" is a message of TLS itself, "TLS=" one that was encrypted. "-x" is a segment that was lost. "==="
// opens or closes a connection; "***" is what happened to the lab. Segments are left out: what they carried is in the
// lines.
//
// These are the signs of swaks, with its widths, so that habits and scripts carry over, but for two: swaks has "~>" and
// "<~" for whatever is said in TLS, where a lab also tells the letter from its envelope; and it has "<**" for a refusal,
// which here the code tells.
//
// Characters that would act on a terminal are written as \x1b, octets that are no UTF-8 as \xe9. A message's line
// that several chunks carried is written in as many lines; WriteJSON is exact.
func WriteText(w io.Writer, events iter.Seq[Event]) error {
	out := bufio.NewWriter(w) // keeps the first error until Flush
	for e := range events {
		writeEvent(out, &e)
	}
	return out.Flush()
}

func writeEvent(out *bufio.Writer, e *Event) {
	switch e.Kind {
	case Command, Response, Data, Reply:
		writeLines(out, e, arrowOf(e))
	case Handshake:
		writeLine(out, e, arrowOf(e), fmt.Sprintf("%s → %s: %s", e.From, e.To, e.Note))
	case Open:
		writeLine(out, e, "=== ", fmt.Sprintf("%s → %s (%s)", e.From, e.To, e.Note))
	case Close:
		writeLine(out, e, "=== ", e.Note)
	case Lost:
		writeLine(out, e, " -x ", fmt.Sprintf("%s → %s: %s", e.From, e.To, e.Note))
	case Segment: // its octets are in the lines
	case Store:
		writeLine(out, e, "*** ", e.From+": stored for "+e.Note)
	default:
		writeLine(out, e, "*** ", hostNote(e))
	}
}

// arrowOf tells who says what, and whether others could read it.
func arrowOf(e *Event) string {
	clear, secure := " -> ", " => "
	switch {
	case e.Kind == Handshake:
		clear, secure = "TLS ", "TLS="
	case e.Kind == Reply:
		clear, secure = "<-  ", "<=  "
	case e.Kind == Data && e.Proto == POP3 && e.Re != 0: // the server's
		clear, secure = "<~  ", "<≈  "
	case e.Kind == Data:
		clear, secure = " ~> ", " ≈> "
	}
	if e.Secure {
		return secure
	}
	return clear
}

func hostNote(e *Event) string {
	if e.From == "" {
		return e.Note
	}
	return e.From + ": " + e.Note
}

func writeLines(out *bufio.Writer, e *Event, arrow string) {
	text := strings.TrimSuffix(string(e.Raw), "\r\n")
	for line := range strings.SplitSeq(text, "\r\n") {
		writeLine(out, e, arrow, line)
	}
}

func writeLine(out *bufio.Writer, e *Event, arrow, text string) {
	conn := ""
	if e.Conn != 0 {
		conn = fmt.Sprintf("#%d", e.Conn)
	}
	fmt.Fprintf(out, "%8.3f %-4s%s%s\n", seconds(e.At), conn, arrow, Printable(text))
}

func seconds(t clock.Time) float64 { return time.Duration(t).Seconds() }

// Printable is s with everything that would act on a terminal written as an escape.
func Printable(s string) string {
	if !strings.ContainsFunc(s, acts) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !acts(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// acts reports whether r is a control, a direction mark or another invisible format character.
func acts(r rune) bool {
	return r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
