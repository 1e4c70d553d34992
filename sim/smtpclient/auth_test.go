package smtpclient

import (
	"encoding/base64"
	"strings"
	"testing"

	"smtplab/sim/sasl"
	"smtplab/sim/smtp"
)

// checker answers AUTH as a server does, with our own exchanges.
func checker() func(line string) string {
	server := &sasl.Server{Host: "email.com", Nonce: func() string { return "server" }, Password: func(user string) (string, bool) { return "secret", user == "pc1" }}
	var x *sasl.Exchange
	return func(line string) string {
		verb, arg := smtp.ParseCommand([]byte(line))
		var response []byte
		switch {
		case verb == smtp.AUTH:
			mechanism, initial, found := strings.Cut(string(arg), " ")
			if x = server.Begin(mechanism); found {
				response, _ = base64.StdEncoding.DecodeString(strings.TrimPrefix(initial, "="))
			}
		case x == nil:
			return ""
		case line == "*":
			x = nil
			return "501 5.7.0 cancelled"
		default:
			response, _ = base64.StdEncoding.AppendDecode([]byte{}, []byte(line))
		}
		challenge, done, err := x.Next(response)
		switch {
		case err != nil:
			x = nil
			return "535 5.7.8 wrong"
		case done:
			x = nil
			return "235 2.7.0 welcome"
		}
		return "334 " + base64.StdEncoding.EncodeToString(challenge)
	}
}

func login(password string, mechanisms ...string) *Login {
	return &Login{User: "pc1", Password: password, Mechanisms: mechanisms, Nonce: func() string { return "client" }}
}

func offering(mechanisms string) script {
	return server().with("EHLO", "250-email.com\n250-PIPELINING\n250 auth "+mechanisms)
}

func TestAuth(t *testing.T) {
	const all = "GSSAPI login plain CRAM-MD5 SCRAM-SHA-256"
	inClear := func(l *Login) *Login { l.InClear = true; return l }
	for _, c := range []struct {
		name   string
		offer  string
		login  *Login
		secure bool
		said   string // the AUTH command
		why    string
	}{
		{"strongest", all, login("secret"), false, "AUTH SCRAM-SHA-256 biwsbj1wYzEscj1jbGllbnQ=", ""},
		{"of those allowed", all, login("secret", sasl.Login, sasl.CramMD5), false, "AUTH CRAM-MD5", ""},
		{"without a nonce", all, &Login{User: "pc1", Password: "secret"}, false, "AUTH CRAM-MD5", ""},
		{"in TLS", "LOGIN PLAIN", login("secret"), true, "AUTH PLAIN AHBjMQBzZWNyZXQ=", ""},
		{"LOGIN", "LOGIN", login("secret"), true, "AUTH LOGIN", ""},
		{"in the clear, for the lesson", "LOGIN PLAIN", inClear(login("secret")), false, "AUTH PLAIN AHBjMQBzZWNyZXQ=", ""},
		{"not in the clear", "LOGIN PLAIN", login("secret"), false, "", "could read the password"},
		{"none in common", "GSSAPI", login("secret"), true, "", "no way to log in in common"},
		{"none allowed", "GSSAPI PLAIN", login("secret", sasl.CramMD5), true, "", "no way to log in in common"},
		{"empty offer", "", login("secret"), true, "", "no way to log in in common"},
		{"wrong, SCRAM", all, login("wrong"), false, "AUTH SCRAM-SHA-256 biwsbj1wYzEscj1jbGllbnQ=", "did not accept the name and the password. It said: 535 5.7.8 wrong"},
		{"wrong, CRAM", "CRAM-MD5", login("wrong"), false, "AUTH CRAM-MD5", "535"},
		{"wrong, PLAIN", "PLAIN", login("wrong"), true, "AUTH PLAIN AHBjMQB3cm9uZw==", "535"},
		{"long, PLAIN", "PLAIN", &Login{User: "pc1", Password: strings.Repeat("x", 1000)}, true, "AUTH PLAIN", "535"},
		{"too long", "PLAIN", &Login{User: "pc1", Password: strings.Repeat("x", 10000)}, true, "AUTH PLAIN", "rules of the login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := converseAs(t, &Config{Hello: "pc1", Login: c.login}, offering(c.offer), mailTo(hello, "pc2@email.com"), func(k *talk) {
				k.auth = checker()
				if c.secure {
					k.c.Secured(nil)
				}
			})
			r := k.c.Result()
			said := ""
			for _, b := range k.bursts {
				if strings.HasPrefix(b, "AUTH ") {
					said = strings.TrimSuffix(b, "\r\n") // alone: RFC 4954 §4 has it never in a group
				}
				if strings.HasPrefix(b, "MAIL") && c.why != "" {
					t.Errorf("said %q all the same", b)
				}
			}
			if said != c.said {
				t.Errorf("said %q, want %q", said, c.said)
			}
			if (r.Err == nil) != (c.why == "") || r.Err != nil && !strings.Contains(r.Err.Error(), c.why) {
				t.Errorf("%s, want …%s…", summary(r), c.why)
			}
			if k.bursts[len(k.bursts)-1] != "QUIT\r\n" {
				t.Errorf("no QUIT after %q", k.bursts)
			}
		})
	}
}

