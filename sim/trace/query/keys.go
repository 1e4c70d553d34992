package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"smtplab/sim/trace"
)

// keys read the value of a term, or say what it may be.
var keys map[string]func(value string) (holds, error)

func init() { // cutKey looks into keys
	keys = map[string]func(string) (holds, error){
		"verb": verb, "code": code, "host": host, "conn": conn, "kind": kind, "proto": proto, "seq": seq, "is": is,
	}
}

func verb(value string) (holds, error) {
	if value == "" {
		return nil, mistake("Which verb? verb: takes a command, as verb:rcpt, or verb:eod for the end of a message.")
	}
	return func(e *trace.Event, _ About) bool { return strings.EqualFold(e.Verb, value) }, nil
}

func code(value string) (holds, error) {
	value = strings.ToLower(value)
	switch {
	case value == "+ok":
		return ofPOP3(1), nil
	case value == "-err":
		return ofPOP3(-1), nil
	case isPattern(value) && len(value) == 3 && strings.IndexByte("2345", value[0]) >= 0:
		return func(e *trace.Event, _ About) bool {
			return e.Kind == trace.Reply && e.Proto == trace.SMTP && fits(strconv.Itoa(e.Code), value)
		}, nil
	case isEnhanced(value):
		parts := strings.Split(value, ".")
		return func(e *trace.Event, _ About) bool { return e.Kind == trace.Reply && fitsParts(e.Enhanced, parts) }, nil
	}
	return nil, mistake("“code:%s” is no reply code. code: takes one as 250, 5xx or 25x, an enhanced one as 5.1.1 or 5.x.x, or +OK or -ERR.", value)
}

func ofPOP3(code int) holds {
	return func(e *trace.Event, _ About) bool {
		return e.Kind == trace.Reply && e.Proto == trace.POP3 && e.Code == code
	}
}

// isPattern reports whether s is digits, and x for any digit.
func isPattern(s string) bool { return s != "" && strings.Trim(s, "0123456789x") == "" }

// isEnhanced reports whether s is a pattern of an enhanced status code (RFC 3463 §2): class, subject and detail.
func isEnhanced(s string) bool {
	parts := strings.Split(s, ".")
	return len(parts) == 3 && len(parts[0]) == 1 && !slices.ContainsFunc(parts, func(p string) bool { return !isPattern(p) })
}

// fits reports whether a code is as a pattern says, digit by digit.
func fits(code, pattern string) bool {
	if len(code) != len(pattern) {
		return false
	}
	for i := range len(code) {
		if pattern[i] != 'x' && pattern[i] != code[i] {
			return false
		}
	}
	return true
}

// fitsParts is fits for an enhanced code, in which x stands for a number of any length.
func fitsParts(code string, pattern []string) bool {
	for i, want := range pattern {
		part, rest, more := strings.Cut(code, ".")
		if part == "" || more != (i < len(pattern)-1) || want != "x" && !fits(part, want) {
			return false
		}
		code = rest
	}
	return true
}

func host(value string) (holds, error) {
	if value == "" {
		return nil, mistake("Which host? host: takes the name of one, as host:pc1 or host:server.")
	}
	named := func(id string, about About) bool {
		return id != "" && (strings.EqualFold(id, value) || about != nil && strings.EqualFold(about.HostName(id), value))
	}
	return func(e *trace.Event, about About) bool { return named(e.From, about) || named(e.To, about) }, nil
}

func conn(value string) (holds, error) {
	from, to, ok := numbers(value)
	if !ok {
		return nil, mistake("“conn:%s” is no conversation. conn: takes the number of one, as conn:2, or a range, as conn:2-4.", value)
	}
	return func(e *trace.Event, _ About) bool { return from <= uint64(e.Conn) && uint64(e.Conn) <= to }, nil
}

func seq(value string) (holds, error) {
	from, to, ok := numbers(value)
	if !ok {
		return nil, mistake("“seq:%s” is no line. seq: takes the number of one, as seq:10, or a range, as seq:10-40.", value)
	}
	return func(e *trace.Event, _ About) bool { return from <= e.Seq && e.Seq <= to }, nil
}

// numbers reads "10", "10-40", "10-" or "-40".
func numbers(s string) (from, to uint64, ok bool) {
	first, last, isRange := strings.Cut(s, "-")
	from, to = 0, math.MaxUint64
	var errs [2]error
	if first != "" {
		from, errs[0] = strconv.ParseUint(first, 10, 64)
	}
	if last != "" {
		to, errs[1] = strconv.ParseUint(last, 10, 64)
	}
	if !isRange {
		to = from
	}
	return from, to, errs[0] == nil && errs[1] == nil && first+last != ""
}

func kind(value string) (holds, error) {
	i := slices.Index(trace.KindNames(), strings.ToLower(value))
	if i < 0 {
		return nil, mistake("“kind:%s” is no kind of line. The kinds are %s.", value, strings.Join(trace.KindNames(), ", "))
	}
	want := trace.Kind(i + 1)
	return func(e *trace.Event, _ About) bool { return e.Kind == want }, nil
}

func proto(value string) (holds, error) {
	i := slices.Index(trace.ProtoNames(), strings.ToLower(value))
	if i < 0 {
		return nil, mistake("“proto:%s” is no protocol here. The protocols are %s.", value, strings.Join(trace.ProtoNames(), ", "))
	}
	want := trace.Proto(i)
	return func(e *trace.Event, _ About) bool { return e.Proto == want }, nil
}

func is(value string) (holds, error) {
	switch strings.ToLower(value) {
	case "pinned":
		return func(e *trace.Event, about About) bool {
			_, pinned := noteOf(e, about)
			return pinned
		}, nil
	case "noted":
		return func(e *trace.Event, about About) bool {
			text, _ := noteOf(e, about)
			return text != ""
		}, nil
	case "encrypted":
		return func(e *trace.Event, _ About) bool { return e.Secure }, nil
	}
	return nil, mistake("“is:%s” says nothing of a line. is: takes pinned, noted or encrypted.", value)
}

func noteOf(e *trace.Event, about About) (text string, pinned bool) {
	if about == nil {
		return "", false
	}
	return about.Note(e.Seq)
}
