package lab

import (
	"fmt"

	"smtplab/sim/trace"
	"smtplab/sim/vnet"
)

// Wait says what the world waits for, in a sentence, for the bar below the trace.
func (l *Lab) Wait() Wait {
	next, ok := l.clock.Next()
	w := Wait{Idle: !ok}
	if ok {
		w.In = next.Sub(l.clock.Now())
	}
	switch t := l.foremost(); {
	case t == nil && ok && l.near():
		w.Text = "The last segments are on their way."
	case t == nil && len(l.lines) > 0:
		w.Text = l.lineWords()
	case t == nil && ok:
		w.Text = "The PCs are done. The server still waits for a connection that is gone."
	case t == nil && len(l.conversations) == 0:
		w.Text = "Nothing is going on yet."
	case t == nil:
		w.Text = "Nothing is going on. All conversations have ended."
	default:
		w.Text, w.Expects = l.describe(t, &w)
	}
	if l.paused && ok {
		w.Text = "Paused. " + w.Text
	}
	return w
}

// lineWords say who waits for whom when nothing but lines is open, by the one that was opened last.
func (l *Lab) lineWords() string {
	conn := l.lines[len(l.lines)-1].end.Connection().ID
	served := l.lineAt(conn, l.server.host.ID) != nil
	switch client := l.line(conn); {
	case client == nil:
		return "A connection to the server is open at its end only. Whoever plays the server can close it."
	case !client.byHand() && served:
		return "Somebody outside is connected, and a person plays the server."
	case !client.byHand():
		return "Somebody outside is connected, and the server waits for what comes next."
	case served:
		return "A terminal on " + client.host.Name + " is connected, and a person plays the server."
	default:
		return "A terminal on " + client.host.Name + " is connected, and waits for what is typed there."
	}
}

// foremost is the conversation that most recently had something to show.
func (l *Lab) foremost() *talk {
	var best *talk
	var last uint64
	for i := range l.talks {
		t := &l.talks[i]
		if c := l.conversationOf(t.end); best == nil || c.last > last {
			best, last = t, c.last
		}
	}
	return best
}

func (l *Lab) conversationOf(e *vnet.End) *conversation {
	return recorder{l}.conversation(e.Connection())
}

func (l *Lab) describe(t *talk, w *Wait) (text, expects string) {
	c := l.conversationOf(t.end)
	expects = t.party.Expects()
	if _, waiting := t.end.Waiting(); waiting {
		return fmt.Sprintf("A segment from %s was lost. It will be sent again.", t.host.Name), ""
	}
	if _, waiting := t.end.Peer().Waiting(); waiting {
		return "A segment from the server was lost. It will be sent again.", ""
	}
	switch {
	case c.state == trace.NoState && c.server == nil:
		return fmt.Sprintf("%s asks who has the address %s.", t.host.Name, c.serverAddr.Addr()), ""
	case c.state == trace.NoState:
		return fmt.Sprintf("%s opens a connection to port %d of the server.", t.host.Name, c.serverAddr.Port()), ""
	case !l.near() && c.byHand.server:
		return t.host.Name + " waits for " + awaited(expects) + ". A person plays the server: answer in its window.", ""
	case !l.near():
		return t.host.Name + " waits for the server, but not for ever.", ""
	case t.end.Peer().UnderWay() > 0:
		text = "The server's answer is on its way to " + t.host.Name + "."
	case t.end.UnderWay() > 0:
		text = "What " + t.host.Name + " says is on its way to the server."
	case expects == "":
		return t.host.Name + " waits for the server's greeting.", ""
	case expects == trace.EOD:
		text = t.host.Name + " has sent the message and waits for the server to take it."
	default:
		text = fmt.Sprintf("%s waits for the server's answer to %s.", t.host.Name, expects)
	}
	p, ok := t.party.(interface{ Next() string })
	if !ok {
		return text, ""
	}
	if expects = p.Next(); expects == trace.EOD {
		expects = "the message"
	}
	return text, expects
}

// awaited is the answer that a client waits for, by the verb that it expects one to.
func awaited(expects string) string {
	switch expects {
	case "":
		return "the greeting"
	case trace.EOD:
		return "the answer to its message"
	}
	return "the answer to " + expects
}
