package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys for tab.press.
const (
	tabKey, enter, escape  = kb.Tab, kb.Enter, kb.Escape
	right, down, home, end = kb.ArrowRight, kb.ArrowDown, kb.Home, kb.End
	backspace              = kb.Backspace
)

// chromium is the browser that all tests share; nil where there is none.
var chromium context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path := findChromium()
	if path == "" {
		return m.Run()
	}
	profile, err := os.MkdirTemp("", "smtplab-e2e-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(profile)
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(profile)}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage", "disable-extensions"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop() // it waits for the browser's end
	chromium, _ = chromedp.NewContext(all)
	if err := chromedp.Do(chromium); err != nil {
		panic(fmt.Errorf("%s does not start: %w", path, err))
	}
	return m.Run()
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// look is how a tab differs from that of a desktop browser in which nobody has changed anything.
type look struct {
	phone, dark, still, plain bool   // still: with reduced motion; plain: without JavaScript
	first                     string // a script that runs before those of every page
	long                      bool   // it looks at many pages, and may take longer
}

// tab is the only page of a browser that knows nobody: it has no cookies and an empty cache.
type tab struct {
	*ear
	t     testing.TB
	ctx   context.Context // ends before the test's patience does
	site  *site
	phone bool
}

// browse opens a tab. When the test ends, everything that its pages complained about fails it.
func (s *site) browse(t testing.TB, l look) *tab {
	t.Helper()
	if chromium == nil {
		const why = "no Chromium found; install chromium, or put chromium, chromium-browser or google-chrome in the PATH"
		if os.Getenv("SMTPLAB_E2E") == "require" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	p := &tab{ear: &ear{t: t, home: s.url}, t: t, site: s, phone: l.phone}
	ctx, end := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.hear))
	t.Cleanup(end)
	t.Cleanup(p.reportComplaints)
	p.ctx = ctx
	p.do(chromedp.Do(ctx)) // a deadline on this first call would end the whole browser
	patience := 2 * time.Minute
	if l.long {
		patience = 5 * time.Minute
	}
	p.ctx, end = context.WithTimeout(ctx, patience)
	t.Cleanup(end)

	p.do(chromedp.Do(p.ctx, chromedp.EmulateViewport(1440, 900)))
	if l.phone {
		p.do(chromedp.Do(p.ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)))
	}
	p.emulate(l.dark, l.still)
	p.call(page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: l.first})
	p.call(emulation.SetFocusEmulationEnabled.Method, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.call(emulation.SetScriptExecutionDisabled.Method, emulation.SetScriptExecutionDisabledParams{Value: l.plain})
	return p
}

// emulate sets what the visitor's system prefers.
func (p *tab) emulate(dark, still bool) {
	scheme, motion := "light", "no-preference"
	if dark {
		scheme = "dark"
	}
	if still {
		motion = "reduce"
	}
	p.call(emulation.SetEmulatedMedia.Method, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion}}})
}

// resize gives the tab another screen.
func (p *tab) resize(width, height int64) {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)))
}

// call tells the browser a command of its protocol.
func (p *tab) call(method string, params any) {
	p.t.Helper()
	p.do(chromedp.FromContext(p.ctx).Target.Call(p.ctx, method, params, nil))
}

func (p *tab) do(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// goTo loads a page of the site, as from the address bar.
func (p *tab) goTo(path string) {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, chromedp.Navigate(p.site.url+path)))
}

// back presses the browser's Back button.
func (p *tab) back() {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](`history.back()`)))
}

// press types keys into whatever has the focus.
func (p *tab) press(keys string) { p.t.Helper(); p.do(chromedp.Do(p.ctx, typed(keys, 0))) }

// pressBack is Shift and Tab.
func (p *tab) pressBack() {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, typed(tabKey, chromedp.ModifierShift)))
}

// pressControl presses a key together with Control.
func (p *tab) pressControl(key string) {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, typed(key, chromedp.ModifierCtrl)))
}

// insert puts a text into whatever has the focus, all at once.
func (p *tab) insert(text string) {
	p.t.Helper()
	p.do(chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})))
}

// typed presses and releases keys.
func typed(keys string, held chromedp.Modifier) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, key := range keys {
			down, up := stroke(key, held)
			for _, k := range []input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, k); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// stroke is one key, pressed and released. As on a keyboard, a key and the character that comes of it are one event.
// chromedp's own are two, and what the first does may be done before the second arrives: the Enter that opens a window
// would then send the form in it.
func stroke(key rune, held chromedp.Modifier) (down, up input.DispatchKeyEventParams) {
	for _, k := range kb.Encode(key) {
		k.Modifiers |= int64(held)
		switch {
		case k.Type == kb.KeyDown:
			down = *k
		case k.Type == kb.KeyUp:
			up = *k
		case held&^chromedp.ModifierShift == 0:
			down.Text, down.UnmodifiedText = k.Text, k.UnmodifiedText
		}
	}
	return down, up
}

// touch is a click of the mouse at a place of the viewport, or on a phone a tap with a finger.
func (p *tab) touch(x, y float64) {
	p.t.Helper()
	if p.phone {
		p.do(chromedp.Do(p.ctx, chromedp.TapXY(x, y)))
		return
	}
	p.do(chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)))
}

// eval calls a JavaScript function with arguments, and waits for what it promises. It is no part of the page, so
// that the page's Content-Security-Policy does not bind it.
func eval[T any](p *tab, function string, args ...any) (T, error) {
	list, err := json.Marshal(append([]any{}, args...))
	if err != nil {
		panic(err) // cannot happen: arguments are numbers and texts
	}
	return chromedp.Run(p.ctx, chromedp.Evaluate[T](fmt.Sprintf("(%s)(...%s)", function, list), chromedp.EvalAwaitPromise))
}

// picture is what is seen of the page, as a PNG.
func (p *tab) picture() []byte {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	p.do(err)
	return png
}
