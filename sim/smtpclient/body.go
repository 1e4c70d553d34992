package smtpclient

import (
	"bytes"
	"slices"

	"smtplab/sim/message"
	"smtplab/sim/smtp"
)

// prepare chooses how the message is sent, by what the server offers. It reports false, and keeps the reason, when
// there is no way.
func (c *Conversation) prepare() bool {
	if c.octets != sevenBit && message.Internationalized(c.message) {
		c.utf8 = true
	}
	switch {
	case !c.utf8:
	case !c.offers.Has(smtp.WithSMTPUTF8): // RFC 6531 §3.5
		c.refuse("The server does not take internationalized addresses: it does not offer SMTPUTF8.", Reply{})
		return false
	case !c.offers.Has(smtp.With8BitMIME): // RFC 6531 §3.1 wants both
		c.refuse("The server does not take internationalized addresses: it does not offer 8BITMIME.", Reply{})
		return false
	}
	return c.convert() && c.cut()
}

// convert writes the message in another encoding if the server cannot take it as it is: RFC 6152 §3, RFC 3030 §3.
func (c *Conversation) convert() bool {
	eight := c.offers.Has(smtp.With8BitMIME)
	encode := message.SevenBit
	switch {
	case c.octets == binary && !c.offers.Has(smtp.WithChunking|smtp.WithBinaryMIME):
		c.result.Converted = smtp.ExtBinaryMIME
		if eight {
			encode = message.EightBit
		}
	case c.octets == eightBit && !eight:
		c.result.Converted = smtp.Ext8BitMIME
	default:
		return true
	}
	content, err := encode(c.message)
	if err != nil {
		c.refuse("The server takes no octets of this kind, since it does not offer "+c.result.Converted+", and the message cannot be written in others.", Reply{})
		c.result.Converted = ""
		return false
	}
	c.message, c.octets = content, octetsOf(content, false)
	return true
}

// cut says in how many chunks the message goes, if it does. What is not binary ends with CRLF in either way.
func (c *Conversation) cut() bool {
	if !c.offers.Has(smtp.WithChunking) || !c.cfg.Chunking && c.octets != binary {
		return true
	}
	if c.octets != binary && c.size() > len(c.message) {
		c.message = append(slices.Clip(c.message), crlf...)
	}
	size := c.chunkSize()
	c.chunks = max(1, (len(c.message)+size-1)/size)
	return true
}

// size is the message's size as MAIL declares it: RFC 1870 §5.
func (c *Conversation) size() int {
	if len(c.message) > 0 && c.octets != binary && !bytes.HasSuffix(c.message, crlf) {
		return len(c.message) + len(crlf)
	}
	return len(c.message)
}
