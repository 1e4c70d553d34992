package message

import (
	"mime"
	"path"
	"strconv"
	"strings"
)

// maxFileName is the longest file name in octets: what file systems allow.
const maxFileName = 255

func checkFile(f Attachment) error {
	if err := checkWords("file name", f.Name); err != nil {
		return err
	}
	if len(f.Name) > maxFileName {
		return &FieldError{"file name", "is longer than 255 octets"}
	}
	if f.Type == "" {
		return nil
	}
	if err := checkWords("file type", f.Type); err != nil {
		return err
	}
	if _, _, err := mime.ParseMediaType(f.Type); err != nil || len(f.Type) > maxFileName {
		return &FieldError{"file type", "is not a media type such as image/png"}
	}
	return nil
}

// appendFile appends one attachment: its Content fields, the empty line, and the data in base64.
func appendFile(dst []byte, f Attachment) []byte {
	dst = append(dst, "Content-Type: "+mediaType(f)+"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment"...)
	if f.Name != "" {
		dst = appendParameter(dst, "filename", strings.ToValidUTF8(f.Name, "\uFFFD"))
	}
	dst = append(dst, "\r\n\r\n"...)
	return appendBase64(dst, f.Data)
}

// mediaType is the type that the part is labelled with, without parameters: what a browser adds to the type of
// a file describes the file's name or guesses its charset. Composite types may not be in base64 (RFC 2045
// §6.4), so an attached mail travels as mere octets.
func mediaType(f Attachment) string {
	t, _, err := mime.ParseMediaType(f.Type)
	if err != nil {
		t = typeOf(f.Name)
	}
	if strings.HasPrefix(t, "multipart/") || strings.HasPrefix(t, "message/") || !strings.Contains(t, "/") {
		return octets
	}
	return t
}

const octets = "application/octet-stream"

// types are what files of the commonest kinds hold. The system's own table is not asked: the same draft must give the
// same message on every machine.
var types = map[string]string{
	".bmp": "image/bmp", ".css": "text/css", ".csv": "text/csv", ".doc": "application/msword",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif":  "image/gif", ".gz": "application/gzip", ".htm": "text/html", ".html": "text/html",
	".ics": "text/calendar", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript",
	".json": "application/json", ".log": "text/plain", ".md": "text/markdown", ".mp3": "audio/mpeg",
	".mp4": "video/mp4", ".odt": "application/vnd.oasis.opendocument.text", ".pdf": "application/pdf",
	".png": "image/png", ".rtf": "application/rtf", ".svg": "image/svg+xml", ".tar": "application/x-tar",
	".txt": "text/plain", ".wav": "audio/wav", ".webp": "image/webp", ".xml": "application/xml",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".zip": "application/zip",
}

func typeOf(name string) string {
	if t, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return octets
}

// appendParameter appends `; name="value"` on a line of its own. A value that is not ASCII, or too long for the
// line, is percent-encoded and continued over as many lines as it takes (RFC 2231 §3 and §4).
func appendParameter(dst []byte, name, value string) []byte {
	if quoted, ok := quotedString(value); ok && len(name)+len(quoted)+3 <= foldAt {
		return append(dst, ";\r\n "+name+"="+quoted...)
	}
	const room = 60 // for the characters of one piece: with name, number and charset within 78
	charset := "utf-8''"
	for n := 0; value != ""; n++ {
		var piece []byte
		for value != "" && len(piece)+3 <= room-len(charset) {
			piece = appendPercent(piece, value[0])
			value = value[1:]
		}
		if n == 0 && value == "" {
			return append(dst, ";\r\n "+name+"*="+charset+string(piece)...)
		}
		dst = append(dst, ";\r\n "+name+"*"+strconv.Itoa(n)+"*="+charset+string(piece)...)
		charset = ""
	}
	return dst
}

// quotedString is s as a quoted-string (RFC 5322 §3.2.4), if it is ASCII.
func quotedString(s string) (string, bool) {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' {
			return "", false
		}
		if c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String(), true
}

func appendPercent(dst []byte, c byte) []byte {
	if isAlphanumeric(c) || c == '.' || c == '-' || c == '_' {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}
