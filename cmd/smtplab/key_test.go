package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := openKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openKey(dir)
	if err != nil || !first.Equal(again) {
		t.Errorf("another key the second time, %v", err)
	}
	if other, err := openKey(t.TempDir()); err != nil || other.Equal(first) {
		t.Errorf("two directories have one key, %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v: %d files", err, len(files))
	}
	info, err := files[0].Info()
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A file that is there is never replaced, whatever is in it.
func TestKeyThatIsDamaged(t *testing.T) {
	made := t.TempDir()
	if _, err := openKey(made); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(made, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	const ec = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n-----END PRIVATE KEY-----\n"
	for name, text := range map[string][]byte{
		"empty": nil, "cut off": good[:len(good)/2], "something else": []byte("hello"), "a public key": bytes.ReplaceAll(good, []byte("PRIVATE"), []byte("PUBLIC")),
		"another kind of key": []byte(ec),
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, keyFile)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openKey(dir); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
		if left, err := os.ReadFile(file); err != nil || !bytes.Equal(left, text) {
			t.Errorf("%s: the file was replaced, %v", name, err)
		}
		if _, errs, code := runWith(t, "-listen", ":0", "-data", dir); code != exitFailure || !strings.Contains(errs, keyFile) {
			t.Errorf("%s: the program says %q and ends with %d", name, errs, code)
		}
	}
}

func TestKeyWithoutARoom(t *testing.T) {
	if _, err := openKey(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a key was made in a directory that is not there")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, keyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := openKey(dir); err == nil {
		t.Error("a directory is no key")
	}
	left, err := fs.Glob(os.DirFS(dir), "*")
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// verify hands a result in, and returns the status and the page.
func (p *running) verify(t testing.TB, result string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("result", "result.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, result); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/verify", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(page)
}

// A result that was handed in before a restart can still be verified, if there is a data directory.
func TestResultsOutliveTheProgram(t *testing.T) {
	dir := t.TempDir()
	p := start(t, "-listen", ":0", "-data", dir)
	_, kept := p.get(t, "/labs/demo/result.json")
	p.end(t)
	p = start(t, "-listen", ":0", "-data", dir)
	if status, page := p.verify(t, kept); status != 200 || !strings.Contains(page, "This result is genuine.") {
		t.Errorf("after a restart: %d\n%s", status, page)
	}
	p.end(t)

	p = start(t, "-listen", ":0")
	_, lost := p.get(t, "/labs/demo/result.json")
	if !strings.Contains(lost, "smtplab ") {
		t.Errorf("it does not say what issued it: %s", lost)
	}
	if status, _ := p.verify(t, lost); status != 200 {
		t.Errorf("without a data directory: %d", status)
	}
	if status, _ := p.verify(t, kept); status != 422 {
		t.Errorf("of another installation: %d", status)
	}
	p.end(t)
	p = start(t, "-listen", ":0")
	if status, _ := p.verify(t, lost); status != 422 {
		t.Errorf("without a data directory, after a restart: %d", status)
	}
	p.end(t)
}

// What the page says of verifying elsewhere is so.
func TestInteropOpenSSLVerifiesResults(t *testing.T) {
	openssl := tool(t, "openssl")
	p := start(t, "-listen", ":0")
	defer p.end(t)
	_, result := p.get(t, "/labs/demo/result.json")
	_, page := p.get(t, "/verify")
	key := regexp.MustCompile(`(?s)-----BEGIN PUBLIC KEY-----.*-----END PUBLIC KEY-----\n`).FindString(page)
	var fields struct{ Signature []byte }
	var compact bytes.Buffer
	if err := errors.Join(json.Unmarshal([]byte(result), &fields), json.Compact(&compact, []byte(result))); err != nil {
		t.Fatal(err)
	}
	signed, _, ok := strings.Cut(compact.String(), `,"signature"`) // as jq does it
	if !ok {
		t.Fatalf("no signature in %s", compact.String())
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("key.pem", html.UnescapeString(key))
	write("signature", string(fields.Signature))
	args := strings.Fields("pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile signature")
	for name, test := range map[string]struct {
		signed string
		code   int
	}{"as it is": {signed + "}", 0}, "altered": {strings.Replace(signed, "demo", "dame", 1) + "}", 1}} {
		write("signed", test.signed)
		cmd := exec.CommandContext(t.Context(), openssl, args...)
		cmd.Dir = dir
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != test.code {
			t.Errorf("%s: exit %d, want %d: %s", name, cmd.ProcessState.ExitCode(), test.code, out)
		}
	}
}
