package mirror

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// closedMirror makes a mirror with several tables and value logs and closes it.
func closedMirror(t *testing.T, opts Options) string {
	t.Helper()
	dir := t.TempDir()
	for range 2 { // each close writes a table
		m, err := Open(dir, opts)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, m, 200, 12)
		fillEveryKind(t, m)
		update(t, m, testRepo.ID, func(tx *Tx) error {
			it := *plausibleItem(9, 5, 20)
			it.UpdatedAt += model.Instant(len(everyFile(t, dir)))
			_, err := tx.UpsertItem(&it)
			return err
		})
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// killedMirror makes a mirror as a killed process leaves it: the copy of an open one.
func killedMirror(t *testing.T, opts Options) string {
	t.Helper()
	dir := t.TempDir()
	m := open(t, dir, opts)
	fill(t, m, 200, 12)
	fillEveryKind(t, m)
	to := t.TempDir()
	for name, content := range everyFile(t, dir) {
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// everyFile gives the files of a directory.
func everyFile(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[entry.Name()] = b
	}
	return out
}

// pick gives the name of the largest file that matches a pattern.
func pick(t *testing.T, dir, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no file is like %s: %v", pattern, err)
	}
	best := names[0]
	for _, name := range names {
		if a, _ := os.Stat(name); a != nil {
			if b, _ := os.Stat(best); a.Size() > b.Size() {
				best = name
			}
		}
	}
	return best
}

func flip(at func(n int) int) func([]byte) []byte {
	return func(b []byte) []byte { b[at(len(b))] ^= 0x10; return b }
}

func cut(at func(n int) int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:at(len(b))] }
}

func at(n int) func(int) int      { return func(int) int { return n } }
func fromEnd(n int) func(int) int { return func(size int) int { return size - n } }
func half(n int) int              { return n / 2 }
func zero(from, n int) func([]byte) []byte {
	return func(b []byte) []byte { clear(b[from : from+n]); return b }
}

var damages = []struct {
	name    string
	pattern string
	damage  func([]byte) []byte // nil removes the file
	killed  bool                // the mirror was not closed
	what    string              // of the problem
}{
	{"MANIFEST removed", "MANIFEST", nil, false, "is missing"},
	{"MANIFEST emptied", "MANIFEST", cut(at(0)), false, "is damaged"},
	{"MANIFEST without its last byte", "MANIFEST", cut(fromEnd(1)), false, "ends in the middle of a change"},
	{"MANIFEST cut to its begin", "MANIFEST", cut(at(8)), false, "has lost its end"},
	{"MANIFEST cut in half", "MANIFEST", cut(half), false, "MANIFEST"},
	{"MANIFEST with a flipped bit in its magic", "MANIFEST", flip(at(1)), false, "is damaged"},
	{"MANIFEST with a flipped bit in a length", "MANIFEST", flip(at(11)), false, "MANIFEST"},
	{"MANIFEST with a flipped bit in a change", "MANIFEST", flip(fromEnd(3)), false, "is damaged"},
	{"MANIFEST of a killed process cut", "MANIFEST", cut(fromEnd(1)), true, "MANIFEST"},
	{"KEYREGISTRY removed", "KEYREGISTRY", nil, false, "is missing"},
	{"KEYREGISTRY cut", "KEYREGISTRY", cut(at(20)), false, "is cut"},
	{"table removed", "*.sst", nil, false, "is missing"},
	{"table emptied", "*.sst", cut(at(0)), false, "is damaged"},
	{"table without its last byte", "*.sst", cut(fromEnd(1)), false, "is damaged"},
	{"table cut in half", "*.sst", cut(half), false, "is damaged"},
	{"table with a flipped bit in a block", "*.sst", flip(at(100)), false, "block at 0"},
	{"table with a flipped bit in a block's end", "*.sst", flip(at(4000)), false, "block at"},
	{"table with a flipped bit in its index", "*.sst", flip(fromEnd(200)), false, "index"},
	{"table with a flipped bit in its checksum", "*.sst", flip(fromEnd(6)), false, "is damaged"},
	{"table with a flipped bit in its last length", "*.sst", flip(fromEnd(2)), false, "is damaged"},
	{"table overwritten with zeros", "*.sst", zero(512, 2048), false, "block at"},
	{"values with a flipped bit in a value", "*.vlog", flip(half), false, "is damaged at byte"},
	{"values with a flipped bit in the last value", "*.vlog", flip(fromEnd(40)), false, "is damaged at byte"},
	{"values with a flipped bit in a length", "*.vlog", flip(at(23)), false, "is damaged at byte 20"},
	{"values cut in the middle of one", "*.vlog", cut(fromEnd(7)), false, "is damaged at byte"},
	{"values cut to a few bytes", "*.vlog", cut(at(9)), false, "is cut"},
	{"values overwritten with zeros", "*.vlog", zero(3000, 600), false, "is damaged at byte"},
	{"log of a killed process with a flipped bit", "*.mem", flip(at(100)), true, "is damaged at byte"},
	{"log of a killed process overwritten with zeros", "*.mem", zero(200, 50), true, "is damaged at byte"},
}

