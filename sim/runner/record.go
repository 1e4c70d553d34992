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

	"smtplab/sim/clock"
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
	Do      *lab.Action `json:"do,omitempty"`
	Mark    *mark       `json:"mark,omitempty"`
	Past    []record    `json:"past,omitempty"`
}

// mark is a moment of a lab, and when that was.
type mark struct {
	At   clock.Time `json:"at"`
	Step uint64     `json:"step"`
	Wall time.Time  `json:"wall"`
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
	if a == nil || r.Spec != nil || !a.OfLine() {
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
	a.Host = valid(a.Host)
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

// history is what a journal says of a lab, from its last beginning on.
type history struct {
	records []record
	last    journal.Pos
	err     error // the first record that could not be read, which is left out
}

// add adds the next entry.
func (h *history) add(e journal.Entry) {
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
	if r.Spec != nil {
		h.records = nil
	}
	h.records = append(append(h.records, r), r.Past...)
}

// begins reports whether there is a Spec to make the lab from.
func (h *history) begins() bool { return len(h.records) > 0 && h.records[0].Spec != nil }

// begin makes the lab as it was at its last beginning.
func (h *history) begin() (*lab.Lab, error) {
	if h.err != nil {
		return nil, h.err
	}
	if !h.begins() {
		return nil, errors.New("the journal does not begin with a spec")
	}
	first := h.records[0]
	l, err := lab.New(*first.Spec)
	if err != nil {
		return nil, err
	}
	if first.Do == nil {
		return l, nil
	}
	if err := l.Apply(lab.Action{Verb: lab.Speed, Speed: first.Speed}); err != nil {
		return nil, err
	}
	return l, l.Replay(*first.Do)
}

// play makes the lab and lets everything happen again. It returns errDiverged when something else would happen.
func (h *history) play() (*lab.Lab, error) {
	l, err := h.begin()
	if err != nil {
		return nil, err
	}
	played := false
	defer closeUnless(&played, l)
	for _, r := range h.records[1:] {
		if r.Do != nil {
			err = l.Replay(*r.Do)
		} else if r.Mark != nil {
			err = l.MoveTo(r.Mark.At, r.Mark.Step)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDiverged, err)
		}
	}
	played = true
	return l, nil
}

// closeUnless lets go of a lab that was played in vain, also where playing it panicked.
func closeUnless(played *bool, l *lab.Lab) {
	if !*played {
		l.Close()
	}
}

// seenUntil is when the lab was at the moment that play restores; the zero Time when the journal does not say.
func (h *history) seenUntil() time.Time {
	if m := h.records[len(h.records)-1].Mark; m != nil {
		return m.Wall
	}
	return time.Time{}
}

// restart is the record by which a lab that cannot be played is reset: at the last moment that is known of it,
// and with numbers for its events that were never used.
func (h *history) restart() record {
	reset := lab.Action{Verb: lab.Reset, Speed: lab.DefaultSpeed}
	for _, r := range h.records {
		if r.Do != nil {
			reset.At, reset.Step, reset.Seq = r.Do.At, r.Do.Step, r.Do.Seq
		}
		if r.Mark != nil {
			reset.At, reset.Step = r.Mark.At, r.Mark.Step
		}
	}
	reset.Seq += lab.MaxEvents
	return record{Version: version, Spec: h.records[0].Spec, Speed: lab.DefaultSpeed, Do: &reset}
}
