package e2e

import (
	"testing"

	"smtplab/sim/lab"
)

// attach puts what is at an address into a field for a file, as somebody does who saved it.
func (p *tab) attach(css, url string) {
	p.t.Helper()
	_, err := eval[bool](p, `async (css, url) => {
		const files = new DataTransfer();
		files.items.add(new File([await (await fetch(url)).blob()], "saved.json"));
		document.querySelector(css).files = files.files;
		return true;
	}`, css, url)
	p.do(err)
}

func TestVerifyingAResult(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.newLab(t)
	w.mailed("pc1", lab.Mail{To: "pc2@email.com", Subject: "my run"})
	for _, l := range []look{{still: true}, {still: true, phone: true}} {
		p := s.browse(t, l)
		fits := func() {
			if l.phone { // elsewhere a scrollbar takes room
				p.fits()
			}
		}
		p.openLab(w)
		p.click(".menu--save summary", "Save")
		fits()
		p.axe("the Save menu")
		p.click(".menu__foot a", "Verify a result")
		p.attach("#f-result", w.url("/result.json"))
		p.attach("#f-transcript", w.url("/transcript.json"))
		p.click(".verify__form .btn", "Verify")
		p.sees(".verdict", "This result is genuine.")
		p.sees(".verdict", "octet for octet")
		p.sees(".verdict .facts", "amber-fox")
		fits()
		p.axe("a genuine result")
		p.attach("#f-result", w.url("/transcript.json"))
		p.click(".verify__form .btn", "Verify")
		p.sees(".verdict", "This is not a result file of SMTP Lab.")
		p.click(".verify__elsewhere summary", "")
		fits()
		p.axe("a result that is none")
		p.forgive("422")
	}
}
