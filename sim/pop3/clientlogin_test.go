package pop3

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"smtplab/sim/sasl"
)

// offering is the plain server with what CAPA lists.
func offering(capabilities ...string) script {
	return plain().with("CAPA", "+OK\n"+strings.Join(append(capabilities, "."), "\n"))
}

// The client says in the clear what it may, and chooses the strongest of what both sides have.
func TestClientChoosesItsLogin(t *testing.T) {
	const noWay = "There is no way to log in that this program may use and the server takes."
	all := sasl.Mechanisms
	for _, c := range []struct {
		name   string
		login  Login
		server script
		want   string // said after CAPA, without the mail
		err    string
	}{
		{"zero value", Login{}, offering("USER", "SASL PLAIN", "STLS", "XYZZY"), "USER pc1|PASS secret", ""},
		{"without CAPA", Login{Mechanisms: all}, plain(), "USER pc1|PASS secret", ""},
		{"without USER", Login{}, offering("STLS"), "QUIT", noWay},
		{"nothing offered", Login{}, offering(), "QUIT", noWay},
		{"not in the clear", Login{NotInClear: true}, offering("USER"), "QUIT", noWay},
		{"not in the clear, without CAPA", Login{NotInClear: true}, plain(), "QUIT", noWay},
		{"PLAIN not in the clear", Login{NotInClear: true, Mechanisms: all}, offering("USER", "SASL PLAIN LOGIN"), "QUIT", noWay},
		{"PLAIN", Login{Mechanisms: all}, offering("USER", "sasl login plain").with("AUTH PLAIN AHBjMQBzZWNyZXQ=", "+OK"), "AUTH PLAIN AHBjMQBzZWNyZXQ=", ""},
		{"the strongest", Login{Mechanisms: all, NotInClear: true}, offering("SASL PLAIN CRAM-MD5 LOGIN SCRAM-SHA-256 GSSAPI").
			with("AUTH CRAM-MD5", "-ERR [AUTH] no"), "AUTH CRAM-MD5|QUIT", "The server did not accept this user name with this password."},
		{"no mechanism in common", Login{Mechanisms: all}, offering("USER", "SASL GSSAPI DIGEST-MD5"), "USER pc1|PASS secret", ""},
		{"only one allowed", Login{Mechanisms: []string{sasl.Login}}, offering("SASL PLAIN LOGIN").with("AUTH LOGIN", "-ERR [IN-USE] x"), "AUTH LOGIN|QUIT",
			"The mailbox is open in another conversation, so try again when that is over."},
		{"TLS required", Login{TLS: TLSRequired}, offering("USER", "SASL PLAIN"), "QUIT", "The server offers no TLS, so the program does not log in."},
		{"TLS required, without CAPA", Login{TLS: TLSRequired}, plain(), "QUIT", "The server offers no TLS, so the program does not log in."},
		{"TLS if offered, and it is not", Login{TLS: TLSIfOffered}, offering("USER"), "USER pc1|PASS secret", ""},
		{"TLS if offered, and not given", Login{TLS: TLSIfOffered}, offering("USER", "STLS").with("STLS", "-ERR no"), "STLS|QUIT",
			"The server offers TLS and then refuses it, so the program does not log in."},
		{"UTF8", Login{}, offering("USER", "UTF8").with("UTF8", "+OK"), "UTF8|USER pc1|PASS secret", ""},
		{"UTF8 refused", Login{}, offering("USER", "utf8 user").with("UTF8", "-ERR"), "UTF8|USER pc1|PASS secret", ""},
		{"a name in UTF-8", Login{User: "jürgen", Pass: "geheimniß"}, offering("USER", "UTF8 USER").with("UTF8", "+OK").with("USER jürgen", "+OK").
			with("PASS geheimniß", "+OK"), "UTF8|USER jürgen|PASS geheimniß", ""},
		{"a name in UTF-8, not taken", Login{User: "jürgen", Pass: "geheimniß"}, offering("USER", "UTF8"), "QUIT", noWay},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.login.User == "" {
				c.login.User, c.login.Pass = "pc1", "secret"
			}
			client := NewClient(c.login, Plan{})
			said := strings.Join(c.server.converse(t, client, 0, -1), "")
			got, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSuffix(said, "\r\n"), "\r\n", "|"), "|STAT")
			if got != "CAPA|"+c.want {
				t.Errorf("said %q, want %q", got, "CAPA|"+c.want)
			}
			var failure *Failure
			if errors.As(client.Result().Err, &failure); (failure == nil) != (c.err == "") || failure != nil && failure.Text != c.err {
				t.Errorf("failed with %v, want %q", failure, c.err)
			}
		})
	}
}

