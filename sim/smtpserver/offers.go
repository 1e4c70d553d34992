package smtpserver

import (
	"strconv"
	"strings"
	"sync/atomic"

	"smtplab/sim/smtp"
)

// offers reports whether none of these extensions is switched off.
func (c *Config) offers(these smtp.Extensions) bool { return c.Without&these == 0 }

// Extensions with those that they need.
const (
	utf8Mail   = smtp.WithSMTPUTF8 | smtp.With8BitMIME
	binaryMail = smtp.WithBinaryMIME | smtp.WithChunking
)

// authenticates reports whether there is AUTH at all, before TLS or under it.
func (c *Config) authenticates() bool {
	return len(c.Auth)+len(c.AuthInClear) > 0 && c.offers(smtp.WithAuth)
}

func (c *Config) startsTLS() bool { return c.StartTLS && c.offers(smtp.WithStartTLS) }

// mechanisms are those of AUTH that are offered.
func (c *Config) mechanisms(secured bool) []string {
	switch {
	case !c.authenticates(), c.RequireTLS && !secured:
		return nil
	case secured:
		return c.Auth
	}
	return c.AuthInClear
}

// maxLine is the longest command line, CRLF included: the extensions make room for their parameters.
func (c *Config) maxLine(verb string) int {
	limit := smtp.MaxCommandLine
	switch verb {
	case smtp.MAIL:
		if c.offers(smtp.WithSize) {
			limit += smtp.MailLineSize
		}
		if c.offers(smtp.With8BitMIME) || c.offers(binaryMail) {
			limit += smtp.MailLineBody
		}
		if c.offers(utf8Mail) {
			limit += smtp.LineSMTPUTF8
		}
		if c.offers(smtp.WithDSN) {
			limit += smtp.MailLineDSN
		}
		if c.authenticates() {
			limit += smtp.MailLineAuth
		}
	case smtp.RCPT:
		if c.offers(smtp.WithDSN) {
			limit += smtp.RcptLineDSN
		}
	case smtp.VRFY, smtp.EXPN:
		if c.offers(utf8Mail) {
			limit += smtp.LineSMTPUTF8
		}
	}
	return limit
}

// longestLine is the largest value of maxLine.
const longestLine = smtp.MaxCommandLine + smtp.MailLineSize + smtp.MailLineBody + smtp.LineSMTPUTF8 + smtp.MailLineDSN + smtp.MailLineAuth

// Keywords are the lines of the reply to EHLO after its first, before TLS, where the Host has accounts: "SIZE 10485760".
func (c *Config) Keywords() []string { return c.appendKeywords(nil, false, true) }

// Ready returns the configuration as one that many sessions share: what EHLO lists is worked out once. It is not to be
// changed any more, and safe for concurrent use.
func (c Config) Ready() *Config {
	c.offered = new(offered)
	return &c
}

// offered are the keywords by whether TLS is on, and whether there are accounts.
type offered [2][2]atomic.Pointer[[]string]

// keywords are what EHLO lists.
func (c *Config) keywords(dst []string, secured, accounts bool) []string {
	if c.offered == nil {
		return c.appendKeywords(dst, secured, accounts)
	}
	at := &c.offered[index(secured)][index(accounts)]
	known := at.Load()
	if known == nil {
		list := c.appendKeywords(nil, secured, accounts)
		known = &list
		at.Store(known)
	}
	return append(dst, *known...)
}

func index(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// plainKeywords are the extensions without parameters, in the order in which they are listed around SIZE.
var plainKeywords = [...]struct {
	keyword string
	needs   smtp.Extensions
}{
	{smtp.Ext8BitMIME, smtp.With8BitMIME},
	{smtp.ExtEnhancedStatusCodes, smtp.WithEnhancedStatusCodes},
	{smtp.ExtSMTPUTF8, utf8Mail},
	{smtp.ExtDSN, smtp.WithDSN},
	{smtp.ExtChunking, smtp.WithChunking},
	{smtp.ExtBinaryMIME, binaryMail},
}

// appendKeywords appends what is offered. EXPN and HELP are named since RFC 5321 §4.1.1.1 asks for every command
// that a server need not have (§4.5.1).
func (c *Config) appendKeywords(dst []string, secured, accounts bool) []string {
	size, limits := c.numbers()
	if c.offers(smtp.WithPipelining) {
		dst = append(dst, smtp.ExtPipelining)
	}
	if c.offers(smtp.WithSize) {
		dst = append(dst, size)
	}
	for _, k := range plainKeywords {
		if c.offers(k.needs) {
			dst = append(dst, k.keyword)
		}
	}
	if c.offers(smtp.WithLimits) {
		dst = append(dst, limits)
	}
	if c.startsTLS() && !secured {
		dst = append(dst, smtp.ExtStartTLS)
	}
	if m := c.mechanisms(secured); len(m) > 0 && accounts {
		dst = append(dst, smtp.ExtAuth+" "+strings.Join(m, " "))
	}
	if c.Lookup != Off {
		dst = append(dst, smtp.ExtExpn)
	}
	return append(dst, smtp.ExtHelp)
}

// numbers are the keywords SIZE and LIMITS with their parameters (RFC 1870 §4, RFC 9422). The two share one string.
func (c *Config) numbers() (size, limits string) {
	var room [96]byte
	buf := strconv.AppendInt(append(room[:0], smtp.ExtSize+" "...), c.maxSize(), 10)
	n := len(buf)
	buf = strconv.AppendInt(append(buf, smtp.ExtLimits+" RCPTMAX="...), int64(c.maxRecipients()), 10)
	if c.MaxTransactions > 0 {
		buf = strconv.AppendInt(append(buf, " MAILMAX="...), int64(c.MaxTransactions), 10)
	}
	both := string(buf)
	return both[:n], both[n:]
}
