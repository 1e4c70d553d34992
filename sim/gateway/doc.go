// Package gateway lets real programs in: it opens real TCP ports, and what comes in on one of them is a connection of
// the host Outside to the server of one lab. So a mail program, a script or a test tool talks to the lab's own server,
// at the lab's pace, and everybody who watches the lab sees it line by line. TLS is not the gateway's business: it
// carries octets, and the lab's server answers STARTTLS like everything else.
//
// It only lets in. Nothing that a lab does can open a connection of the machine, so nothing is ever relayed.
//
// What a client says becomes actions of the lab (runner.Line), so it is journalled, and a lab that was fed by real
// programs wakes as it was. A client that vanishes has said what it has said: a message whose end did not come is not
// delivered.
package gateway
