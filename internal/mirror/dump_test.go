package mirror

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dumpOf(t *testing.T, m *Mirror) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestExportAndImport(t *testing.T) {
	from := open(t, t.TempDir(), Options{Digest: testDigest})
	fill(t, from, 450, 12)
	fillEveryKind(t, from)
	first := dumpOf(t, from)
	for _, part := range []string{
		`{"mirror":{"version":2}}`, `"repository":{"id":42,"nodeId":"R_42"`,
		`"head":{"repo":42,"complete":"1970-01-01T00:15:00Z","history":"2027-01-15T08:00:00Z"}`,
		`"cursor":{"repo":0,"stream":"owner:octo","lastSuccess":"1970-01-01T00:00:04Z"}`,
		`"job":{"repo":42,"queue":"overflow","number":7,"kind":"pull_request"`, `"kind":"labeled"`, `"state":"approved"`,
		`"counter":{"repo":42,"name":"errors/issues/timeout","value":2}`, `"published":{"repo":42,"number":7,"item":{`,
		`"history":{"repo":42,"kind":"branch_head","id":"h","record":{"oid":`, `"history":{"repo":42,"kind":"deployment","id":"804","record":{"id":804`,
		`"publishedHistory":{"repo":42,"kind":"tag","id":"v1.0.2","record":{"name":"v1.0.2"`,
		`"publishedHistory":{"repo":42,"kind":"workflow_run","id":"900/1"}`,
	} {
		if !strings.Contains(first, part) {
			t.Errorf("the dump lacks %s", part)
		}
	}
	to := open(t, t.TempDir(), Options{Digest: testDigest})
	var told []int64
	to.Subscribe(func(repo int64) { told = append(told, repo) })
	if err := to.Import(t.Context(), strings.NewReader(first)); err != nil {
		t.Fatal(err)
	}
	if second := dumpOf(t, to); first != second {
		t.Error("a dump of what was imported is another")
	}
	if diff := cmp.Diff(everything(t, from), everything(t, to)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(shown(from.State(testRepo.ID)), shown(to.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{42}, told); diff != "" {
		t.Error(diff)
	}
	if err := to.Import(t.Context(), strings.NewReader(first)); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a second import gives %v", err)
	}
}

func TestImportRefuses(t *testing.T) {
	const header = `{"mirror":{"version":2}}` + "\n"
	const repository = `{"repository":{"id":42,"owner":"octo","name":"cat"}}` + "\n"
	const end = `{"end":{"records":1}}` + "\n"
	tests := []struct{ name, dump, want string }{
		{"nothing", "", "line 1: the dump has no end"},
		{"no header", repository, "line 1: is no header"},
		{"another version", `{"mirror":{"version":3}}`, "line 1: the dump has version 3 and this program reads 1 to 2"},
		{"no JSON", header + "hello\n", "line 2: invalid character"},
		{"cut line", header + repository[:30], "line 2: unexpected EOF"},
		{"cut dump", header + repository, "line 3: the dump has no end"},
		{"unknown field", header + `{"repository":{"id":42,"ovner":"octo"}}`, `line 2: json: unknown field "ovner"`},
		{"unknown record", header + `{"issue":{}}`, `line 2: json: unknown field "issue"`},
		{"two records in a line", header + `{"head":{"repo":42},"end":{"records":0}}`, "line 2: has 2 records, not 1"},
		{"no record in a line", header + "{}\n", "line 2: has 0 records, not 1"},
		{"more in a line", header + strings.TrimSpace(repository) + " {}\n", "line 2: goes on behind its record"},
		{"a second header", header + header, "line 2: is no header of a mirror's dump, or one in the midst"},
		{"other count", header + repository + `{"end":{"records":2}}`, "line 3: the dump had 2 records and 1 were read"},
		{"behind the end", header + repository + end + repository, "goes on behind its end"},
		{"repository 0", header + `{"repository":{"id":0}}`, "line 2: names its record wrongly"},
		{"negative repository", header + `{"head":{"repo":-1}}`, "line 2: names its record wrongly"},
		{"twice", header + repository + repository, "line 3: repository 42 is out of order, or there twice"},
		{"item without item", header + `{"item":{"repo":42,"number":7}}`, "line 2: item 7 is missing"},
		{"item with number 0", header + `{"item":{"repo":42,"number":0}}`, "line 2: item has the number 0"},
		{"item of another number", header + `{"item":{"repo":42,"number":7,"item":{"number":8}}}`, "line 2: item 7 holds number 8"},
		{"item of unknown kind", header + `{"item":{"repo":42,"number":7,"item":{"number":7,"kind":"riddle"}}}`, `line 2: unknown kind "riddle"`},
		{"item with a wrong time", header + `{"item":{"repo":42,"number":7,"item":{"number":7,"createdAt":"noon"}}}`, "line 2: parsing time"},
		{"cursor without stream", header + `{"cursor":{"repo":42}}`, "line 2: names its record wrongly"},
		{"history of unknown kind", header + `{"history":{"repo":42,"kind":"riddle","id":"x"}}`, `line 2: unknown kind of history "riddle"`},
		{"tag without name", header + `{"history":{"repo":42,"kind":"tag"}}`, "line 2: tag has no name"},
		{"release with a wrong id", header + `{"history":{"repo":42,"kind":"release","id":"x"}}`, "line 2: release strconv.ParseInt"},
		{"commit with a wrong name", header + `{"history":{"repo":42,"kind":"branch_commit","id":"xyz"}}`, `line 2: branch_commit is no name of a commit: "xyz"`},
		{"incident without source", header + `{"history":{"repo":42,"kind":"incident","id":"/x"}}`, `line 2: incident has the source "" and the id "x"`},
		{"run without attempt", header + `{"history":{"repo":42,"kind":"workflow_run","id":"7"}}`, "line 2: workflow_run strconv.ParseInt"},
		{"history without record", header + `{"history":{"repo":42,"kind":"tag","id":"v1"}}`, "line 2: tag v1 is missing"},
		{"history of another id", header + `{"history":{"repo":42,"kind":"tag","id":"v1","record":{"name":"v2"}}}`, "line 2: tag v1 holds tag v2"},
		{"history with an unknown field", header + `{"history":{"repo":42,"kind":"tag","id":"v1","record":{"nome":"v1"}}}`, `line 2: tag v1 json: unknown field "nome"`},
		{"job without queue", header + `{"job":{"repo":42,"number":7}}`, "line 2: job has queue"},
	}
	m := open(t, t.TempDir(), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := m.Import(t.Context(), strings.NewReader(tt.dump))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("import gives %v, not %s", err, tt.want)
			}
			if got := dumpOf(t, m); got != header+`{"end":{"records":0}}`+"\n" {
				t.Errorf("the mirror is not empty: %s", got)
			}
		})
	}
	if err := m.Import(t.Context(), strings.NewReader(header+repository+end)); err != nil {
		t.Errorf("after all these the right dump gives %v", err)
	}
}

