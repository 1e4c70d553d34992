package sasl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"
)

func server() *Server {
	n := 0
	return &Server{
		Host: "email.com",
		Password: func(user string) (string, bool) {
			if user == "pc1" {
				return "secret ✓", true
			}
			return "", false
		},
		Nonce: func() string { n++; return "n" + strconv.Itoa(n) },
	}
}

// run lets a client and an exchange talk, and returns what each said last.
func run(c Client, x *Exchange) (err error) {
	_, response, err := c.Start()
	if err != nil {
		return err
	}
	for range 10 {
		challenge, done, err := x.Next(response)
		if err != nil || done {
			return err
		}
		if response, err = c.Next(challenge); err != nil {
			return fmt.Errorf("client: %w", err)
		}
		if response == nil {
			response = []byte{}
		}
	}
	return errors.New("the exchange does not end")
}

func TestMechanisms(t *testing.T) {
	for _, mechanism := range Mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			s := server()
			x, c := s.Begin(mechanism), NewClient(mechanism, "pc1", "secret ✓", "client")
			if err := run(c, x); err != nil {
				t.Fatal(err)
			}
			if x.User() != "pc1" || !c.Proven() {
				t.Errorf("user %q, proven %v", x.User(), c.Proven())
			}
			for _, wrong := range []struct{ user, password string }{{"pc1", "other"}, {"nobody", "secret ✓"}, {"nobody", "\x01"}, {"pc1", "secret"}} {
				x, c := s.Begin(mechanism), NewClient(mechanism, wrong.user, wrong.password, "client")
				if c == nil {
					continue // SASLprep does not take that password
				}
				if err := run(c, x); !errors.Is(err, ErrCredentials) || x.User() != "" {
					t.Errorf("%q %q: error %v, user %q", wrong.user, wrong.password, err, x.User())
				}
			}
		})
	}
	if server().Begin("GSSAPI") != nil || NewClient("GSSAPI", "a", "b", "c") != nil || Known("GSSAPI") {
		t.Error("GSSAPI is not known, and was begun")
	}
}

// TestSyntax has what a client may not say.
func TestSyntax(t *testing.T) {
	for _, tt := range []struct {
		mechanism string
		says      []string
		want      error
	}{
		{Plain, []string{"pc1"}, ErrSyntax},
		{Plain, []string{"\x00pc1"}, ErrSyntax},
		{Plain, []string{"\x00pc1\x00secret ✓\x00"}, ErrSyntax},
		{Plain, []string{"\x00\x00secret ✓"}, ErrSyntax},
		{Plain, []string{"\x00pc1\x00"}, ErrSyntax},
		{Plain, []string{"pc2\x00pc1\x00secret ✓"}, ErrCredentials},
		{Plain, []string{"pc1\x00pc1\x00secret ✓"}, nil},
		{Login, []string{""}, ErrSyntax},
		{CramMD5, []string{"pc1"}, ErrSyntax},
		{ScramSHA256, []string{""}, ErrSyntax},
		{ScramSHA256, []string{"n,,n=pc1,r=x", "c=biws,r=x,p=AAAA"}, ErrSyntax},                                       // not the server's nonce
		{ScramSHA256, []string{"p=tls-unique,,n=pc1,r=x"}, ErrSyntax},                                                 // no channel binding here
		{ScramSHA256, []string{"n,,n=pc1,r=x", "c=biws,r=xn1,p=" + strings.Repeat("A", 43) + "="}, ErrCredentials},    // no proof
		{ScramSHA256, []string{"n,,n=nobody,r=x", "c=biws,r=xn1,p=" + strings.Repeat("A", 43) + "="}, ErrCredentials}, // told at the end only
	} {
		x := server().Begin(tt.mechanism)
		var err error
		if tt.mechanism == CramMD5 {
			_, _, err = x.Next(nil)
		}
		for _, said := range tt.says {
			if err == nil {
				_, _, err = x.Next([]byte(said))
			}
		}
		if err != tt.want {
			t.Errorf("%s %q: %v, want %v", tt.mechanism, tt.says, err, tt.want)
		}
	}
	if _, _, err := server().Begin(CramMD5).Next([]byte("x")); err != ErrSyntax {
		t.Errorf("CRAM-MD5 with an initial response: %v", err)
	}
}

// TestRFC2195 is the example of RFC 2195 §2.
func TestRFC2195(t *testing.T) {
	got := cramDigest("tanstaaftanstaaf", []byte("<1896.697170952@postoffice.reston.mci.net>"))
	if string(got) != "b913a602c7eda7a495b4e6e7334d3890" {
		t.Errorf("digest %s", got)
	}
}

// TestImpostor has a server that does not know the password end SCRAM with a success.
func TestImpostor(t *testing.T) {
	c := NewClient(ScramSHA256, "pc1", "secret", "client")
	c.Start()
	if _, err := c.Next([]byte("r=client123,s=c2FsdHNhbHQ=,i=4096")); err != nil {
		t.Fatal(err)
	}
	if c.Proven() {
		t.Error("proven before the server has said anything")
	}
	if _, err := c.Next([]byte("v=" + strings.Repeat("A", 43) + "=")); err == nil || c.Proven() {
		t.Errorf("a false proof was believed: %v", err)
	}
}

// TestEndlessWork has a server that wants the client to compute for hours.
func TestEndlessWork(t *testing.T) {
	for _, count := range []string{"1048577", "2147483647", "99999999999999999999", "2147483647,x=y"} {
		c := NewClient(ScramSHA256, "pc1", "secret", "client")
		c.Start()
		if _, err := c.Next([]byte("r=client123,s=c2FsdHNhbHQ=,i=" + count)); err != ErrSyntax {
			t.Errorf("%s iterations: %v", count, err)
		}
	}
}

// The clients of others speak to our exchanges.
func TestForeignClients(t *testing.T) {
	for _, c := range []gosasl.Client{gosasl.NewPlainClient("", "pc1", "secret ✓"), gosasl.NewLoginClient("pc1", "secret ✓")} {
		mechanism, _, _ := c.Start()
		x := server().Begin(mechanism)
		if err := run(trusting{c}, x); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
}
