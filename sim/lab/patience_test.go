package lab_test

import (
	"strings"
	"testing"
	"time"

	"smtplab/sim/lab"
)

// A client that sends an octet now and then achieves nothing, and is told 421 when the server's patience is over; one
// that says a command now and then may stay. RFC 5321 §4.5.3.2.7 has the server wait five minutes for a command.
func TestSlowSenders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		l := newLab(t)
		port, octets := 25, "NOOPNOOP"
		if secure { // without a handshake there is nobody yet to say 421
			port, octets = 465, "\x16\x03\x01\x02\x00\x01\x00\x01"
		}
		do(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: port})
		conn := l.LastLine()
		for minute := range 8 {
			state, ok := l.Line(conn)
			if !ok || state.Ended {
				if minute < 5 || minute > 6 {
					t.Errorf("TLS first %v: it ended after %d minutes", secure, minute)
				}
				break
			}
			if minute == 7 {
				t.Fatalf("TLS first %v: the server still waits", secure)
			}
			do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(octets[minute : minute+1])})
			after(l, time.Minute)
		}
		if got := string(l.Arrived(nil, conn)); !secure && !strings.Contains(got, "421 4.") {
			t.Errorf("it ended with %q", got)
		}
		l.Close()
	}

	l := newLab(t)
	do(t, l, lab.Action{Verb: lab.Connect, Host: lab.OutsideID, N: 25})
	conn := l.LastLine()
	for range 20 {
		do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("NOOP\r\n")})
		after(l, 4*time.Minute)
	}
	if got := string(l.Arrived(nil, conn)); strings.Count(got, "250 2.0.0") != 20 {
		t.Errorf("%q", got)
	}
	// In the middle of a message lines count, not octets of one that does not end.
	do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<pc1@email.com>\r\nDATA\r\n")})
	for range 20 {
		do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(strings.Repeat("x", 70) + "\r\n" + strings.Repeat(strings.Repeat("y", 70)+"\r\n", 20))})
		after(l, 4*time.Minute)
	}
	do(t, l, lab.Action{Verb: lab.Say, Conn: conn, Data: []byte(".\r\n")})
	if got := string(l.Arrived(nil, conn)); !strings.Contains(got, "250 2.0.0 Accepted") {
		t.Errorf("%q", got)
	}
}
