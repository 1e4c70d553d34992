package rfc

import (
	"strings"
	"testing"
)

func TestDocuments(t *testing.T) {
	for i, d := range Documents {
		if i > 0 && d.Number <= Documents[i-1].Number {
			t.Errorf("RFC %d stands after RFC %d", d.Number, Documents[i-1].Number)
		}
		if d.Title == "" || strings.HasSuffix(d.Title, ".") {
			t.Errorf("RFC %d: title %q", d.Number, d.Title)
		}
		if (d.Status == Partial || d.Status == Planned) && d.Note == "" {
			t.Errorf("RFC %d is %v: say what is missing", d.Number, d.Status)
		}
		if d.Note != "" && !strings.HasSuffix(d.Note, ".") {
			t.Errorf("RFC %d: the note %q is no sentence", d.Number, d.Note)
		}
		if found, ok := Find(d.Number); !ok || found != d {
			t.Errorf("Find(%d) = %v, %v", d.Number, found, ok)
		}
	}
	if d, ok := Find(1); ok {
		t.Errorf("Find(1) = %v", d)
	}
}

func TestStatus(t *testing.T) {
	for s, want := range map[Status]string{No: "no", Planned: "planned", Partial: "partial", Yes: "yes"} {
		if s.String() != want {
			t.Errorf("status %d is %q, want %q", s, s, want)
		}
	}
}

func TestRef(t *testing.T) {
	tests := []struct {
		ref       Ref
		text, url string
	}{
		{Ref{}, "", ""},
		{Ref{Doc: 5321}, "RFC 5321", "https://www.rfc-editor.org/rfc/rfc5321"},
		{Ref{5321, "4.1.1.3"}, "RFC 5321 §4.1.1.3", "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.3"},
	}
	for _, tt := range tests {
		if tt.ref.String() != tt.text || tt.ref.URL() != tt.url || tt.ref.IsZero() != (tt.text == "") {
			t.Errorf("%#v: %q, %q", tt.ref, tt.ref, tt.ref.URL())
		}
	}
	if got := Documents[0].Ref(); got != (Ref{Doc: 1035}) {
		t.Errorf("the reference of the first document is %v", got)
	}
}
