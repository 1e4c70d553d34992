package ui

import (
	"strings"

	"smtplab/sim/rfc"
)

// groupID is how a group of requirements is linked to: "smtp-server-extensions".
func groupID(g rfc.RequirementGroup) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "-").Replace(g.Title))
}

// levelOf is how binding a requirement is, in the words of the standards: RFC 2119.
func levelOf(r rfc.Requirement) string {
	if r.Level == rfc.Ours {
		return "our own"
	}
	return strings.ToUpper(r.Level.String())
}

// deviations are the requirements that are not kept to the letter.
func deviations() (some []rfc.Requirement) {
	for _, r := range rfc.Requirements {
		if r.Deviation != "" {
			some = append(some, r)
		}
	}
	return some
}
