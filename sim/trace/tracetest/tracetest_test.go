package tracetest

import (
	"strings"
	"testing"
)

// A validator that takes everything would prove nothing: each of these is refused, and says why.
func TestWhatIsRefused(t *testing.T) {
	const schema = `{"type": "object", "required": ["n"], "not": {"required": ["a", "b"]}, "properties": {
		"n": {"type": "integer", "minimum": 1, "maximum": 9}, "v": {"const": 1}, "w": {"enum": ["x", "y"]},
		"a": {"type": "string", "contentEncoding": "base64"}, "b": {"type": "string", "format": "date-time"},
		"l": {"type": "array", "items": {"$ref": "#/$defs/leaf"}}}, "$defs": {"leaf": {"type": "string"}}}`
	if err := Check([]byte(schema), []byte(`{"n": 9, "v": 1, "w": "y", "a": "aGk=", "l": ["x", ""]}`)); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for transcript, why := range map[string]string{
		`{}`:                             "no n",
		`{"n": 0}`:                       "minimum",
		`{"n": 10}`:                      "maximum",
		`{"n": 1.5}`:                     "no integer",
		`{"n": "1"}`:                     "no integer",
		`{"n": null}`:                    "no integer",
		`[]`:                             "no object",
		`{"n": 1, "v": 2}`:               "want 1",
		`{"n": 1, "w": "z"}`:             "none of",
		`{"n": 1, "w": ["x"]}`:           "none of",
		`{"n": 1, "a": "?"}`:             "transcript.a",
		`{"n": 1, "b": "yesterday"}`:     "transcript.b",
		`{"n": 1, "l": ["x", 1]}`:        "transcript.l[1]",
		`{"n": 1, "new": 1}`:             "does not describe new",
		`{"n": 1, "a": "", "b": ""}`:     "must not be",
		`{"n": 1} {}`:                    "follows",
		`{"n": 1`:                        "EOF",
		`{"n": 1, "l": {"length": "0"}}`: "no array",
	} {
		if err := Check([]byte(schema), []byte(transcript)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want one that says %q", transcript, err, why)
		}
	}
	for schema, why := range map[string]string{
		`{"pattern": "x"}`:         "does not know the word",
		`{"format": "uri"}`:        "does not know the format",
		`{"$ref": "#/$defs/none"}`: "not there",
		`{`:                        "the schema",
	} {
		if err := Check([]byte(schema), []byte(`"x"`)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("the schema %s: %v, want one that says %q", schema, err, why)
		}
	}
}
