package web

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"smtplab/sim/lab"
	"smtplab/sim/runner"
)

// ownLab is the cookie that remembers which lab "/" leads to. Its value is that lab's editing id.
const ownLab = "lab"

// lastLab is the cookie that remembers which lab the visitor was in last, their own or one shared with them.
const lastLab = "last"

// lately leads to the lab that the visitor was in last, from the theory for example: GET /lab.
func (s *Server) lately(w http.ResponseWriter, r *http.Request) error {
	to := "/"
	if c, err := r.Cookie(lastLab); err == nil {
		if a, err := s.labs.Open(r.Context(), c.Value); err == nil {
			to = labURL(a)
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// home leads to the visitor's own lab: GET /. The first visit makes it. Robots, previews and HEAD get the theory
// instead: they want to see what is here, not to have a lab.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	if !isVisit(r) {
		http.Redirect(w, r, "/theory", http.StatusSeeOther)
		return nil
	}
	a, err := s.remembered(r)
	if errors.Is(err, runner.ErrNotFound) {
		a, err = s.makeLab(r)
	}
	if err != nil {
		return err
	}
	s.remember(w, r, ownLab, a)
	http.Redirect(w, r, labURL(a), http.StatusSeeOther)
	return nil
}

// remembered is the lab of the cookie; runner.ErrNotFound when there is none, or none any more.
func (s *Server) remembered(r *http.Request) (runner.Access, error) {
	c, err := r.Cookie(ownLab)
	if err != nil {
		return runner.Access{}, runner.ErrNotFound
	}
	a, err := s.labs.Open(r.Context(), c.Value)
	if err == nil && !a.CanAct {
		return runner.Access{}, runner.ErrNotFound // somebody else's, put there by hand
	}
	return a, err
}

// mayMakeLab counts the labs that a client makes.
func (s *Server) mayMakeLab(r *http.Request) error {
	return s.labsMade.take(clientOf(r), "Many labs were made from your address just now.")
}

func (s *Server) makeLab(r *http.Request) (runner.Access, error) {
	if err := s.mayMakeLab(r); err != nil {
		return runner.Access{}, err
	}
	return s.labs.Create(r.Context(), lab.Default(randomName(), randomSeed(), time.Now()))
}

// remember sets one of the cookies. SameSite=Lax, not Strict: with Strict a link to "/" on a course page would arrive
// without it, and the visitor would be given a new lab and lose the way to the old one. Lax withholds it from
// everything but such navigation, and it gives no right that the address in it does not give.
func (s *Server) remember(w http.ResponseWriter, r *http.Request, name string, a runner.Access) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: a.ID, Path: "/", MaxAge: int((180 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.isSecure(r),
	})
}

// isSecure reports whether the visitor came by https: to this process, or to the public address.
func (s *Server) isSecure(r *http.Request) bool {
	n := s.names.public
	return r.TLS != nil || n != nil && n.Scheme == "https" && sameHost(n.Scheme, n.Host, r.Host)
}

// robotWords are in the User-Agent of whoever looks on behalf of somebody else.
var robotWords = []string{"bot", "crawl", "spider", "preview", "slurp", "facebookexternalhit", "monitor"}

// isVisit reports whether a person's browser asks for the page, to show it now.
func isVisit(r *http.Request) bool {
	if r.Method != http.MethodGet || strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
		return false
	}
	agent := strings.ToLower(r.UserAgent())
	for _, word := range robotWords {
		if strings.Contains(agent, word) {
			return false
		}
	}
	return true
}

// Names of labs are for people to tell labs apart, as "amber-fox"; nothing depends on them.
var (
	colours = []string{"amber", "azure", "coral", "copper", "cream", "golden", "green", "indigo", "ivory", "jade", "lilac", "olive", "pearl", "ruby", "silver", "teal"}
	animals = []string{"badger", "bear", "crane", "deer", "falcon", "finch", "fox", "hare", "heron", "lynx", "otter", "owl", "robin", "seal", "stork", "wolf"}
)

func randomName() string { return pick(colours) + "-" + pick(animals) }

func pick(words []string) string {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(words))))
	if err != nil {
		panic(err) // cannot happen: crypto/rand does not fail
	}
	return words[n.Int64()]
}

func randomSeed() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:])
}

// theme sets how light the pages are: POST /theme with theme=auto|light|dark and back, where to go on.
func (s *Server) theme(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r, fields{"theme": oneLine, "back": oneLine})
	if err != nil {
		return err
	}
	theme := f.values["theme"]
	if theme != "auto" && theme != "light" && theme != "dark" {
		return &refusal{kind: badField, field: "theme", text: "The theme is auto, light or dark."}
	}
	http.SetCookie(w, &http.Cookie{
		Name: "theme", Value: theme, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		SameSite: http.SameSiteLaxMode, Secure: s.isSecure(r),
	})
	return acted(w, r, ownPath(f.values["back"]))
}

// themeOf is the theme that the visitor chose.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return "auto"
}

// ownPath is path when it is one of ours, else "/": a form must not lead anybody elsewhere.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}
