package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"smtplab/sim/lab"
)

// FileVersion is the version of the files that WriteFile writes and ReadFile reads. A file that this release would
// understand wrongly has a higher one.
const FileVersion = 1

// MaxFile is the size of the largest file that ReadFile reads, in octets.
const MaxFile = 32 << 20

// Extension is how the name of such a file ends.
const Extension = ".smtplab"

// file is a lab as people keep it: a History under its version.
type file struct {
	Version int `json:"smtplab"`
	History
}

// WriteFile writes the history as a file: one JSON object, to be read by people too.
//
//	{
//	 "smtplab": 1,
//	 "spec": {"name": "amber-fox", "seed": 7, "start": …, "domain": "email.com", "hosts": […]},
//	 "actions": [
//	  {"verb": "send", "host": "pc1", "mail": {"to": "pc2@email.com", …}, "at": 0, "step": 0, "seq": 0},
//	  …],
//	 "end": {"at": 56518240, "step": 61}
//	}
//
// Files of mails and octets of lines are base64. at is lab time in nanoseconds, step counts the events that the world had
// run, seq those of the trace: the moment at which each action was done.
func (h *History) WriteFile(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(file{FileVersion, *h})
}

// ReadFile reads a file. A *lab.Mistake says what is wrong with it, and in which line. Whether its lab can be made and
// played is found out by playing it.
func ReadFile(r io.Reader) (*History, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, badFile("it is larger than %d MiB", MaxFile>>20)
	}
	var head struct {
		Version *int `json:"smtplab"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, inLine(b, err)
	}
	switch {
	case head.Version == nil:
		return nil, badFile("“smtplab” is missing, which says that it is one")
	case *head.Version < 1 || *head.Version > FileVersion:
		return nil, badFile("it is of version %d, and this program reads version %d", *head.Version, FileVersion)
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, inLine(b, err)
	}
	if r := f.Reset; r != nil && r.Verb != lab.Reset {
		return nil, badFile("“reset” holds another action: %q", r.Verb)
	}
	return &f.History, nil
}

func badFile(format string, args ...any) *lab.Mistake {
	return &lab.Mistake{Field: "file", Code: "bad_file", Text: "That is no lab of SMTP Lab: " + fmt.Sprintf(format, args...) + "."}
}

// inLine says what the decoder found wrong, and where if it knows.
func inLine(b []byte, err error) error {
	offset := int64(-1)
	text := strings.TrimPrefix(err.Error(), "json: ")
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset, text = e.Offset, fmt.Sprintf("“%s” cannot be a %s", strings.TrimPrefix(e.Field, "History."), e.Value)
	}
	if offset < 0 || offset > int64(len(b)) {
		return badFile("%s", text)
	}
	return badFile("line %d: %s", 1+bytes.Count(b[:offset], []byte("\n")), text)
}
