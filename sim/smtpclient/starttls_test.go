package smtpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/drive"
)

var _ drive.Securable = (*Conversation)(nil)

// securing is a server that offers STARTTLS in the clear, and other extensions inside.
func securing() script {
	return server().
		with("EHLO", "250-email.com\n250-SIZE\n250-SMTPUTF8\n250 STARTTLS").
		with("STARTTLS", "220 go ahead").
		with("TLS EHLO", "250-email.com\n250-8BITMIME\n250 PIPELINING")
}

func TestStartTLS(t *testing.T) {
	for _, c := range []struct {
		name string
		tls  TLS
		s    script
		err  error  // of the handshake
		want string // the beginning of each burst
		why  string
	}{
		{"never", TLSNever, securing(), nil, "EHLO MAIL RCPT DATA Subject: QUIT", ""},
		{"required", TLSRequired, securing(), nil, "EHLO STARTTLS (TLS) EHLO MAIL Subject: QUIT", ""},
		{"if offered", TLSIfOffered, securing(), nil, "EHLO STARTTLS (TLS) EHLO MAIL Subject: QUIT", ""},
		{"offered again inside", TLSRequired, securing().with("TLS EHLO", "250-email.com\n250 STARTTLS"), nil, "EHLO STARTTLS (TLS) EHLO MAIL RCPT DATA Subject: QUIT", ""},
		{"HELO inside", TLSRequired, securing().with("TLS EHLO", "502 no"), nil, "EHLO STARTTLS (TLS) EHLO HELO MAIL RCPT DATA Subject: QUIT", ""},
		{"if offered, and it is not", TLSIfOffered, server(), nil, "EHLO MAIL RCPT DATA Subject: QUIT", ""},
		{"if offered, refused", TLSIfOffered, securing().with("STARTTLS", "454 4.7.0 not now"), nil, "EHLO STARTTLS MAIL RCPT DATA Subject: QUIT", ""},
		{"not offered", TLSRequired, server(), nil, "EHLO QUIT", "does not offer STARTTLS"},
		{"no EHLO", TLSRequired, server().with("EHLO", "502 no"), nil, "EHLO HELO QUIT", "does not offer STARTTLS"},
		{"refused", TLSRequired, securing().with("STARTTLS", "454 4.7.0 not now"), nil, "EHLO STARTTLS QUIT", "would not begin TLS, and the client is set to send nothing without. It said: 454 4.7.0 not now"},
		{"refused for good", TLSRequired, securing().with("STARTTLS", "501 no"), nil, "EHLO STARTTLS QUIT", "501 no"},
		{"3yz", TLSRequired, securing().with("STARTTLS", "354 go"), nil, "EHLO STARTTLS", "does not fit the command STARTTLS"},
		{"3yz, if offered", TLSIfOffered, securing().with("STARTTLS", "354 go"), nil, "EHLO STARTTLS", "does not fit the command STARTTLS"},
		{"421", TLSIfOffered, securing().with("STARTTLS", "421 bye"), nil, "EHLO STARTTLS", "ended the conversation"},
		{"greeting refused inside", TLSRequired, securing().with("TLS EHLO", "550 no"), nil, "EHLO STARTTLS (TLS) EHLO QUIT", "introduced itself"},
		{"handshake", TLSIfOffered, securing(), errors.New("tls: whatever"), "EHLO STARTTLS (TLS)", "could not agree on TLS"},
		{"closed in the handshake", TLSRequired, securing(), io.EOF, "EHLO STARTTLS (TLS)", "connection was lost; the client was waiting for TLS to begin"},
		{"not TLS", TLSRequired, securing(), tls.RecordHeaderError{}, "EHLO STARTTLS (TLS)", "something that is not TLS"},
		{"authority", TLSRequired, securing(), fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}), "EHLO STARTTLS (TLS)", "not signed by anybody whom"},
		{"name", TLSRequired, securing(), fmt.Errorf("tls: %w", x509.HostnameError{}), "EHLO STARTTLS (TLS)", "another name"},
		{"expired", TLSRequired, securing(), fmt.Errorf("tls: %w", x509.CertificateInvalidError{Reason: x509.Expired}), "EHLO STARTTLS (TLS)", "not valid at this time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converseAs(t, &Config{Hello: "pc1", TLS: c.tls}, c.s, mailTo(hello, "pc2@email.com"), func(k *talk) { k.tls = c.err })
			if got := verbs(k.bursts); got != c.want {
				t.Errorf("said %s\nwant %s", got, c.want)
			}
			r := k.c.Result()
			if c.why == "" {
				if r.Outcome() != Accepted {
					t.Error(summary(r))
				}
			} else if r.Err == nil || !strings.Contains(r.Err.Error(), c.why) || r.Outcome() != Failed {
				t.Errorf("%s, want …%s…", summary(r), c.why)
			}
			if want := strings.Contains(c.want, "(TLS)") && c.err == nil; r.Secure != want {
				t.Errorf("secure %v", r.Secure)
			}
		})
	}
}

