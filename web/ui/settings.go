package ui

import "github.com/a-h/templ"

// chosenPreset marks the preset that the form has.
func chosenPreset(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "true"}
}

// described is invalid for a field that has a hint, which describes it, too.
func described(problems []Problem, field, hint string) templ.Attributes {
	a := invalid(problems, field)
	switch {
	case hint == "":
		return a
	case a == nil:
		return templ.Attributes{"aria-describedby": "h-" + field}
	}
	a["aria-describedby"] = "p-" + field + " h-" + field
	return a
}

func anyOn(list []Choice) bool {
	for _, c := range list {
		if c.On {
			return true
		}
	}
	return false
}
