package dissect

import "fmt"

// alertWords is "fatal; bad_certificate": RFC 8446 §6.
func alertWords(p []byte) string {
	if len(p) != 2 {
		return "cannot be understood, " + octets(len(p))
	}
	level, name := fmt.Sprintf("level %d", p[0]), alertNames[p[1]]
	switch p[0] {
	case 1:
		level = "warning"
	case 2:
		level = "fatal"
	}
	if name == "" {
		name = fmt.Sprintf("alert %d", p[1])
	}
	return level + "; " + name
}

// alertNames are those of RFC 8446 §6 and RFC 5246 §7.2.
var alertNames = map[uint8]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
	30: "decompression_failure", 40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate",
	44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
	48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
	90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
	112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
	116: "certificate_required", 120: "no_application_protocol",
}
