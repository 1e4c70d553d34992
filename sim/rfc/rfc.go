// Package rfc holds references to the standards as data: which document, which section, and how far the
// lab implements it. A reference stands beside the rule it justifies, in code as "RFC 5321 §4.1.1.3" and in
// values as a Ref, so that the page can link "why?" on every line and the documents can list what is covered.
package rfc

import (
	"fmt"
	"regexp"
	"strconv"
)

// Ref is a section of an RFC. The zero Ref refers to nothing.
type Ref struct {
	Doc     int    // the RFC's number, as 5321
	Section string // as "4.1.1.3"; empty for the whole document
}

// IsZero reports whether r refers to nothing.
func (r Ref) IsZero() bool { return r.Doc == 0 }

// String writes the reference as it is cited: "RFC 5321 §4.1.1.3".
func (r Ref) String() string {
	switch {
	case r.Doc == 0:
		return ""
	case r.Section == "":
		return fmt.Sprintf("RFC %d", r.Doc)
	}
	return fmt.Sprintf("RFC %d §%s", r.Doc, r.Section)
}

// URL is the address of the section at the RFC Editor. The lab never fetches it; a reader may.
func (r Ref) URL() string {
	switch {
	case r.Doc == 0:
		return ""
	case r.Section == "":
		return fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d", r.Doc)
	}
	return fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d#section-%s", r.Doc, r.Section)
}

var cited = regexp.MustCompile(`^RFC (\d{3,5})(?: §([0-9A-Z]+(?:\.[0-9]+)*))?$`)

// Parse reads a reference as String writes it.
func Parse(s string) (Ref, error) {
	m := cited.FindStringSubmatch(s)
	if m == nil {
		return Ref{}, fmt.Errorf("“%s” is no reference to a standard: write it as RFC 5321 §4.1.1.3", s)
	}
	n, _ := strconv.Atoi(m[1]) // digits
	return Ref{n, m[2]}, nil
}
