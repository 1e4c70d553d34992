// Package tracetest checks transcripts against their published schema, for the tests that make some.
//
// It knows the few words of JSON Schema that the schema uses, and fails for any other: a word that it passed over would
// let everything pass. It is stricter than the schema is for readers in one point: a transcript may have no field that
// the schema does not describe.
package tracetest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// Valid fails the test unless a transcript in JSON is as the schema has it.
func Valid(t testing.TB, schema, transcript []byte) {
	t.Helper()
	if err := Check(schema, transcript); err != nil {
		t.Errorf("the transcript is not as its schema has it: %v\n%.300s", err, transcript)
	}
}

// Check says where a transcript is not as the schema has it; nil when it is.
func Check(schema, transcript []byte) error {
	var root object
	if err := decode(schema, &root); err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	var value any
	if err := decode(transcript, &value); err != nil {
		return err
	}
	return (&validator{root}).check("transcript", root, value)
}

// decode reads one value, whole, with its numbers as they are written.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("something follows after octet %d", d.InputOffset())
	}
	return nil
}

type object = map[string]any

type validator struct{ root object }

// check says why a value at a place is not as the schema has it; nil when it is. The type comes first: other words may
// then count on it.
func (v *validator) check(at string, schema object, value any) error {
	if kind, ok := schema["type"].(string); ok && !isA(value, kind) {
		return fmt.Errorf("%s: %v is no %s", at, value, kind)
	}
	for _, word := range slices.Sorted(maps.Keys(schema)) {
		if err := v.word(at, word, schema[word], value); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) word(at, word string, want, value any) error {
	switch word {
	case "$schema", "$id", "$defs", "title", "description", "type":
		return nil
	case "$ref":
		name, local := strings.CutPrefix(want.(string), "#/$defs/")
		defs, _ := v.root["$defs"].(object)
		def, ok := defs[name].(object)
		if !local || !ok {
			return fmt.Errorf("%s: the schema refers to %s, which is not there", at, want)
		}
		return v.check(at, def, value)
	case "const":
		if value != want {
			return fmt.Errorf("%s: %v, want %v", at, value, want)
		}
	case "enum":
		if !slices.Contains(want.([]any), value) {
			return fmt.Errorf("%s: %v is none of %v", at, value, want)
		}
	case "minimum", "maximum":
		return checkBound(at, word, want.(json.Number), value)
	case "format", "contentEncoding":
		return checkText(at, want.(string), value.(string))
	case "required":
		for _, name := range want.([]any) {
			if _, ok := value.(object)[name.(string)]; !ok {
				return fmt.Errorf("%s: no %s", at, name)
			}
		}
	case "not":
		if v.check(at, want.(object), value) == nil {
			return fmt.Errorf("%s: it is what it must not be: %v", at, want)
		}
	case "properties":
		return v.properties(at, want.(object), value.(object))
	case "items":
		for i, item := range value.([]any) {
			if err := v.check(fmt.Sprintf("%s[%d]", at, i), want.(object), item); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("%s: this validator does not know the word %q", at, word)
	}
	return nil
}

func (v *validator) properties(at string, want, value object) error {
	for name, field := range value {
		schema, ok := want[name].(object)
		if !ok {
			return fmt.Errorf("%s: the schema does not describe %s", at, name)
		}
		if err := v.check(at+"."+name, schema, field); err != nil {
			return err
		}
	}
	return nil
}

func isA(value any, kind string) bool {
	switch x := value.(type) {
	case object:
		return kind == "object"
	case []any:
		return kind == "array"
	case string:
		return kind == "string"
	case json.Number:
		_, err := x.Int64()
		return kind == "integer" && err == nil
	}
	return false
}

func checkBound(at, word string, bound json.Number, value any) error {
	limit, err := bound.Int64()
	n, ok := value.(json.Number)
	if err != nil || !ok {
		return fmt.Errorf("%s: %v and its %s %v are not both numbers", at, value, word, bound)
	}
	if x, err := n.Int64(); err != nil || word == "minimum" && x < limit || word == "maximum" && x > limit {
		return fmt.Errorf("%s: %v is beyond its %s %v", at, value, word, bound)
	}
	return nil
}

func checkText(at, format, text string) error {
	var err error
	switch format {
	case "date-time":
		_, err = time.Parse(time.RFC3339Nano, text)
	case "base64":
		_, err = base64.StdEncoding.Strict().DecodeString(text)
	default:
		err = fmt.Errorf("this validator does not know the format %q", format)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return nil
}
