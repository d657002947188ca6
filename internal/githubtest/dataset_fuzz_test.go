package githubtest

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const small = `{"repo":{"id":7,"owner":"acme","name":"shop","defaultBranch":"main","createdAt":"2024-01-01T00:00:00Z"}}
{"user":{"id":1,"login":"ada","type":"User"}}
{"label":{"id":2,"name":"bug","color":"ff0000"}}
{"milestone":{"id":3,"number":1,"title":"v1","createdAt":"2024-01-01T00:00:00Z"}}
{"workflow":{"id":4,"name":"CI","path":".github/workflows/ci.yml","createdAt":"2024-01-01T00:00:00Z"}}
{"item":{"number":1,"id":10,"author":"ada","createdAt":"2024-01-02T00:00:00Z","labels":["bug"],"comments":[{"id":11,"author":"","createdAt":"2024-01-02T01:00:00Z","body":"/lgtm"}],"events":[{"id":12,"kind":"closed","at":"2024-01-03T00:00:00Z","actor":"ada","reason":"completed"}]}}
{"item":{"number":2,"id":13,"author":"ada","createdAt":"2024-01-02T00:00:00Z","milestone":"v1","pr":{"baseRef":"main","headRef":"x","headOid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","commits":[{"oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","pushedAt":"2024-01-02T00:00:00Z"}],"reviews":[{"id":14,"author":"ada","state":"COMMENTED","submittedAt":"2024-01-03T00:00:00Z","comments":[{"id":15,"createdAt":"2024-01-03T00:00:00Z"}]}]}}}
{"commit":{"oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","author":{"at":"2024-01-01T00:00:00Z"},"committer":{"at":"2024-01-01T00:00:00Z"}}}
{"tag":{"name":"v1","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","at":"2024-01-01T00:00:00Z"}}
{"deployment":{"id":16,"oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ref":"main","environment":"production","createdAt":"2024-01-01T00:00:00Z","statuses":[{"id":17,"state":"success","at":"2024-01-01T00:00:00Z"}]}}
{"run":{"id":18,"workflow":4,"number":1,"event":"push","branch":"main","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","createdAt":"2024-01-01T00:00:00Z","attempts":[{"startedAt":"2024-01-01T00:00:00Z"}]}}
`

func TestReadNamesTheLineAndWhatToDo(t *testing.T) {
	lines := strings.SplitAfter(small, "\n")
	first := lines[0]
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "dataset:1: no repository: begin with"},
		{"no JSON", first + "hello\n", "dataset:2: invalid character"},
		{"cut line", first + `{"user":{"id":1,`, "dataset:2: unexpected EOF"},
		{"two values", first + `{"user":{"id":1,"login":"a","type":"User"}} {}`, "dataset:2: more than one JSON value"},
		{"two records", first + `{"user":{"id":1,"login":"a","type":"User"},"label":{"id":1,"name":"a"}}`, "dataset:2: 2 records"},
		{"unknown key", first + `{"user":{"id":1,"login":"a","type":"User","mail":"a@b"}}`, `dataset:2: json: unknown field "mail"`},
		{"unknown record", first + `{"wiki":{}}`, `dataset:2: json: unknown field "wiki"`},
		{"empty line", first + "\n" + lines[1], "dataset:2: empty line: remove it"},
		{"before the repository", lines[1] + first, "dataset:1: a record before the first repo line"},
		{"bad time", strings.Replace(first, "2024-01-01T00:00:00Z", "yesterday", 1), `"yesterday" is no RFC 3339 time`},
		{"repository without a name", strings.Replace(first, `"shop"`, `""`, 1), "dataset:1: repo without a valid name: give it one"},
		{"repository twice", first + first, "dataset:2: repo 7 again after line 1: remove one"},
		{"user twice", first + lines[1] + strings.Replace(lines[1], "ada", "Ada", 1), "dataset:3: user ada again after line 2"},
		{"unknown author", first + `{"item":{"number":1,"id":1,"author":"bob","createdAt":"2024-01-01T00:00:00Z"}}`, `dataset:2: no user "bob"`},
		{"unknown label", first + `{"item":{"number":1,"id":1,"author":"","createdAt":"2024-01-01T00:00:00Z","labels":["x"]}}`, `dataset:2: no label "x"`},
		{"unknown milestone", first + `{"item":{"number":1,"id":1,"author":"","createdAt":"2024-01-01T00:00:00Z","milestone":"x"}}`, `dataset:2: no milestone "x"`},
		{"unknown commit", first + lines[8], `dataset:2: no commit "aaaa`},
		{"unknown workflow", first + lines[7] + lines[10], `dataset:3: no workflow 4`},
		{"unknown event", strings.Replace(small, `"kind":"closed"`, `"kind":"exploded"`, 1), `dataset:6: events[0] ("exploded") needs`},
		{"unknown review state", strings.Replace(small, "COMMENTED", "PENDING", 1), `dataset:7: reviews[0] ("PENDING") needs`},
		{"short oid", strings.ReplaceAll(small, strings.Repeat("a", 40), "aaaa"), "dataset:7: pr needs a baseRef"},
		{"events out of order", first + `{"item":{"number":1,"id":1,"author":"","createdAt":"2024-01-01T00:00:00Z","events":[{"id":1,"kind":"closed","at":"2024-01-03T00:00:00Z"},{"id":2,"kind":"reopened","at":"2024-01-02T00:00:00Z"}]}}`, "dataset:2: events[1] is before events[0]: sort events by time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestReadReportsEveryProblemAtOnce(t *testing.T) {
	lines := strings.SplitAfter(small, "\n")
	_, err := Read(strings.NewReader(lines[0] + "{}\n" + strings.Repeat("nonsense\n", 100)))
	if err == nil {
		t.Fatal("no error")
	}
	if got := strings.Count(err.Error(), "dataset:"); got != maxProblems {
		t.Errorf("%d problems reported, want %d", got, maxProblems)
	}
}

func TestReadTakesSeveralRepositoriesAndGzip(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(small + strings.Replace(small, `"id":7`, `"id":8`, 1))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	set, err := Read(bytes.NewReader(zipped.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Repos) != 2 || len(set.Repos[1].Items) != 2 || set.Repo(8).Item(2).PR == nil {
		t.Errorf("read %d repositories, want 2 whole ones", len(set.Repos))
	}
	if _, err := Read(bytes.NewReader(zipped.Bytes()[:zipped.Len()-12])); err == nil || !strings.Contains(err.Error(), "is the file whole?") {
		t.Errorf("cut gzip: error %v", err)
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.jsonl")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: error %v", err)
	}
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+":1: ") {
		t.Errorf("broken file: error %v", err)
	}
}

// FuzzRead: what can be read can be written, and reading that gives the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	for _, line := range strings.SplitAfter(small, "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte{0x1f, 0x8b, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		set, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := set.Write(&first); err != nil {
			t.Fatalf("write what was read: %v", err)
		}
		again, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, first.Bytes())
		}
		if err := again.Write(&second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("written first:\n%s\nthen:\n%s", first.Bytes(), second.Bytes())
		}
	})
}
