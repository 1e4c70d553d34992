package main

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The client of emersion/go-smtp, with the logins of go-sasl. It has no BDAT.
func TestInteropGoSMTP(t *testing.T) {
	o := openOffice(t)
	inClear := func() (*smtp.Client, error) { return smtp.Dial(o.addr("smtp")) }
	startTLS := func(port string) func() (*smtp.Client, error) {
		return func() (*smtp.Client, error) { return smtp.DialStartTLS(o.addr(port), o.tls()) }
	}
	first := func() (*smtp.Client, error) { return smtp.DialTLS(o.addr("smtps"), o.tls()) }
	plain, login := sasl.NewPlainClient("", "pc1", "pc1"), sasl.NewLoginClient("pc1", "pc1")
	for _, test := range []struct {
		sending
		dial func() (*smtp.Client, error)
		auth sasl.Client
		mail smtp.MailOptions
		rcpt smtp.RcptOptions
		fail int // the code of the refusal
	}{
		{sending: sending{name: "in the clear", with: "ESMTP"}, dial: inClear},
		{sending: sending{name: "a mebibyte", with: "ESMTP", message: parcel}, dial: inClear, mail: smtp.MailOptions{Size: int64(len(parcel))}},
		{sending: sending{name: "null sender", with: "ESMTP", from: "<>"}, dial: inClear},
		{sending: sending{name: "STARTTLS", with: "ESMTPS"}, dial: startTLS("smtp")},
		{sending: sending{name: "PLAIN", with: "ESMTPSA"}, dial: startTLS("submission"), auth: plain},
		{sending: sending{name: "LOGIN", with: "ESMTPSA"}, dial: startTLS("submission"), auth: login},
		{sending: sending{name: "TLS first", with: "ESMTPSA"}, dial: first, auth: plain},
		{sending: sending{name: "TLS first, a mebibyte", with: "ESMTPSA", message: parcel}, dial: first, auth: plain},
		{sending: sending{name: "8BITMIME", with: "ESMTP", message: grüße}, dial: inClear, mail: smtp.MailOptions{Body: smtp.Body8BitMIME}},
		{sending: sending{name: "SMTPUTF8", with: "UTF8SMTP", message: grüße, from: "<grüße@例え.example>"}, dial: inClear, mail: smtp.MailOptions{UTF8: true, Body: smtp.Body8BitMIME}},
		{sending: sending{name: "SMTPUTF8 under TLS after a login", with: "UTF8SMTPSA", message: grüße, from: "<grüße@例え.example>"}, dial: first, auth: plain, mail: smtp.MailOptions{UTF8: true}},
		{
			sending: sending{name: "DSN", with: "ESMTP"}, dial: inClear,
			mail: smtp.MailOptions{Return: smtp.DSNReturnHeaders, EnvelopeID: "QQ314159+"},
			rcpt: smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}, OriginalRecipientType: smtp.DSNAddressTypeRFC822, OriginalRecipient: "carol+x@example.org"},
		},
		{sending: sending{name: "several recipients", with: "ESMTP", to: []string{"pc1", "pc2", "pc3"}}, dial: inClear},
		{sending: sending{name: "unknown"}, dial: inClear, fail: 550},
		{sending: sending{name: "too large", message: tooLarge}, dial: inClear, mail: smtp.MailOptions{Size: int64(len(tooLarge))}, fail: 552},
		{sending: sending{name: "too large, which is seen late", message: tooLarge}, dial: inClear, fail: 552},
		{sending: sending{name: "no login"}, dial: first, fail: 530},
		{sending: sending{name: "a wrong password"}, dial: first, auth: sasl.NewPlainClient("", "pc1", "no"), fail: 535},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.sending.complete()
			c, err := test.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			to := s.to
			if test.fail == 550 {
				to = []string{"nobody"}
			}
			err = sendWith(c, test.auth, &test.mail, &test.rcpt, s, to)
			refusal, _ := errors.AsType[*smtp.SMTPError](err)
			if test.fail == 0 && err != nil || test.fail != 0 && (refusal == nil || refusal.Code != test.fail) {
				t.Errorf("%v, want %d", err, test.fail)
			}
			if err := c.Quit(); err != nil {
				t.Error(err)
			}
			o.check(t, s)
		})
	}
	c, err := smtp.DialStartTLS(o.addr("smtp"), &tls.Config{ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Hello("client.example"); !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("it believes in everybody, so this shows nothing: %v", err)
	}
}

// sendWith sends a message with a client that was told nothing yet.
func sendWith(c *smtp.Client, auth sasl.Client, mail *smtp.MailOptions, rcpt *smtp.RcptOptions, s *sending, to []string) error {
	if err := c.Hello("client.example"); err != nil {
		return err
	}
	if auth != nil {
		if err := c.Auth(auth); err != nil {
			return err
		}
	}
	if err := c.Mail(strings.Trim(s.from, "<>"), mail); err != nil {
		return err
	}
	for _, box := range to {
		if err := c.Rcpt(box+"@email.com", rcpt); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, s.message)
	return errors.Join(err, w.Close())
}
