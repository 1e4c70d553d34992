package ui

// step is where a step leads, at the pace that is chosen.
func (t TimeBar) step(way string) string {
	by := ""
	for _, p := range t.Paces {
		if p.On {
			by = p.Value
		}
	}
	return t.StepURL + "?way=" + way + "&by=" + by + "&from=" + itoa(t.Seq)
}

// words say where the slider stands.
func (t TimeBar) words() string {
	if !t.Past {
		return "now, at event " + itoa(t.Last)
	}
	return "event " + itoa(t.Seq) + " of " + itoa(t.Last) + ", " + t.Time + ", " + t.What
}
