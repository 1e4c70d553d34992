package web

import (
	"bytes"
	"net/http"

	"smtplab/sim/lab"
	"smtplab/web/ui"
)

// annotate pins a line or writes a note on it: POST /labs/{lab}/events/{seq}/note with do=pin|unpin, or text.
func (s *Server) annotate(w http.ResponseWriter, r *http.Request) error {
	seq, err := number(r, "seq")
	if err != nil {
		return err
	}
	f, err := readForm(r, fields{"do": oneLine, "text": lines})
	if err == nil {
		var a lab.Action
		if a, err = annotation(seq, f); err == nil {
			err = s.act(r, a)
		}
	}
	if a, ok := mistakeIn(r, err); ok && a.field == "text" && !isFragment(r) {
		return s.explained(w, r, uint64(seq), a.status, ui.Annotate{Problem: a.text, Mark: ui.Mark{Text: f.values["text"]}})
	}
	if err != nil {
		return err
	}
	return acted(w, r, eventURL(labURL(accessOf(r)), uint64(seq)))
}

func annotation(seq int, f form) (lab.Action, error) {
	text, noted := f.values["text"]
	switch do := f.values["do"]; {
	case do == "pin":
		return lab.Action{Verb: lab.Pin, N: seq}, nil
	case do == "unpin":
		return lab.Action{Verb: lab.Unpin, N: seq}, nil
	case do == "" && noted:
		return lab.Action{Verb: lab.Note, N: seq, Text: text}, nil
	}
	return lab.Action{}, &refusal{kind: badField, field: "do", text: "A line can be pinned, unpinned, or be given a note."}
}

// annotations are the notes and pins that changed after a version: GET /labs/{lab}/annotations?after=VERSION, as JSON.
func (s *Server) annotations(w http.ResponseWriter, r *http.Request) error {
	after, err := position(r, "after")
	if err != nil {
		return err
	}
	var all []lab.Annotation
	var version uint64
	if err := s.see(r, func(l *lab.Lab) { all, version = l.Annotations() }); err != nil {
		return err
	}
	answer := ui.Annotations{Version: version, All: []uint64{}, Changed: []ui.Annotation{}}
	for _, a := range all {
		answer.All = append(answer.All, a.Seq)
		if a.Version <= after && after <= version { // a version that never was is of before a reset
			continue
		}
		var b bytes.Buffer
		if err := ui.RowMark(markOf(a)).Render(r.Context(), &b); err != nil {
			return err
		}
		answer.Changed = append(answer.Changed, ui.Annotation{Seq: a.Seq, Pinned: a.Pinned, Text: a.Text, HTML: b.String()})
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

func markOf(a lab.Annotation) ui.Mark { return ui.Mark{Pinned: a.Pinned, Text: a.Text} }

// notesOf are a lab's annotations by their events; nil when there are none.
func notesOf(l *lab.Lab) map[uint64]lab.Annotation {
	all, _ := l.Annotations()
	if len(all) == 0 {
		return nil
	}
	notes := make(map[uint64]lab.Annotation, len(all))
	for _, a := range all {
		notes[a.Seq] = a
	}
	return notes
}

// annotateForm is where a line is pinned or gets a note.
func (sc *scene) annotateForm(seq uint64, a ui.Annotate) ui.Annotate {
	if a.Problem == "" {
		a.Mark = markOf(sc.notes[seq])
	} else {
		a.Mark.Pinned = sc.notes[seq].Pinned
	}
	if sc.access.CanAct {
		a.URL = eventURL(sc.base, seq) + "/note"
	}
	return a
}
