package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// ear hears what the pages of a tab complain about, and what they ask the network for.
type ear struct {
	t    testing.TB
	home string // where the site is: nothing may be asked of anybody else

	mu         sync.Mutex
	complaints []string
	urls       map[network.RequestID]string
	requests   int // over HTTP; a redirect is one more
	octets     int // that came over HTTP, headers and all
}

// hear is told of every event, by the goroutine that reads them: it must not wait.
func (e *ear) hear(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch v := event.(type) {
	case *runtime.EventExceptionThrown: // also rejections that nobody handles
		text := v.ExceptionDetails.Text
		if v.ExceptionDetails.Exception != nil {
			text += " " + v.ExceptionDetails.Exception.Description
		}
		e.complain("exception: %s", text)
	case *runtime.EventConsoleAPICalled:
		if v.Type == "error" || v.Type == "warning" || v.Type == "assert" {
			e.complain("console.%s: %s", v.Type, words(v.Args))
		}
	case *log.EventEntryAdded: // also what a Content-Security-Policy forbids
		if v.Entry.Level == "error" || v.Entry.Level == "warning" {
			e.complain("%s %s: %s %s", v.Entry.Source, v.Entry.Level, v.Entry.Text, v.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		e.complain("%s: %s", v.Type, v.Message)
	case *network.EventRequestWillBeSent:
		e.ask(v.RequestID, v.Request.URL)
		e.requests++
	case *network.EventWebSocketCreated:
		e.ask(v.RequestID, v.URL)
	case *network.EventLoadingFailed:
		if !v.Canceled && v.ErrorText != "" { // a preload for a script that may not run ends without one
			e.complain("failed: %s %s", v.ErrorText, e.urls[v.RequestID])
		}
	case *network.EventLoadingFinished:
		e.octets += int(v.EncodedDataLength)
	}
}

func (e *ear) complain(format string, args ...any) {
	e.complaints = append(e.complaints, fmt.Sprintf(format, args...))
}

// ask notes a request, which must be for the site itself.
func (e *ear) ask(id network.RequestID, address string) {
	if e.urls == nil {
		e.urls = map[network.RequestID]string{}
	}
	e.urls[id] = address
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "data" && u.Host != strings.TrimPrefix(e.home, "http://") {
		e.complain("elsewhere: %s", address)
	}
}

func words(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		if a.Value != nil {
			all = append(all, strings.Trim(string(a.Value), `"`))
		} else {
			all = append(all, a.Description)
		}
	}
	return strings.Join(all, " ")
}

// forgive takes back the complaints that a regular expression matches: those that the test itself has provoked. It
// waits for the first one.
func (e *ear) forgive(pattern string) {
	e.t.Helper()
	provoked := regexp.MustCompile(pattern).MatchString
	for began := time.Now(); !e.drop(provoked); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			e.t.Fatalf("nothing complained of %s", pattern)
		}
	}
}

// drop reports whether there were such complaints.
func (e *ear) drop(provoked func(string) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := len(e.complaints)
	e.complaints = slices.DeleteFunc(e.complaints, provoked)
	return len(e.complaints) < before
}

func (e *ear) reportComplaints() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.complaints) > 0 {
		e.t.Errorf("the page complained:\n%s", strings.Join(e.complaints, "\n"))
	}
}

// weight is what the pages have asked for so far, and what came.
func (e *ear) weight() (requests, octets int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests, e.octets
}
