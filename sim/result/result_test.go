package result

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/trace"
)

var (
	start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	ours  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	other = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
)

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// run is a lab in which mails were sent, with its events and its transcript.
func run(t testing.TB, mails int) (lab.Spec, []trace.Event, []byte) {
	t.Helper()
	spec := lab.Default("amber-fox", 1, start)
	l, err := lab.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for range mails {
		if err := l.Apply(lab.Action{Verb: lab.Send, Host: "pc1", Mail: &lab.Mail{To: "pc2@email.com", Body: strings.Repeat("long, ", 2000)}}); err != nil {
			t.Fatal(err)
		}
		l.Settle()
	}
	var events []trace.Event
	for e := range l.Trace().After(0) {
		events = append(events, e)
	}
	var b bytes.Buffer
	if err := trace.WriteJSON(&b, trace.Header{Name: spec.Name, Start: spec.Start}, l.Trace().After(0)); err != nil {
		t.Fatal(err)
	}
	return spec, events, b.Bytes()
}

func issue(t testing.TB, key ed25519.PrivateKey) []byte {
	t.Helper()
	spec, events, _ := run(t, 1)
	r, err := Of(spec, events)
	if err != nil {
		t.Fatal(err)
	}
	return r.Sign(key, start.Add(time.Hour+time.Millisecond), "smtplab v0 <test> & more")
}

func TestGenuine(t *testing.T) {
	file := issue(t, ours)
	r, err := Verify(file, public(ours))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	_, events, transcript := run(t, 1)
	want := Result{
		What: "SMTP Lab result", Version: 1, Lab: "amber-fox", Events: len(events), Last: events[len(events)-1].Seq, Trace: digest(transcript),
		Issued: start.Add(time.Hour), Program: "smtplab v0 <test> & more",
	}
	if r.What != want.What || r.Version != want.Version || r.Lab != want.Lab || r.Events != want.Events || r.Last != want.Last ||
		r.Trace != want.Trace || !r.Issued.Equal(want.Issued) || r.Program != want.Program || len(r.Spec) != 64 {
		t.Errorf("it says %+v, want %+v", r, want)
	}
	if len(file) > 1000 || !bytes.HasSuffix(file, []byte("\n}\n")) {
		t.Errorf("%d octets:\n%s", len(file), file)
	}
	// What editors and mail programs do to it does no harm.
	for name, changed := range map[string][]byte{
		"CRLF":    bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")),
		"compact": append(append(r.signed()[:len(r.signed())-1:len(r.signed())-1], `,"signature":"`+base64.StdEncoding.EncodeToString(r.Signature)...), `"}`...),
	} {
		if _, err := Verify(changed, public(ours)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, changed)
		}
	}
}

// Whatever octet of a file is changed, it is not genuine any more, unless it is white space and stays that.
func TestEveryOctetCounts(t *testing.T) {
	file := issue(t, ours)
	for i := range file {
		for _, c := range []byte{file[i] ^ 1, '0', '"'} {
			changed := bytes.Clone(file)
			changed[i] = c
			if c == file[i] || strings.ContainsRune(" \n", rune(file[i])) && c == ' ' {
				continue
			}
			if r, err := Verify(changed, public(ours)); err == nil {
				t.Errorf("octet %d as %q: genuine, and says %+v", i, c, r)
			}
		}
		if r, err := Verify(file[:i], public(ours)); err == nil && i < len(file)-1 {
			t.Errorf("cut off after %d octets: genuine, and says %+v", i, r)
		}
	}
}