// TestDamage damages one file of a mirror. It must be refused with the file's
// name, be told by Verify, and nothing may have been changed.
func TestDamage(t *testing.T) {
	closed, killed := closedMirror(t, Options{}), killedMirror(t, Options{})
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			from := closed
			if tt.killed {
				from = killed
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			name := pick(t, dir, tt.pattern)
			damageFile(t, name, tt.damage)
			want := everyFile(t, dir)
			assertRefused(t, dir, filepath.Base(name), tt.what)
			if got := everyFile(t, dir); !sameFiles(got, want) {
				t.Error("files were changed")
			}
		})
	}
}

func damageFile(t *testing.T, name string, damage func([]byte) []byte) {
	t.Helper()
	if damage == nil {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, damage(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func assertRefused(t *testing.T, dir, file, what string) {
	t.Helper()
	m, err := Open(dir, Options{Digest: testDigest})
	if err == nil {
		m.Close()
		t.Fatal("the damaged mirror is opened")
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Fatalf("open gives %v", err)
	}
	for _, part := range []string{file, what, "mirror verify"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	problems, err := Verify(t.Context(), dir, Options{}, nil)
	if err != nil || len(problems) == 0 {
		t.Fatalf("verification gives %v, %v", problems, err)
	}
	if p := problems[0]; p.File != file || !strings.Contains(p.String(), what) {
		t.Errorf("the problem is %q", p)
	}
}

func sameFiles(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			return false
		}
	}
	return true
}

// TestWholeMirrorsAreOpened makes sure that what no damage was done to is not
// refused.
func TestWholeMirrorsAreOpened(t *testing.T) {
	key := []byte("0123456789abcdef")
	tests := []struct {
		name string
		dir  string
		opts Options
	}{
		{"closed", closedMirror(t, Options{}), Options{}},
		{"killed", killedMirror(t, Options{}), Options{}},
		{"closed, encrypted", closedMirror(t, Options{EncryptionKey: key}), Options{EncryptionKey: key}},
		{"killed, encrypted", killedMirror(t, Options{EncryptionKey: key}), Options{EncryptionKey: key}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := everyFile(t, tt.dir)
			var done, total int64
			problems, err := Verify(t.Context(), tt.dir, tt.opts, func(d, n int64) { done, total = d, n })
			if err != nil || len(problems) > 0 {
				t.Fatalf("verification gives %v, %v", problems, err)
			}
			if done == 0 || done > total {
				t.Errorf("progress ended at %d of %d", done, total)
			}
			if !sameFiles(before, everyFile(t, tt.dir)) {
				t.Error("verification changed files")
			}
			m := open(t, tt.dir, tt.opts)
			if n := m.Records(testRepo.ID)["issue"]; n != 100 {
				t.Errorf("%d issues are there", n)
			}
		})
	}
}

func endOf(log []byte) int64 {
	end, err := logEnd(bytes.NewReader(log))
	if err != nil {
		panic(err)
	}
	return end
}

// TestTornEnds are no damage: what a process that was killed, or a machine
// that lost power, was writing at the end.
func TestTornEnds(t *testing.T) {
	tests := []struct {
		name, pattern string
		tear          func([]byte) []byte
	}{
		{"half an entry in the log", "*.mem", func(b []byte) []byte {
			end := endOf(b)
			copy(b[end:], b[logHeader:logHeader+30])
			return b
		}},
		{"the last commit is broken", "*.mem", func(b []byte) []byte {
			b[endOf(b)-9] ^= 1
			return b
		}},
		{"half a value", "*.vlog", func(b []byte) []byte {
			end := endOf(b)
			copy(b[end:], b[logHeader:logHeader+200])
			return b
		}},
		{"a log that was only created", "*.mem", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := killedMirror(t, Options{})
			name := pick(t, dir, tt.pattern)
			if tt.tear == nil {
				name, tt.tear = filepath.Join(dir, "00099.mem"), func([]byte) []byte { return nil }
				if err := os.WriteFile(name, []byte{0}, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			damageFile(t, name, tt.tear)
			if problems, err := Verify(t.Context(), dir, Options{}, nil); err != nil || len(problems) > 0 {
				t.Errorf("verification gives %v, %v", problems, err)
			}
			open(t, dir, Options{})
		})
	}
}

// TestLostItems loses items behind the back of Badger, which does not notice.
func TestLostItems(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, m, 50, 3)
	if err := m.store([]write{{key: itemKey(testRepo.ID, 7)}}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "49 items where 50") {
		t.Errorf("open gives %v", err)
	}
	problems, err := Verify(t.Context(), dir, Options{}, nil)
	if diff := cmp.Diff([]Problem{{Key: "head of repository 42", What: "1 of 50 items are missing"}}, problems); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestLostHistory does the same to a record of a repository's history, which
// was imported.
func TestLostHistory(t *testing.T) {
	from := open(t, t.TempDir(), Options{})
	fillEveryKind(t, from)
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Import(t.Context(), strings.NewReader(dumpOf(t, from))); err != nil {
		t.Fatal(err)
	}
	if err := m.store([]write{{key: historyKey(prefixHistory, testRepo.ID, kindTag, []byte("v1.0.0"))}}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "18 records of its history where 19") {
		t.Errorf("open gives %v", err)
	}
	problems, err := Verify(t.Context(), dir, Options{}, nil)
	want := []Problem{{Key: "head of repository 42", What: "1 of 19 records of its history are missing"}}
	if diff := cmp.Diff(want, problems); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestVerifyRecords(t *testing.T) {
	item, err := encodeItem(plausibleItem(1, 7, 3))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		write write
		want  Problem
	}{
		{"unknown prefix", write{key: []byte("zebra"), value: []byte("x")}, Problem{What: `unknown key "zebra"`}},
		{
			"item that is no S2",
			write{key: itemKey(42, 7), value: []byte("x")},
			Problem{Key: "item 7 of repository 42", What: "cannot be decompressed: s2: corrupt input"},
		},
		{
			"item of another number",
			write{key: itemKey(42, 8), value: item},
			Problem{Key: "item 8 of repository 42", What: "holds number 7"},
		},
		{
			"item that is none",
			write{key: itemKey(42, 8), value: []byte{0}},
			Problem{Key: "item 8 of repository 42", What: "holds no item"},
		},
		{
			"repository of another number",
			write{key: repoKey(prefixRepository, 43), value: must(testRepo.MarshalMsg(nil))},
			Problem{Key: "repository 43", What: "holds repository 42"},
		},
		{
			"cursor that is no JSON",
			write{key: nameKey(prefixCursor, 42, "issues"), value: []byte("x")},
			Problem{Key: "cursor issues of repository 42", What: "invalid character 'x' looking for beginning of value"},
		},
		{
			"counter that is no number",
			write{key: nameKey(prefixCounter, 42, "repairs"), value: []byte("x")},
			Problem{Key: "counter repairs of repository 42", What: `strconv.Atoi: parsing "x": invalid syntax`},
		},
		{
			"tag of another name",
			write{key: historyKey(prefixHistory, 42, kindTag, []byte("v1")), value: must((&model.Tag{Name: "v2"}).MarshalMsg(nil))},
			Problem{Key: "tag v1 of repository 42", What: "holds tag v2"},
		},
		{
			"release that is none",
			write{key: historyKey(prefixHistory, 42, kindRelease, must(numberID(7))), value: noRecord},
			Problem{Key: "release 7 of repository 42", What: `cannot be decoded: msgp: attempted to decode type "nil" with method for "map"`},
		},
		{
			"published commit that is cut",
			write{key: historyKey(prefixPast, 42, kindCommit, []byte("ab")), value: must((&model.BranchCommit{OID: "6162"}).MarshalMsg(nil))[:5]},
			Problem{Key: "published branch_commit 6162 of repository 42", What: "cannot be decoded: msgp: too few bytes left to read object"},
		},
		{
			"job of another number",
			write{key: jobKey(42, Gaps, Job{Number: 3}), value: []byte(`{"number":4}`)},
			Problem{Key: "job gap 3 of repository 42", What: "holds job 4 "},
		},
		{
			"cursor without repository",
			write{key: nameKey(prefixCursor, 99, "issues"), value: []byte("{}")},
			Problem{Key: "cursor issues of repository 99", What: "repository 99 is not stored, but 1 of its records are"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			m, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutRepository(testRepo) })
			if err := errors.Join(m.store([]write{tt.write}), m.Close()); err != nil {
				t.Fatal(err)
			}
			problems, err := Verify(t.Context(), dir, Options{}, nil)
			if diff := cmp.Diff([]Problem{tt.want}, problems); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "none"), Options{}, nil); err == nil {
		t.Error("a mirror that does not exist is verified")
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
