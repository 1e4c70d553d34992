// Package e2e holds the tests that drive the whole program in a real browser: by mouse, by keyboard, by touch and
// without JavaScript. There is no other code in it.
//
// They need Chromium (chromium, chromium-browser or google-chrome in the PATH) and are skipped without one, unless
// SMTPLAB_E2E=require. With SMTPLAB_SHOTS=DIR they leave pictures of the pages in that directory.
//
// browser_test.go is the only file that knows the library which drives the browser, ear_test.go listens to what
// a page complains about, page_test.go says in the words of a person what one does on a page, and site_test.go is
// the program. The other files are the tests.
package e2e