// What is offered is asked again after STLS; what was said of it before is nothing: RFC 2595 §4. CONFORMANCE 102.
func TestClientAsksAgainAfterTLS(t *testing.T) {
	c := NewClient(Login{User: "pc1", Pass: "secret", TLS: TLSRequired, NotInClear: true, Mechanisms: sasl.Mechanisms}, Plan{})
	c.Open()
	hear := func(octets string) string {
		c.Receive([]byte(octets))
		return drain(c)
	}
	if got := hear("+OK\r\n"); got != "CAPA\r\n" {
		t.Fatal(got)
	}
	if got := hear("+OK\r\nSTLS\r\nSASL LOGIN\r\nUTF8\r\nPIPELINING\r\n.\r\n"); got != "STLS\r\n" {
		t.Fatal(got)
	}
	if _, ok := c.StartsTLS(); ok {
		t.Error("TLS begins before the server has said so")
	}
	if got := hear("+OK\r\n+OK\r\nSASL PLAIN\r\n.\r\n-ER"); got != "" {
		t.Errorf("said %q before TLS", got)
	}
	early, ok := c.StartsTLS()
	if !ok || string(early) != "+OK\r\nSASL PLAIN\r\n.\r\n-ER" {
		t.Errorf("TLS begins: %v, with %q", ok, early)
	}
	if _, again := c.StartsTLS(); again {
		t.Error("TLS begins twice")
	}
	c.Secured(nil)
	if got := drain(c); got != "CAPA\r\n" {
		t.Errorf("said %q after TLS", got)
	}
	if got := hear("+OK\r\nSASL PLAIN\r\nSTLS\r\n.\r\n"); got != "AUTH PLAIN AHBjMQBzZWNyZXQ=\r\n" {
		t.Errorf("said %q", got)
	}
	if got := hear("+OK\r\n"); got != "STAT\r\n" {
		t.Errorf("said %q", got)
	}
}

// Where TLS comes first, STLS is not said, and the password may be.
func TestClientInImplicitTLS(t *testing.T) {
	c := NewClient(Login{User: "pc1", Pass: "secret", TLS: TLSRequired, NotInClear: true}, Plan{})
	c.Secured(nil)
	said := offering("USER", "STLS").converse(t, c, 0, -1)
	if !slices.Equal(said[:3], []string{"CAPA\r\n", "USER pc1\r\n", "PASS secret\r\n"}) || c.Result().Err != nil {
		t.Errorf("said %q, %v", said, c.Result().Err)
	}
}

// When TLS fails nothing more is said, and a person learns why.
func TestClientFailsClosed(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("tls: first record does not\r\nlook like a TLS handshake"),
			"TLS with the server could not begin, and without it the program does not go on: tls: first record does not??look like a TLS handshake."},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "The server could not prove who it is, so the program does not go on: tls: failed to verify certificate: x509: certificate signed by unknown authority."},
	} {
		for _, policy := range []TLSPolicy{TLSIfOffered, TLSRequired} {
			c := NewClient(Login{User: "pc1", Pass: "secret", TLS: policy}, Plan{})
			c.Open()
			c.Receive([]byte("+OK\r\n"))
			drain(c)
			c.Receive([]byte("+OK\r\nSTLS\r\nUSER\r\n.\r\n"))
			drain(c)
			c.Receive([]byte("+OK\r\n"))
			c.StartsTLS()
			c.Unsecured(tt.err)
			c.Hangup()
			if got := drain(c); got != "" || !c.Closed() || c.Result().Err == nil || c.Result().Err.Error() != tt.want {
				t.Errorf("said %q, closed %v, %v", got, c.Closed(), c.Result().Err)
			}
		}
	}
}

