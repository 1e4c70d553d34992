package ui

func copyLabel(name string) string {
	if name == "" {
		return "Copy"
	}
	return "Copy: " + name
}
