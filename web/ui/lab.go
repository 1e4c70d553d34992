package ui

import "strconv"

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func yesNo(b bool) string { return strconv.FormatBool(b) }

func unreadWords(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + " unread"
}

func linkWords(up bool) string {
	if up {
		return "connected"
	}
	return "link cut"
}
