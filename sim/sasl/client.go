package sasl

import (
	"bytes"
	"errors"
	"strconv"

	gosasl "github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"
)

// Client is the client's side of one exchange.
type Client interface {
	// Start begins it. initial is what is said at once, nil when the server speaks first.
	Start() (mechanism string, initial []byte, err error)

	// Next answers a challenge. An error says that the server does not keep to the mechanism, or is an impostor.
	Next(challenge []byte) (response []byte, err error)

	// Proven reports whether the server has proved all that the mechanism has it prove. A success that comes before is
	// not to be believed: RFC 5802 §5.
	Proven() bool
}

// NewClient returns the client's side of an exchange; nil when the mechanism is not known, or cannot carry the name
// and the password. nonce is what SCRAM takes for random: printable ASCII without a comma.
func NewClient(mechanism, user, password, nonce string) Client {
	if user == "" || password == "" {
		return nil
	}
	switch mechanism {
	case Plain:
		return trusting{gosasl.NewPlainClient("", user, password)}
	case Login:
		return &loginClient{user: user, password: password}
	case CramMD5:
		return &cramClient{user: user, password: password}
	case ScramSHA256:
		client, err := scram.SHA256.NewClient(user, password, "")
		if err != nil {
			return nil
		}
		return &scramClient{talk: client.WithNonceGenerator(func() string { return nonce }).NewConversation()}
	}
	return nil
}

// trusting is a mechanism in which the server proves nothing.
type trusting struct{ gosasl.Client }

func (trusting) Proven() bool { return true }

// loginClient says the name and the password, in the order in which it is asked. Servers ask in many words, so the
// order alone counts.
type loginClient struct {
	user, password string
	said           int
}

func (c *loginClient) Start() (string, []byte, error) { return Login, nil, nil }

func (c *loginClient) Next([]byte) ([]byte, error) {
	c.said++
	switch c.said {
	case 1:
		return []byte(c.user), nil
	case 2:
		return []byte(c.password), nil
	}
	return nil, ErrSyntax
}

func (c *loginClient) Proven() bool { return true }

// cramClient signs one challenge.
type cramClient struct {
	user, password string
	signed         bool
}

func (c *cramClient) Start() (string, []byte, error) { return CramMD5, nil, nil }

func (c *cramClient) Next(challenge []byte) ([]byte, error) {
	if c.signed || len(challenge) == 0 {
		return nil, ErrSyntax
	}
	c.signed = true
	return append([]byte(c.user+" "), cramDigest(c.password, challenge)...), nil
}

func (c *cramClient) Proven() bool { return true }

// scramClient proves the password and has the server prove it, too.
type scramClient struct{ talk *scram.ClientConversation }

func (c *scramClient) Start() (string, []byte, error) {
	said, err := c.talk.Step("")
	return ScramSHA256, []byte(said), err
}

func (c *scramClient) Next(challenge []byte) ([]byte, error) {
	if iterations(challenge) > maxIterations {
		return nil, ErrSyntax
	}
	said, err := c.talk.Step(string(challenge))
	if err != nil {
		return nil, ErrSyntax
	}
	return []byte(said), nil
}

func (c *scramClient) Proven() bool { return c.talk.Valid() }

// maxIterations is how much work a server may make the client do: far more than any asks for, and less than a second.
const maxIterations = 1 << 20

// iterations is the count in a server's first message, "r=…,s=…,i=4096": RFC 5802 §5.1. It is 0 where there is none that
// can be read; then the message is none, either.
func iterations(challenge []byte) int {
	_, count, _ := bytes.Cut(challenge, []byte(",i="))
	count, _, _ = bytes.Cut(count, []byte(","))
	n, err := strconv.Atoi(string(count))
	if errors.Is(err, strconv.ErrRange) {
		return maxIterations + 1
	}
	return n
}
