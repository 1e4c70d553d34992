package ui

import "github.com/a-h/templ"

// problem is what is wrong with a field, or "".
func problem(problems []Problem, field string) string {
	for _, p := range problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// invalid marks a field that has a problem and ties it to the sentence that says which. The first such field of
// the form takes the focus.
func invalid(problems []Problem, field string) templ.Attributes {
	if problem(problems, field) == "" {
		return nil
	}
	a := templ.Attributes{"aria-invalid": "true", "aria-describedby": "p-" + field}
	if problems[0].Field == field {
		a["autofocus"] = true
	}
	return a
}
