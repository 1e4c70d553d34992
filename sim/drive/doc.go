// Package drive says what the two ends of a conversation have in common, and drives one of them over a net.Conn.
//
// A Party is a value: smtpserver.Session, smtpclient.Conversation, pop3.Session and pop3.Client are its four kinds.
// It is fed octets and says what to send; it owns no connection, reads no clock and starts nothing. Whoever drives
// it calls Open once the connection stands, Receive with what arrives, in whatever pieces, sends what Output returns
// until that is nil, and closes when Closed says so. A lab does this in its own time (lab/driver.go). Over does it in
// the machine's, over any net.Conn, for tests with other people's programs and for whoever wants to use an engine
// alone.
//
// It knows no protocol.
package drive
