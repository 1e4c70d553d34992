package sasl

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"

	gosasl "github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"
)

// Server is what all exchanges of a server have in common.
type Server struct {
	Host     string                                           // the server's name, as CRAM-MD5's challenge says it
	Password func(user string) (password string, exists bool) // of a user, by the name that the client gives
	Nonce    func() string                                    // printable ASCII without a comma, new each time

	known map[string]scram.StoredCredentials // by name and password, since they take long to compute
}

// Begin begins an exchange; nil when the mechanism is not known. Its name is in upper case.
func (s *Server) Begin(mechanism string) *Exchange {
	x := &Exchange{server: s}
	switch mechanism {
	case Plain:
		x.steps = gosasl.NewPlainServer(x.plain)
	case Login:
		x.steps = &loginServer{x: x}
	case CramMD5:
		x.steps = &cramServer{x: x}
	case ScramSHA256:
		x.steps = &scramServer{x: x}
	default:
		return nil
	}
	return x
}

// Exchange is the server's side of one exchange.
type Exchange struct {
	server *Server
	steps  gosasl.Server
	user   string
}

// Next takes what the client said, nil for nothing yet, and returns the next challenge, or that the exchange is done:
// the client is who User says. The error is ErrSyntax or ErrCredentials, after which the exchange is over.
func (x *Exchange) Next(response []byte) (challenge []byte, done bool, err error) {
	challenge, done, err = x.steps.Next(response)
	switch {
	case errors.Is(err, ErrCredentials):
		err = ErrCredentials
	case err != nil:
		err = ErrSyntax
	}
	if err != nil {
		return nil, false, err
	}
	return challenge, done, nil
}

// User is who the client has proved to be, by the name that it gave; "" before it has.
func (x *Exchange) User() string { return x.user }

// accept ends an exchange well.
func (x *Exchange) accept(user string) { x.user = user }

// check compares a password that the client said, in the same time whatever is wrong with it.
func (x *Exchange) check(user, password string) error {
	want, exists := x.server.Password(user)
	if subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 || !exists {
		return ErrCredentials
	}
	x.accept(user)
	return nil
}

// plain checks what PLAIN carries. Whom to act for may be named only if it is the user: RFC 4616 §2.
func (x *Exchange) plain(identity, user, password string) error {
	switch {
	case user == "" || password == "":
		return ErrSyntax
	case identity != "" && identity != user:
		return ErrCredentials
	}
	return x.check(user, password)
}

// loginServer asks for the name and the password, one after the other.
type loginServer struct {
	x     *Exchange
	asked int
	user  string
}

func (s *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && s.asked == 0 {
		s.asked = 1
		return []byte("Username:"), false, nil
	}
	switch s.asked {
	case 0, 1: // a name may come at once
		s.asked, s.user = 2, string(response)
		if s.user == "" {
			return nil, false, ErrSyntax
		}
		return []byte("Password:"), false, nil
	case 2:
		s.asked = 3
		return nil, true, s.x.check(s.user, string(response))
	}
	return nil, false, ErrSyntax
}

// cramServer sends a challenge that the client signs with the password.
type cramServer struct {
	x         *Exchange
	challenge []byte
}

func (s *cramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if s.challenge == nil {
		if response != nil {
			return nil, false, ErrSyntax // the server speaks first: RFC 4954 §4
		}
		s.challenge = []byte("<" + s.x.server.Nonce() + "@" + s.x.server.Host + ">")
		return s.challenge, false, nil
	}
	i := bytes.LastIndexByte(response, ' ')
	if i < 1 {
		return nil, false, ErrSyntax
	}
	user := string(response[:i])
	password, exists := s.x.server.Password(user)
	if !hmac.Equal(response[i+1:], cramDigest(password, s.challenge)) || !exists {
		return nil, false, ErrCredentials
	}
	s.x.accept(user)
	return nil, true, nil
}

// cramDigest is the answer to a challenge of CRAM-MD5, in hexadecimal: RFC 2195 §2.
func cramDigest(password string, challenge []byte) []byte {
	mac := hmac.New(md5.New, []byte(password))
	mac.Write(challenge)
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// scramServer lets each side prove to the other that it knows the password, without saying it.
type scramServer struct {
	x      *Exchange
	talk   *scram.ServerConversation
	proved bool
}

func (s *scramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case s.proved: // what the server proved was sent as a challenge, which the client answers with nothing
		if len(response) > 0 {
			return nil, false, ErrSyntax
		}
		s.x.accept(s.talk.Username())
		return nil, true, nil
	case response == nil && s.talk == nil:
		return []byte{}, false, nil
	case s.talk == nil:
		server, err := scram.SHA256.NewServer(s.x.server.credentials)
		if err != nil {
			return nil, false, err
		}
		s.talk = server.WithNonceGenerator(s.x.server.Nonce).NewConversation()
	}
	said, err := s.talk.Step(string(response))
	switch {
	case err != nil && strings.HasPrefix(said, scram.ErrInvalidProof):
		return nil, false, ErrCredentials
	case err != nil:
		return nil, false, ErrSyntax
	}
	if s.talk.Done() {
		if as := s.talk.AuthzID(); as != "" && as != s.talk.Username() {
			return nil, false, ErrCredentials
		}
		s.proved = true
	}
	return []byte(said), false, nil
}

// scramIterations is the least that RFC 7677 §4 asks for.
const scramIterations = 4096

// credentials are what SCRAM needs to know of a user. For somebody who does not exist they are made up, so that the
// exchange fails only at its end and nobody learns here who exists.
func (s *Server) credentials(user string) (scram.StoredCredentials, error) {
	password, exists := s.Password(user)
	if !exists {
		password = "\x00nobody"
	}
	key := user + "\x00" + password
	if c, ok := s.known[key]; ok {
		return c, nil
	}
	salt := sha256.Sum256([]byte("smtplab salt\x00" + s.Host + "\x00" + user))
	client, err := scram.SHA256.NewClientUnprepped(user, password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt[:16]), Iters: scramIterations})
	if err != nil {
		return c, err
	}
	if len(s.known) >= 64 || s.known == nil {
		s.known = map[string]scram.StoredCredentials{}
	}
	s.known[key] = c
	return c, nil
}