// What servers say that they should not, or that means something else.
func TestAuthReplies(t *testing.T) {
	serverFirst := func(initial string) string { return base64.StdEncoding.EncodeToString([]byte(initial)) }
	for _, c := range []struct {
		name      string
		mechanism string
		replies   []string // to AUTH, and to what follows
		said      string   // after AUTH
		why       string
	}{
		{"success before the proof", "SCRAM-SHA-256", []string{"235 2.7.0 welcome"}, "QUIT", "may be an impostor"},
		{"success before the proof, later", "SCRAM-SHA-256", []string{"334 " + serverFirst("r=client1,s=c2FsdHNhbHQ=,i=4096"), "235 ok"}, "Yz1iaXdzLHI QUIT", "may be an impostor"},
		{"false proof", "SCRAM-SHA-256", []string{"334 " + serverFirst("r=client1,s=c2FsdHNhbHQ=,i=4096"), "334 " + serverFirst("v=AAAA"), "501 ok"}, "Yz1iaXdzLHI * QUIT", "rules of the login"},
		{"another nonce", "SCRAM-SHA-256", []string{"334 " + serverFirst("r=other,s=c2FsdHNhbHQ=,i=4096"), "501 ok"}, "* QUIT", "rules of the login"},
		{"success after the client broke it off", "SCRAM-SHA-256", []string{"334 " + serverFirst("x"), "235 ok"}, "* QUIT", "rules of the login"},
		{"a challenge after that", "SCRAM-SHA-256", []string{"334 " + serverFirst("x"), "334 "}, "*", "rules of the login"},
		{"not base64", "CRAM-MD5", []string{"334 what?", "501 ok"}, "* QUIT", "rules of the login"},
		{"empty challenge", "CRAM-MD5", []string{"334 ", "501 ok"}, "* QUIT", "rules of the login"},
		{"challenge of two lines", "CRAM-MD5", []string{"334-YWJj\n334 ZGVm", "501 ok"}, "* QUIT", "rules of the login"},
		{"challenges without end", "LOGIN", []string{"334 ", "334 ", "334 ", "501 ok"}, "cGMx c2VjcmV0 * QUIT", "rules of the login"},
		{"challenge to PLAIN", "PLAIN", []string{"334 ", "501 ok"}, "* QUIT", "rules of the login"},
		{"long challenge", "CRAM-MD5", []string{"334 " + strings.Repeat("YWJj", 3000), "235 ok"}, "cGMxIDk4ZGQ", ""},
		{"endless challenge", "CRAM-MD5", []string{"334 " + strings.Repeat("YWJj", 4000)}, "", "without end"},
		{"354", "CRAM-MD5", []string{"354 go"}, "", "does not fit the command AUTH"},
		{"421", "CRAM-MD5", []string{"421 bye"}, "", "ended the conversation"},
		{"534", "PLAIN", []string{"534 5.7.9 too weak"}, "QUIT", "too weak. It said: 534 5.7.9"},
		{"538", "PLAIN", []string{"538 5.7.11 TLS"}, "QUIT", "wants TLS"},
		{"432", "PLAIN", []string{"432 4.7.12 change it"}, "QUIT", "to be changed"},
		{"454", "PLAIN", []string{"454 4.7.0 later"}, "QUIT", "cannot check the password now"},
		{"504", "PLAIN", []string{"504 5.5.4 what?"}, "QUIT", "did not let the client log in. It said: 504"},
	} {
		t.Run(c.name, func(t *testing.T) {
			replies := c.replies
			said := ""
			k := converseAs(t, &Config{Hello: "pc1", Login: login("secret")}, offering(c.mechanism), mailTo(hello, "pc2@email.com"), func(k *talk) {
				k.c.Secured(nil)
				k.auth = func(line string) string {
					if !strings.HasPrefix(line, "AUTH") && (len(replies) < len(c.replies) && !strings.HasPrefix(line, "MAIL") && !strings.Contains(line, ":")) {
						said += " " + strings.TrimRight(line[:min(len(line), 11)], "=")
					}
					if len(replies) == 0 || !strings.HasPrefix(line, "AUTH") && len(replies) == len(c.replies) || line == "QUIT" {
						return ""
					}
					reply := replies[0]
					replies = replies[1:]
					return reply
				}
			})
			r := k.c.Result()
			if (r.Err == nil) != (c.why == "") || r.Err != nil && !strings.Contains(r.Err.Error(), c.why) {
				t.Errorf("%s, want …%s…", summary(r), c.why)
			}
			if got := strings.TrimSpace(said); c.why != "" && got != c.said {
				t.Errorf("said %q, want %q", got, c.said)
			}
			if c.why != "" && strings.Contains(strings.Join(k.bursts, ""), "MAIL FROM") {
				t.Errorf("said MAIL in %q", k.bursts)
			}
		})
	}
}

// A login is required: a server that does not know AUTH gets no mail.
func TestAuthIsRequired(t *testing.T) {
	for _, c := range []struct {
		s   script
		cfg Config
	}{
		{server(), Config{}},
		{server().with("EHLO", "502 no"), Config{}},
		{offering("SCRAM-SHA-256"), Config{Without: smtp.WithAuth}},
	} {
		c.cfg.Hello, c.cfg.Login = "pc1", login("secret")
		k := converseAs(t, &c.cfg, c.s, mailTo(hello, "pc2@email.com"), nil)
		if r := k.c.Result(); r.Err == nil || !strings.Contains(r.Err.Error(), "does not offer AUTH") || strings.Contains(strings.Join(k.bursts, ""), "MAIL") {
			t.Errorf("%s after %q", summary(r), k.bursts)
		}
	}
	for _, l := range []Login{{}, {User: "a"}, {Password: "a"}, {User: "a\x00", Password: "b"}} {
		if _, err := New(&Config{Hello: "pc1", Login: &l}, mailTo(hello, "pc2@email.com")); err != ErrLogin {
			t.Errorf("%q %q: %v", l.User, l.Password, err)
		}
	}
}
