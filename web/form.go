package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"smtplab/sim/lab"
)

// maxFields is how many fields and files a form may have: a mail's six and some fifty attachments.
const maxFields = 64

// form is what was sent. Fields that were not asked for are not kept.
type form struct {
	fields fields
	values map[string]string
	ticked map[string][]string // of the fields that may come several times
	files  []lab.File
	bad    *refusal // what is wrong with a field, the first of them
}

// fields are the names of the fields that a form may have, and what each may hold.
type fields map[string]holds

// holds is what a field may hold.
type holds uint8

const (
	oneLine holds = iota // of text
	lines                // of text, any number
	boxes                // one line, and the field may come several times: boxes to tick
	upload               // files
)

// readForm reads the given fields. It takes application/x-www-form-urlencoded and multipart/form-data, and a request
// without any body, which is the empty form. The body has been bounded by limitBody. When a field is bad the form comes
// along with the error, whole, so that the page can show it again.
func readForm(r *http.Request, names fields) (form, error) {
	f := form{fields: names, values: map[string]string{}, ticked: map[string][]string{}}
	header := r.Header.Get("Content-Type")
	if header == "" && r.ContentLength == 0 {
		return f, nil
	}
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = f.readQuery(r.Body)
	case err == nil && kind == "multipart/form-data":
		err = f.readParts(r)
	default:
		err = &refusal{kind: wrongType, text: "A form is expected: application/x-www-form-urlencoded or multipart/form-data."}
	}
	if err == nil && f.bad != nil {
		err = f.bad
	}
	return f, err
}

// refuse notes what is wrong with a field, unless something else was wrong before.
func (f *form) refuse(field, text string) {
	if f.bad == nil {
		f.bad = &refusal{kind: badField, field: field, text: text}
	}
}

var errTooManyFields = &refusal{kind: badField, text: fmt.Sprintf("A form may have at most %d fields and files.", maxFields)}

func (f *form) readQuery(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if strings.Count(string(text), "&") >= maxFields {
		return errTooManyFields
	}
	query, err := url.ParseQuery(string(text))
	if err != nil {
		return &refusal{kind: badRequest, text: "The form is not encoded as it should be."}
	}
	for name, values := range query {
		for _, value := range values {
			f.set(name, value)
		}
	}
	return nil
}

// readParts reads a form with files. Nothing is written to disk: what fits the limit fits in memory.
func (f *form) readParts(r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return &refusal{kind: badRequest, text: "The form is not encoded as it should be."}
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		if n == maxFields {
			return errTooManyFields
		}
		if err := f.readPart(part); err != nil {
			return err
		}
	}
}

func (f *form) readPart(part *multipart.Part) error {
	data, err := io.ReadAll(part)
	if err != nil {
		return broken(err)
	}
	name, file := part.FormName(), part.FileName()
	switch {
	case name == "":
		return &refusal{kind: badRequest, text: "A part of the form has no name."}
	case file == "" && f.fields[name] != upload:
		f.set(name, string(data))
		return nil
	case file == "" || f.fields[name] != upload:
		return nil // a browser sends an empty part when no file was chosen
	}
	if hasControl(file) {
		f.refuse(name, "The name of a file contains a line break or another control character.")
		return nil
	}
	f.files = append(f.files, lab.File{Name: file, Type: mediaType(part), Data: data})
	return nil
}

// mediaType is what the browser says a file is, without parameters; "" lets the lab guess.
func mediaType(part *multipart.Part) string {
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || kind == "application/octet-stream" {
		return ""
	}
	return kind
}

// broken tells a body that is too large, which has its own answer, from one that ends or is formed wrongly.
func broken(err error) error {
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig || errors.Is(err, multipart.ErrMessageTooLarge) {
		return err
	}
	return &refusal{kind: badRequest, text: "The form is cut off or not encoded as it should be."}
}

// set keeps a field that was asked for. Every field may reach a header or a command, so line breaks and control
// characters are refused here, before anybody can forget to; only what holds lines may have them.
func (f *form) set(name, value string) {
	held, wanted := f.fields[name]
	if !wanted || held == upload {
		return
	}
	_, twice := f.values[name]
	switch {
	case twice && held != boxes:
		f.refuse(name, "“"+name+"” was given twice.")
		return
	case held == lines && strings.ContainsRune(value, 0):
		f.refuse(name, "There is a NUL character in the text, which mail cannot carry.")
	case held != lines && hasControl(value):
		f.refuse(name, "There is a line break or another control character in “"+name+"”. It must be one line of text.")
	}
	f.values[name] = value
	if held == boxes {
		f.ticked[name] = append(f.ticked[name], value)
	}
}

// on reports whether a box was ticked.
func (f *form) on(name string) bool { return f.values[name] != "" }

// hasControl reports whether s has a control character. A tab is none: pasted text has it, and it ends no line.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' })
}