func TestWhatIsNotGenuine(t *testing.T) {
	file := string(issue(t, ours))
	swap := func(old, new string) string {
		if strings.Count(file, old) != 1 {
			t.Fatalf("%q is there %d times in\n%s", old, strings.Count(file, old), file)
		}
		return strings.Replace(file, old, new, 1)
	}
	for name, test := range map[string]struct {
		file string
		want error
	}{
		"another name":            {swap(`"amber-fox"`, `"amber-ox"`), ErrAltered},
		"more events":             {swap(`"events": `, `"events": 1`), ErrAltered},
		"another time":            {swap(`"2026-11-23T11:00:00Z"`, `"2026-11-23T11:00:01Z"`), ErrAltered},
		"the time in other words": {swap(`"2026-11-23T11:00:00Z"`, `"2026-11-23T11:00:00+00:00"`), ErrAltered},
		"a field more":            {swap(`"version": 1,`, `"version": 1, "mark": "A",`), ErrAltered},
		"a field twice":           {swap(`"version": 1,`, `"version": 1, "lab": "mine",`), ErrAltered},
		"a field in capitals":     {swap(`"lab":`, `"Lab":`), ErrAltered},
		"an escape more":          {swap(`"amber-fox"`, `"\u0061mber-fox"`), ErrAltered},
		"something behind it":     {file + `{}`, ErrAltered},
		"no signature":            {file[:strings.Index(file, `,`+"\n"+`  "signature"`)] + "}", ErrAltered},
		"an empty signature":      {swap(base64.StdEncoding.EncodeToString(signatureOf(t, file)), ``), ErrAltered},
		"our key on their file":   {strings.ReplaceAll(string(issue(t, other)), keyText(other), keyText(ours)), ErrAltered},
		"their key on our file":   {swap(keyText(ours), keyText(other)), ErrAltered},
		"no key":                  {swap(keyText(ours), ``), ErrAltered},
		"another installation's":  {string(issue(t, other)), ErrForeign},
		"the version after this":  {swap(`"version": 1,`, `"version": 2,`), ErrVersion},
		"no version":              {swap(`"version": 1,`, ``), ErrVersion},
		"cut off":                 {file[:len(file)/2], ErrCutOff},
		"cut off at the end":      {file[:len(file)-2], ErrCutOff},
		"too large":               {file + strings.Repeat(" ", MaxFile), ErrTooLarge},
		"nothing":                 {"", ErrNoResult},
		"text":                    {"250 2.0.0 Accepted", ErrNoResult},
		"HTML":                    {"<!doctype html><p>result</p>", ErrNoResult},
		"a transcript":            {`{"version":1,"name":"amber-fox","start":"2026-11-23T10:00:00Z","events":[]}`, ErrNoResult},
		"a list":                  {`[` + file + `]`, ErrNoResult},
		"null":                    {`null`, ErrNoResult},
		"deep":                    {strings.Repeat("[", MaxFile), ErrNoResult},
		"a number for a text":     {swap(`"SMTP Lab result"`, `7`), ErrNoResult},
		"octets":                  {"\x00\xff\x16\x03", ErrNoResult},
	} {
		if _, err := Verify([]byte(test.file), public(ours)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if r, err := Verify(issue(t, other), public(ours)); !errors.Is(err, ErrForeign) || !bytes.Equal(r.Key, public(other)) {
		t.Errorf("another installation's: %v, with the key %x", err, r.Key)
	}
}

func keyText(key ed25519.PrivateKey) string { return base64.StdEncoding.EncodeToString(public(key)) }

func signatureOf(t *testing.T, file string) []byte {
	t.Helper()
	var r Result
	if err := json.Unmarshal([]byte(file), &r); err != nil {
		t.Fatal(err)
	}
	return r.Signature
}

func TestCompare(t *testing.T) {
	spec, events, transcript := run(t, 1)
	_, moreEvents, more := run(t, 2)
	r, err := Of(spec, events)
	if err != nil {
		t.Fatal(err)
	}
	full, err := Of(spec, moreEvents)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := Of(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, none := run(t, 0)
	for name, test := range map[string]struct {
		result     Result
		transcript []byte
		want       Match
	}{
		"the very one":            {r, transcript, Same},
		"the lab went on":         {r, more, Longer},
		"the longer one":          {full, more, Same},
		"an earlier one":          {full, transcript, Other},
		"no events":               {empty, none, Same},
		"one octet less":          {r, transcript[:len(transcript)-1], Other},
		"one octet more":          {r, append(bytes.Clone(transcript), ' '), Other},
		"one event less":          {r, bytes.Replace(transcript, transcript[bytes.Index(transcript, []byte("\n")):bytes.Index(transcript, []byte("\n{\"seq\":2"))], nil, 1), Other},
		"another word, went on":   {r, bytes.Replace(more, []byte("EHLO"), []byte("HELO"), 1), Other},
		"another line end":        {r, bytes.ReplaceAll(transcript, []byte("\n"), []byte("\r\n")), Other},
		"nothing":                 {r, nil, Other},
		"only line ends":          {r, bytes.Repeat([]byte("\n"), 5000), Other},
		"another lab's":           {r, bytes.Replace(transcript, []byte("amber-fox"), []byte("amber-ox"), 1), Other},
		"cut in the last event":   {r, transcript[:len(transcript)-20], Other},
		"the end of one too many": {r, append(bytes.Clone(transcript), "\n]}\n"...), Other},
	} {
		for how, in := range map[string]io.Reader{"at once": bytes.NewReader(test.transcript), "octet by octet": iotest.OneByteReader(bytes.NewReader(test.transcript))} {
			if got, err := test.result.Compare(in); err != nil || got != test.want {
				t.Errorf("%s, %s: %d, %v, want %d", name, how, got, err, test.want)
			}
		}
	}
	broken := errors.New("broken")
	if got, err := r.Compare(io.MultiReader(bytes.NewReader(transcript), iotest.ErrReader(broken))); got != Other || !errors.Is(err, broken) {
		t.Errorf("broken off: %d, %v", got, err)
	}
}

// FuzzVerify: no file that was not signed is genuine, and none does harm.
func FuzzVerify(f *testing.F) {
	file := issue(f, ours)
	f.Add(file)
	f.Add([]byte(`{"what": "SMTP Lab result", "version": 1}`))
	r, err := Verify(file, public(ours))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, changed []byte) {
		if got, err := Verify(changed, public(ours)); err == nil && !bytes.Equal(got.encode(), r.encode()) {
			t.Errorf("genuine: %s", changed)
		}
	})
}