// A server that does not know the password, or does not keep to the rules, gets nothing out of the client, and its
// success is not believed: RFC 5802 §5, RFC 5034 §4. CONFORMANCE 103.
func TestClientMeetsImpostors(t *testing.T) {
	const (
		unproven = "The server says that the login is complete without having proved that it knows the password."
		rules    = "The server does not keep to the rules of "
	)
	scram, cram, plainOnly := []string{sasl.ScramSHA256}, []string{sasl.CramMD5}, []string{sasl.Plain}
	first := "AUTH SCRAM-SHA-256 " + "biwsbj1wYzEscj1jbGllbnQ="
	for _, c := range []struct {
		name       string
		mechanisms []string
		answers    []string // to AUTH and to what follows
		said       []string
		err        string
	}{
		{"success at once", scram, []string{"+OK"}, []string{first}, unproven},
		{"another nonce", scram, []string{"+ cj14LHM9YWJjZCxpPTQwOTY=", "-ERR", "+OK"}, []string{first, "*", "QUIT"}, rules},
		{"success all the same", scram, []string{"+ cj14LHM9YWJjZCxpPTQwOTY=", "+OK"}, []string{first, "*"}, rules},
		{"goes on all the same", scram, []string{"+ cj14LHM9YWJjZCxpPTQwOTY=", "+ "}, []string{first, "*"}, rules},
		{"not base64", cram, []string{"+ <1@x>", "-ERR", "+OK"}, []string{"AUTH CRAM-MD5", "*", "QUIT"}, rules},
		{"no challenge", cram, []string{"+ ", "-ERR", "+OK"}, []string{"AUTH CRAM-MD5", "*", "QUIT"}, rules},
		{"two challenges", cram, []string{"+ PDFAeD4=", "+ PDFAeD4=", "-ERR", "+OK"}, []string{"AUTH CRAM-MD5", "", "*", "QUIT"}, rules},
		{"a challenge to PLAIN", plainOnly, []string{"+ ", "-ERR", "+OK"}, []string{"AUTH PLAIN AHBjMQBzZWNyZXQ=", "*", "QUIT"}, rules},
		{"a plus alone", plainOnly, []string{"+"}, []string{"AUTH PLAIN AHBjMQBzZWNyZXQ="}, "The server sent something that is no POP3 answer."},
		{"an endless challenge", cram, []string{"+ " + strings.Repeat("A", MaxResponse)}, []string{"AUTH CRAM-MD5"}, "The server sent a line of more than 12288 characters, which POP3 does not allow."},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := NewClient(Login{User: "pc1", Pass: "secret", Mechanisms: c.mechanisms, Nonce: "client"}, Plan{})
			client.Open()
			client.Receive([]byte("+OK\r\n"))
			drain(client)
			client.Receive([]byte("+OK\r\nSASL " + c.mechanisms[0] + "\r\n.\r\n"))
			said := []string{strings.TrimSuffix(drain(client), "\r\n")}
			for _, answer := range c.answers {
				client.Receive([]byte(answer + "\r\n"))
				if out := drain(client); out != "" {
					said = append(said, strings.TrimSuffix(out, "\r\n"))
				}
			}
			if len(said) == len(c.said) {
				for i, want := range c.said {
					if want != "" && said[i] != want {
						t.Errorf("said %q, want %q", said[i], want)
					}
				}
			} else {
				t.Errorf("said %q, want %q", said, c.said)
			}
			if err := client.Result().Err; !client.Closed() || err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("closed %v, %v", client.Closed(), err)
			}
		})
	}
}

// A challenge within an exchange is the only time at which a line may begin with a plus.
func TestClientTakesNoChallengeOutOfTurn(t *testing.T) {
	for _, command := range []string{"", "CAPA", "USER pc1", "PASS secret", "STAT", "UIDL", "RETR 1", "QUIT"} {
		c := newClient(Plan{})
		plain().with(command, "+ \r\n").converse(t, c, 0, -1)
		if err := c.Result().Err; err == nil || !strings.HasPrefix(err.Error(), "The server sent something that is no POP3 answer.") {
			t.Errorf("in answer to %q: %v", command, err)
		}
	}
}

// A password too long for the line of AUTH is said when the server asks: RFC 5034 §4.
func TestClientWithALongPassword(t *testing.T) {
	pass := strings.Repeat("x", 200)
	c := NewClient(Login{User: "pc1", Pass: pass, Mechanisms: []string{sasl.Plain}}, Plan{})
	c.Open()
	c.Receive([]byte("+OK\r\n"))
	drain(c)
	c.Receive([]byte("+OK\r\nSASL PLAIN\r\n.\r\n"))
	if got := drain(c); got != "AUTH PLAIN\r\n" {
		t.Fatal(got)
	}
	c.Receive([]byte("+ \r\n"))
	response, ok := decodeBase64(bytes.TrimSuffix([]byte(drain(c)), crlf))
	if string(response) != "\x00pc1\x00"+pass || !ok {
		t.Errorf("said %q", response)
	}
}

// The mail of a client that says UTF8 comes as it is; that of another stays where it is.
func TestClientAndUTF8(t *testing.T) {
	for _, never := range []bool{false, true} {
		c := NewClient(Login{User: "pc1", Pass: "secret"}, Plan{NoUTF8: never})
		talk(c, NewSession(everything(), newHost(grüße)))
		r := c.Result()
		if never {
			if r.Err == nil || !strings.HasPrefix(r.Err.Error(), "A message has UTF-8 in its header.") || r.Waiting != 1 || !r.Done {
				t.Error(summary(r))
			}
		} else if r.Err != nil || len(r.Messages) != 1 || string(r.Messages[0].Content) != grüße {
			t.Error(summary(r))
		}
	}
}