func TestInterruptedImport(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.store([]write{{key: importingKey, value: []byte("1")}}), m.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "import again") {
		t.Errorf("open gives %v", err)
	}
}

func TestDumpsEndWithTheContext(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	fillEveryKind(t, m)
	dump := dumpOf(t, m)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Export(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("export gives %v", err)
	}
	to := open(t, t.TempDir(), Options{})
	if err := to.Import(ctx, strings.NewReader(dump)); !errors.Is(err, context.Canceled) {
		t.Errorf("import gives %v", err)
	}
}

// FuzzImport must refuse whatever is no dump without a panic, and a mirror
// that took one must give it back.
func FuzzImport(f *testing.F) {
	f.Add(`{"repository":{"id":42}}`)
	f.Add(`{"item":{"repo":42,"number":7,"item":{"number":7,"kind":"issue","events":[{"id":"c1","kind":"commented"}]}}}`)
	f.Add(`{"job":{"repo":1,"queue":"gap","number":3,"connection":"x"}}`)
	f.Add(`{"published":{"repo":1,"number":3}}`)
	f.Add(`{"history":{"repo":1,"kind":"branch_commit","id":"aa","record":{"oid":"AA","parents":["bb"]}}}`)
	f.Add(`{"history":{"repo":1,"kind":"workflow_run","id":"3/1","record":{"id":3,"attempt":1}}}`)
	f.Add(`{"publishedHistory":{"repo":1,"kind":"incident","id":"events/x/y"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var in importer
		in.last, in.heads = []byte{0}, map[int64]head{}
		if in.take(2, []byte(text)) != nil || len(in.batch) == 0 {
			return
		}
		k, err := parseKey(in.batch[0].key)
		if err != nil {
			t.Fatalf("%s has the key %q", text, in.batch[0].key)
		}
		if _, err := dump(k, in.batch[0].value, &decoder{}); err != nil {
			t.Fatalf("%s is not given back: %v", text, err)
		}
	})
}
