package web

import (
	"strings"
	"testing"

	"smtplab/sim/lab"
)

// The capture is the lab's, or that of one conversation, and only those who may see the lab get it. What is in it is
// package capture's to test.
func TestCaptureFile(t *testing.T) {
	s := newSite(t, Options{})
	a := s.newLab(t)
	v := s.visitor(t)
	v.get(labURL(a)).wants(t, 200, `<a href="`+labURL(a)+`/transcript.pcapng" download`)
	s.mailed(t, a, "pc1", lab.Mail{To: "pc2@email.com", Subject: "hello"})
	s.fetched(t, a, "pc2")
	url := labURL(a) + "/transcript.pcapng"
	all := v.get(url).wants(t, 200, "\x0A\x0D\x0D\x0A", "pc1.email.com", "EHLO pc1.email.com\r\n", "RETR 1\r\n", "EHLO introduces the client")
	if kind, name := all.header.Get("Content-Type"), all.header.Get("Content-Disposition"); kind != "application/vnd.tcpdump.pcap" || name != `attachment; filename="smtplab-amber-fox.pcapng"` {
		t.Errorf("%q, %q", kind, name)
	}
	one := v.get(url+"?conn=2").wants(t, 200, "RETR 1\r\n").body
	if strings.Contains(one, "EHLO") || len(one) >= len(all.body) {
		t.Errorf("of one conversation there are %d octets of %d", len(one), len(all.body))
	}
	for _, conn := range []string{"0", "-1", "x", "99999999999"} {
		v.get(url+"?conn="+conn).wants(t, 400)
	}
	v.get(url+"?conn=77").wants(t, 200)
	v.get("/labs/unknown/transcript.pcapng").wants(t, 404)
}