// verbs is the first word of each burst.
func verbs(bursts []string) string {
	var words []string
	for _, b := range bursts {
		words = append(words, strings.Fields(b + " .")[0])
	}
	return strings.Join(words, " ")
}

// What was learnt before TLS is forgotten, RFC 3207 §4.2: SIZE was offered in the clear only.
func TestStartTLSForgets(t *testing.T) {
	k := converseAs(t, &Config{Hello: "pc1", TLS: TLSRequired}, securing(), mailTo(hello, "pc2@email.com"), nil)
	if !slices.Contains(k.bursts, "MAIL FROM:<pc1@email.com>\r\nRCPT TO:<pc2@email.com>\r\nDATA\r\n") {
		t.Errorf("said %q", k.bursts)
	}
}

// Octets behind the go-ahead are TLS's, in whatever pieces they come, and never replies (RFC 3207 §6, CVE-2011-0411).
func TestStartTLSInjection(t *testing.T) {
	injected := "250-email.com\r\n250 AUTH PLAIN\r\n"
	for size := range 50 {
		k := converseAs(t, &Config{Hello: "pc1", TLS: TLSRequired}, securing().with("STARTTLS", "220 go\r\n"+injected), mailTo(hello, "pc2@email.com"),
			func(k *talk) { k.size = size })
		if !slices.Equal(k.early, []string{injected}) || k.c.Result().Outcome() != Accepted {
			t.Errorf("in pieces of %d: handed over %q, %s", size, k.early, summary(k.c.Result()))
		}
	}
	k := converseAs(t, &Config{Hello: "pc1", TLS: TLSRequired}, securing().with("STARTTLS", "220 go\r\n"+strings.Repeat("x", 1<<20)), mailTo(hello, "pc2@email.com"), nil)
	if len(k.early[0]) != maxLine {
		t.Errorf("%d octets were kept", len(k.early[0]))
	}
}

// TLS that came first: RFC 8314 §3. STARTTLS is then not said.
func TestImplicitTLS(t *testing.T) {
	k := converseAs(t, &Config{Hello: "pc1", TLS: TLSRequired}, securing(), mailTo(hello, "pc2@email.com"), func(k *talk) { k.c.Secured(&tls.ConnectionState{}) })
	if r := k.c.Result(); verbs(k.bursts) != "EHLO MAIL RCPT DATA Subject: QUIT" || !r.Secure || r.Outcome() != Accepted {
		t.Errorf("said %q: %s", k.bursts, summary(r))
	}
}

func TestLostInTheHandshake(t *testing.T) {
	for _, end := range []func(*Conversation){(*Conversation).Hangup, (*Conversation).Expire} {
		c, err := New(&Config{Hello: "pc1", TLS: TLSRequired}, mailTo(hello, "pc2@email.com"))
		if err != nil {
			t.Fatal(err)
		}
		for _, reply := range []string{"220 hi\r\n", "250-hi\r\n250 STARTTLS\r\n", "220 go\r\n"} {
			c.Receive([]byte(reply))
			for c.Output() != nil {
			}
		}
		if c.Expects() != "STARTTLS" || c.Next() != "EHLO" || c.Patience() != DefaultTimeouts.Command {
			t.Errorf("expects %q, next %q, for %v", c.Expects(), c.Next(), c.Patience())
		}
		c.StartsTLS()
		end(c)
		c.Secured(&tls.ConnectionState{})
		c.Receive([]byte("250 hi\r\n"))
		if r := c.Result(); r.Err == nil || !strings.Contains(r.Err.Error(), "waiting for TLS to begin") || c.Output() != nil || !c.Closed() {
			t.Error(summary(r))
		}
	}
}
