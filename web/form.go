package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"smtplab/sim/lab"
)

// maxFields is how many fields and files a form may have: a mail's five and some fifty attachments.
const maxFields = 64

// form is what was sent. Fields that were not asked for are not kept.
type form struct {
	values map[string]string
	files  []lab.File
	bad    *refusal // what is wrong with a field, the first of them
}

// readForm reads the fields with the given names, at most once each, and files if "files" is among the names. It
// takes application/x-www-form-urlencoded and multipart/form-data, and a request without any body, which is the
// empty form. The body has been bounded by limitBody. When a field is bad the form comes along with the error, whole,
// so that the page can show it again.
func readForm(r *http.Request, names ...string) (form, error) {
	f := form{values: map[string]string{}}
	header := r.Header.Get("Content-Type")
	if header == "" && r.ContentLength == 0 {
		return f, nil
	}
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = f.readQuery(r.Body, names)
	case err == nil && kind == "multipart/form-data":
		err = f.readParts(r, names)
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

func (f *form) readQuery(body io.Reader, names []string) error {
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
			f.set(names, name, value)
		}
	}
	return nil
}

// readParts reads a form with files. Nothing is written to disk: what fits the limit fits in memory.
func (f *form) readParts(r *http.Request, names []string) error {
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
		if err := f.readPart(part, names); err != nil {
			return err
		}
	}
}

func (f *form) readPart(part *multipart.Part, names []string) error {
	data, err := io.ReadAll(part)
	if err != nil {
		return broken(err)
	}
	name, file := part.FormName(), part.FileName()
	switch {
	case name == "":
		return &refusal{kind: badRequest, text: "A part of the form has no name."}
	case file == "" && name != "files":
		f.set(names, name, string(data))
		return nil
	case file == "" || name != "files" || !slices.Contains(names, name):
		return nil // a browser sends an empty part when no file was chosen
	}
	if hasControl(file) {
		f.refuse("files", "The name of a file contains a line break or another control character.")
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
// characters are refused here, before anybody can forget to; only a body may have lines.
func (f *form) set(names []string, name, value string) {
	if !slices.Contains(names, name) || name == "files" {
		return
	}
	_, twice := f.values[name]
	switch {
	case twice:
		f.refuse(name, "“"+name+"” was given twice.")
		return
	case name == "body" && strings.ContainsRune(value, 0):
		f.refuse(name, "The message contains a NUL character, which mail cannot carry.")
	case name != "body" && hasControl(value):
		f.refuse(name, "There is a line break or another control character in “"+name+"”. It must be one line of text.")
	}
	f.values[name] = value
}

// hasControl reports whether s has a control character. A tab is none: pasted text has it, and it ends no line.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' })
}
