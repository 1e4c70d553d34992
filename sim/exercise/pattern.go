package exercise

import "bytes"

// pattern is a text in which * stands for anything, ready to be compared in letters of either case. The zero pattern
// matches nothing.
type pattern [][]byte // what stands between the stars, in lower case

func patternOf(text string) pattern {
	return bytes.Split(lower(nil, []byte(text)), []byte("*"))
}

// begins reports whether a line is what the pattern says, or that and a space and more.
func (p pattern) begins(line []byte) bool {
	var room [256]byte
	text := lower(room[:0], line)
	if len(p) == 0 || !bytes.HasPrefix(text, p[0]) {
		return false
	}
	text = text[len(p[0]):]
	if len(p) == 1 {
		return len(text) == 0 || text[0] == ' '
	}
	for _, part := range p[1 : len(p)-1] {
		i := bytes.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	last := p[len(p)-1]
	if bytes.HasSuffix(text, last) {
		return true
	}
	for i := bytes.Index(text, last); i >= 0; i = bytes.Index(text, last) {
		if text = text[i+len(last):]; len(text) > 0 && text[0] == ' ' {
			return true
		}
	}
	return false
}

// lower appends a text with its ASCII letters in lower case.
func lower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
