package smtpserver

import (
	"fmt"
	"strings"

	"smtplab/sim/smtp"
)

// A Session is fed what the client sends and asked for what to answer; whoever holds it carries the octets.
func ExampleSession() {
	s := NewSession(&Config{Domain: "email.com"}, newOffice(), peer)
	s.Open()
	for _, segment := range []string{
		"HELO pc1.email.com\r\n",
		"MAIL FROM:<pc1@email.com>\r\nRCPT TO:<nobody@email.com>\r\n",
		"QUIT\r\n",
	} {
		s.Receive([]byte(segment))
		fmt.Print(strings.ReplaceAll(string(s.Output()), "\r\n", "\n"))
	}
	fmt.Println("closed:", s.Closed())
	// Output:
	// 220 email.com ESMTP service ready
	// 250 email.com greets pc1.email.com
	// 250 2.1.0 Sender accepted
	// 550 5.1.1 No mailbox here by that name
	// 221 2.0.0 email.com Goodbye, closing the connection
	// closed: true
}

func ExampleConfig_Keywords() {
	cfg := &Config{Domain: "email.com", MaxSize: 1 << 20, Without: smtp.WithPipelining | smtp.WithLimits}
	fmt.Println(strings.Join(cfg.Keywords(), "\n"))
	// Output:
	// SIZE 1048576
	// 8BITMIME
	// ENHANCEDSTATUSCODES
	// SMTPUTF8
	// DSN
	// CHUNKING
	// BINARYMIME
	// EXPN
	// HELP
}
