package exercise

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// catalogFiles are the exercises that come with the program.
func catalogFiles(t testing.TB) map[string][]byte {
	t.Helper()
	folder := os.DirFS("catalog")
	names, err := fs.Glob(folder, "*.md")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = fs.ReadFile(folder, name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// folder is one of samples, by id, stage and what they come after.
func folder(all ...[3]string) fstest.MapFS {
	files := fstest.MapFS{"README.txt": {Data: []byte("no exercise")}}
	for _, one := range all {
		text := strings.Replace(sample, "stage: A first contact", "stage: "+one[1], 1)
		text = strings.Replace(text, "minutes: 5", "minutes: 5\nafter: ["+one[2]+"]", 1)
		files[one[0]+".md"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestLoad(t *testing.T) {
	all, err := Load(folder([3]string{"b", "A", "c"}, [3]string{"c", "A", ""}, [3]string{"a", "B", ""}, [3]string{"d", "A", ""}))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	if got := strings.Join(ids, " "); got != "c b d a" {
		t.Errorf("the order is %s", got)
	}
}

// endless is a folder in which every file goes on and on.
type endless struct{ folder fstest.MapFS }

func (e endless) ReadDir(name string) ([]fs.DirEntry, error) { return e.folder.ReadDir(name) }

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.folder.Open(name)
	return &endlessFile{File: f}, err
}

type endlessFile struct {
	fs.File
	n int
}

func (f *endlessFile) Read(b []byte) (int, error) {
	if f.n += len(b); f.n > 4*maxFile {
		return 0, errors.New("too much was read")
	}
	return len(b), nil
}

// Of a file that is too large no more is read than that.
func TestLoadEndless(t *testing.T) {
	if _, err := Load(endless{folder([3]string{"a", "A", ""})}); err == nil || err.Error() != "a.md: the file is larger than 256 KiB" {
		t.Error(err)
	}
}

// A folder in which one file is not right, or in which exercises wait for each other, is not loaded.
func TestLoadFails(t *testing.T) {
	bad := folder([3]string{"a", "A", ""})
	bad["b.md"] = &fstest.MapFile{Data: []byte("nonsense")}
	for name, c := range map[string]struct {
		folder fstest.MapFS
		says   string
	}{
		"a bad file":       {bad, "b.md:1: "},
		"nobody":           {folder([3]string{"a", "A", "x"}), "a.md:5: “after” names “x”, and there is no such exercise"},
		"two in a circle":  {folder([3]string{"a", "A", "b"}, [3]string{"b", "A", "a"}), "a.md:5: “after” goes round in a circle: a after b after a"},
		"one after itself": {folder([3]string{"a", "A", "a"}), "“a” is none"},
	} {
		if _, err := Load(c.folder); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
