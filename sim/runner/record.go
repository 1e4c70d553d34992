package runner

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smtplab/sim/history"
	"smtplab/sim/journal"
	"smtplab/sim/lab"
)

// version of the records. A lab whose journal begins with another cannot be read.
const version = 1

// record is what the journal holds, as JSON. It is one of these:
//
//	{"v":1, "spec":{…}}                            the lab begins
//	{"v":1, "spec":{…}, "speed":3, "do":{reset}}   it begins again, and nothing before matters
//	{"do":{…}}                                     somebody did something
//	{"mark":{…}}                                   it had come so far
//
// A record that begins a lab may hold those that follow it in "past", so that all are written at once.
type record struct {
	Version int         `json:"v,omitempty"`
	Spec    *lab.Spec   `json:"spec,omitempty"`
	Speed   float64     `json:"speed,omitempty"` // of the lab when it was reset, which keeps it
	Era     uint64      `json:"era,omitempty"`   // how often its past was undone before
	Do      *lab.Action `json:"do,omitempty"`

	Mark *history.Mark `json:"mark,omitempty"`
	Past []record      `json:"past,omitempty"`
}

func (r record) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("runner: encode a record: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// appendLine appends what encode returns for an action of a line, which are the most that are written: a real program
// does nothing else. It reports false, and appends nothing, for other records.
func (r record) appendLine(b []byte) ([]byte, bool) {
	a := r.Do
	if a == nil || r.Spec != nil || !a.OfLine() || a.Target != "" { // a target is text, which may have to be escaped
		return b, false
	}
	b = append(append(append(b, `{"do":{"verb":"`...), a.Verb...), '"')
	if a.Host != "" { // the id of a host that is there, so there is nothing to escape
		b = append(append(append(b, `,"host":"`...), a.Host...), '"')
	}
	if a.N != 0 {
		b = strconv.AppendInt(append(b, `,"n":`...), int64(a.N), 10)
	}
	if a.Conn != 0 {
		b = strconv.AppendUint(append(b, `,"conn":`...), uint64(a.Conn), 10)
	}
	if len(a.Data) > 0 {
		b = append(base64.StdEncoding.AppendEncode(append(b, `,"data":"`...), a.Data), '"')
	}
	b = strconv.AppendInt(append(b, `,"at":`...), int64(a.At), 10)
	b = strconv.AppendUint(append(b, `,"step":`...), a.Step, 10)
	b = strconv.AppendUint(append(b, `,"seq":`...), a.Seq, 10)
	return append(b, "}}"...), true
}

// keepable is the action as the journal can hold it: JSON has only valid UTF-8, and what is applied now must be
// what a replay applies.
func keepable(a lab.Action) lab.Action {
	a.Host, a.Target, a.Text = valid(a.Host), valid(a.Target), valid(a.Text)
	if a.Mail == nil {
		return a
	}
	m := *a.Mail
	m.To, m.Cc, m.Bcc = valid(m.To), valid(m.Cc), valid(m.Bcc)
	m.Subject, m.Body = valid(m.Subject), valid(m.Body)
	m.Files = slices.Clone(m.Files)
	for i := range m.Files {
		f := &m.Files[i]
		f.Name, f.Type = valid(f.Name), valid(f.Type)
	}
	a.Mail = &m
	return a
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// written is what a journal says of a lab, from its last beginning on.
type written struct {
	history.History
	begun bool        // there is a Spec to make the lab from
	era   uint64      // how often its past was undone
	last  journal.Pos // of the newest record
	err   error       // the first record that could not be read, which is left out
}

// add adds the next entry.
func (h *written) add(e journal.Entry) {
	h.last = e.Pos
	var r record
	err := json.Unmarshal(e.Record, &r)
	if err == nil && r.Spec != nil && r.Version != version {
		err = fmt.Errorf("it was written by another version: %d, this one reads %d", r.Version, version)
	}
	if err != nil {
		h.err = cmp.Or(h.err, fmt.Errorf("record %d: %w", e.Pos, err))
		return
	}
	h.hold(r)
	for _, past := range r.Past {
		h.hold(past)
	}
}

func (h *written) hold(r record) {
	switch {
	case r.Spec != nil:
		h.History, h.begun, h.era = history.History{Spec: *r.Spec, Speed: r.Speed, Reset: r.Do}, true, r.Era
	case r.Do != nil:
		h.Actions, h.End = append(h.Actions, *r.Do), nil
	case r.Mark != nil:
		h.End = r.Mark
	}
}

// check says why the lab cannot be made; nil when it can.
func (h *written) check() error {
	if h.err == nil && !h.begun {
		return errors.New("the journal does not begin with a spec")
	}
	return h.err
}

// seenUntil is when the lab was at the moment that play restores; the zero Time when the journal does not say.
func (h *written) seenUntil() time.Time {
	if h.End == nil {
		return time.Time{}
	}
	return h.End.Wall
}

// restart is the record by which a lab that cannot be played is reset: at the last moment that is known of it,
// and with numbers for its events that were never used.
func (h *written) restart() record {
	reset := lab.Action{Verb: lab.Reset, Speed: lab.DefaultSpeed}
	if h.Reset != nil {
		reset.At, reset.Step, reset.Seq = h.Reset.At, h.Reset.Step, h.Reset.Seq
	}
	if n := len(h.Actions); n > 0 {
		a := h.Actions[n-1]
		reset.At, reset.Step, reset.Seq = a.At, a.Step, a.Seq
	}
	if h.End != nil {
		reset.At, reset.Step = h.End.At, h.End.Step
	}
	reset.Seq += lab.MaxEvents
	return record{Version: version, Spec: &h.Spec, Speed: lab.DefaultSpeed, Era: h.era, Do: &reset}
}

// whole is the record from which a lab begins with all that is written of it.
func whole(h *history.History, era uint64) record {
	r := record{Version: version, Spec: &h.Spec, Speed: h.Speed, Era: era, Do: h.Reset}
	for i := range h.Actions {
		r.Past = append(r.Past, record{Do: &h.Actions[i]})
	}
	if h.End != nil {
		r.Past = append(r.Past, record{Mark: h.End})
	}
	return r
}
