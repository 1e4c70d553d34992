package exercise

import (
	"bytes"
	"fmt"
	"strings"

	"smtplab/sim/trace"
)

// content is what a step wants of the text of a reply, in letters of either case. The zero content wants nothing.
type content struct{ has, lacks string }

// parseContent cuts off what a reply has to have in it, and what it may not: "250 has STARTTLS lacks AUTH".
func parseContent(text string) (codes string, c content, err error) {
	text, lacks, isLacking := strings.Cut(text, " lacks ")
	text, has, isHaving := strings.Cut(text, " has ")
	if c.lacks, err = unquote(strings.TrimSpace(lacks)); err != nil {
		return text, c, err
	}
	if c.has, err = unquote(strings.TrimSpace(has)); err != nil {
		return text, c, err
	}
	if isLacking && c.lacks == "" || isHaving && c.has == "" {
		err = fmt.Errorf("behind “has” and “lacks” stands a text")
	}
	return text, c, err
}

// isIn reports whether a reply is as it should be.
func (c *content) isIn(m *moment) bool {
	if *c == (content{}) {
		return true
	}
	text := m.raw()
	if verb := m.says(); verb == "EHLO" || verb == "HELO" {
		_, text, _ = bytes.Cut(text, crlf) // the first line names both hosts, as they call themselves
	}
	return (c.has == "" || contains(text, c.has)) && (c.lacks == "" || !contains(text, c.lacks))
}

// with is the content with the student's word.
func (c content) with(word string) content { return content{fill(c.has, word), fill(c.lacks, word)} }

// early counts the octets of messages that a client sent before the server had asked for them. The trace has them behind
// the 354 all the same, since until then nobody knows what they are; but the segments that carried them stand before it.
type early struct {
	octets     int
	sent, said int // by the client: in segments, and as commands and messages
}

func (x *early) count(e *trace.Event, client string) {
	switch e.Kind {
	case trace.Segment:
		if e.Re == 0 && e.From == client {
			x.sent += len(e.Raw)
		}
	case trace.Command, trace.Response, trace.Data:
		x.said += len(e.Raw)
	case trace.Reply:
		if e.Verb == "DATA" && e.Code == 354 && !e.Secure { // in TLS a segment's octets are others
			x.octets += x.sent - x.said
		}
	}
}
