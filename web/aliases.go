package web

import (
	"fmt"
	"strings"

	"smtplab/sim/lab"
)

// This file reads and writes the server's aliases and lists as people type them, one a line:
//
//	sales: pc1, pc2
//	list staff: pc1, pc2, pc3

// listWord stands before the name of a list.
const listWord = "list"

// parseAliases reads them. Empty lines do not count; lines says on which line each alias stands, from 1.
func parseAliases(text string) (aliases []lab.Alias, lines []int, err error) {
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		head, members, ok := strings.Cut(line, ":")
		words := strings.Fields(head)
		a := lab.Alias{List: len(words) == 2 && strings.EqualFold(words[0], listWord)}
		switch {
		case !ok:
			return nil, nil, onLine(i+1, "A colon is missing between the name and those whom it stands for, as in “sales: pc1, pc2”.")
		case len(words) == 1 || a.List:
			a.Name = words[len(words)-1]
		default:
			return nil, nil, onLine(i+1, "Before the colon stands one name, or “list” and a name.")
		}
		for m := range strings.SplitSeq(members, ",") {
			if m = strings.TrimSpace(m); m != "" {
				a.Members = append(a.Members, m)
			}
		}
		aliases, lines = append(aliases, a), append(lines, i+1)
	}
	return aliases, lines, nil
}

func onLine(n int, text string) *refusal {
	return &refusal{kind: badField, field: "aliases", text: fmt.Sprintf("Line %d: %s", n, text)}
}

// aliasText is what parseAliases reads.
func aliasText(aliases []lab.Alias) string {
	var b strings.Builder
	for _, a := range aliases {
		if a.List {
			b.WriteString(listWord + " ")
		}
		b.WriteString(a.Name + ": " + strings.Join(a.Members, ", ") + "\n")
	}
	return b.String()
}
