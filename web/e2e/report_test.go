package e2e

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"smtplab/sim/lab"
)

// paper is the page as the browser prints it.
func (p *tab) paper() []byte {
	p.t.Helper()
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	p.do(err)
	return pdf
}

var (
	pdfPage   = regexp.MustCompile(`/Type\s*/Page\b`)
	pdfStream = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)
)

// glyphs is how often a PDF says that text be drawn (the operators Tj and TJ).
func glyphs(pdf []byte) int {
	n := 0
	for _, stream := range pdfStream.FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // a font, or a picture
		}
		if text, err := io.ReadAll(r); err == nil {
			n += bytes.Count(text, []byte(" Tj")) + bytes.Count(text, []byte(" TJ"))
		}
	}
	return n
}

func TestReportOnPaper(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	w.act(lab.Action{Verb: lab.Restore, Host: "pc3"})
	w.mailed("pc3", lab.Mail{To: "pc2@email.com", Subject: "long", Body: strings.Repeat("one line of many\n", 100)})
	p := s.browse(t, look{still: true, dark: true, first: `window.print = () => { window.printed = true }`})
	p.openLab(w)
	p.click(".menu--save summary", "Save")
	p.click(".menu--save a", "Hand-in")
	p.sees(".report h1", "Lab report")
	p.fill("#report-name", "Ada Lovelace")
	asked, _ := p.weight()
	p.click("[data-print]", "Print")
	p.until("it is printed", `() => window.printed`)
	if now, _ := p.weight(); now != asked {
		t.Errorf("%d requests since the name was typed", now-asked)
	}

	pdf := p.paper()
	if pages, text := len(pdfPage.FindAll(pdf, -1)), glyphs(pdf); pages < 4 || pages > 12 || text < 100*pages/2 {
		t.Errorf("%d pages with %d pieces of text", pages, text)
	}

	// Paper is white, and has no buttons.
	p.call(emulation.SetEmulatedMedia.Method, emulation.SetEmulatedMediaParams{Media: "print"})
	for _, css := range []string{".report [data-print]", ".report__tools", ".top", ".toasts"} {
		p.seesNo(css, "")
	}
	for _, expression := range []string{
		`getComputedStyle(document.querySelector(".report__said td")).color === "rgb(0, 0, 0)"`,
		`getComputedStyle(document.querySelector(".report__said thead")).display === "table-header-group"`,
		`getComputedStyle(document.querySelector(".report__talk--short")).breakInside === "avoid"`,
		`getComputedStyle(document.documentElement).colorScheme === "light"`,
		`document.querySelector("#report-name").value === "Ada Lovelace"`,
		`document.querySelectorAll(".report__said .report__tall").length > 0`,
	} {
		if !p.is(expression) {
			t.Errorf("on paper it is not so that %s", expression)
		}
	}
}

// The menu and the page can be used with the keys alone.
func TestSavingByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{})
	p.openLab(w)
	p.tabTo(".menu--save summary", "Save", p.forward)
	p.press(enter)
	p.sees(".menu__list", "Signed result")
	p.tabTo(".menu--save a", "Hand-in", p.forward)
	p.press(escape)
	p.seesNo(".menu__list", "")
	p.hasFocus(".menu--save summary")
	p.press(enter)
	p.tabTo(".menu--save a", "Hand-in", p.forward)
	p.press(enter)
	p.sees(".report h1", "Lab report")
	p.tabTo("#report-name", "", p.forward)
	p.press("Grace")
	p.tabTo("[data-print]", "Print", p.forward)
	p.tabTo(".report a", "Back to the lab", p.forward)
	p.press(enter)
	p.sees(`#live[data-state=live]`, "")
}

// What is saved is the moment that is seen.
func TestSavingThePast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	used(w)
	p := s.browse(t, look{still: true})
	p.openLab(w)
	p.click("[data-time-step=back]", "")
	p.sees(".controls--past", "This is the past")
	p.click(".menu--save summary", "Save")
	p.sees(`.menu--save a[href*="/at/"][href$="/transcript.csv"]`, "CSV")
	p.click(".menu--save a", "Hand-in")
	p.sees(".report h1", "Lab report")
	if path := p.text(`location.pathname`); !strings.Contains(path, "/at/") {
		t.Errorf("the report is of %s", path)
	}
	p.click(".report a", "Back to the lab")
	p.sees(".controls--past", "This is the past")
}
