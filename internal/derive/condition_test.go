package derive

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestParsePart(t *testing.T) {
	const list = "opened, closed, merged, draft, labeled:NAME, approved, changes_requested, review_requested, commented"
	for _, test := range []struct {
		text    string
		kind    model.Kind
		event   bool
		want    Part
		problem string
	}{
		{text: "opened", want: Part{Word: Opened}},
		{text: "!merged", kind: model.PullRequest, want: Part{Not: true, Word: Merged}},
		{text: "!labeled:needs-rebase", kind: model.Issue, want: Part{Not: true, Word: Labeled, Label: "needs-rebase"}},
		{text: "labeled:area: a, b!", want: Part{Word: Labeled, Label: "area: a, b!"}},
		{text: "unlabeled:x", event: true, want: Part{Word: Unlabeled, Label: "x"}},
		{text: "reopened", event: true, kind: model.Issue, want: Part{Word: Reopened}},
		{text: "reopened", problem: `"reopened" is no part; write one of ` + list},
		{text: "unlabeled:x", problem: `"unlabeled:x" is no part; write one of ` + list},
		{text: "!opened", event: true, problem: `"!opened" is no part; write one of ` + list + ", reopened, unlabeled:NAME"},
		{text: "!!opened", problem: `"!opened" is no part; write one of ` + list},
		{text: "", problem: `"" is no part; write one of ` + list},
		{text: "Opened", problem: `"Opened" is no part; write one of ` + list},
		{text: " opened", problem: `" opened" is no part; write one of ` + list},
		{text: "labeled", problem: `"labeled" names no label; write labeled:NAME`},
		{text: "labeled:", problem: `"labeled:" names no label; write labeled:NAME`},
		{text: "opened:", problem: `"opened:" has a name that means nothing; write opened`},
		{text: "draft", kind: model.Issue, problem: `"draft" never holds for kind issue; remove it`},
	} {
		parse := ParsePart
		if test.event {
			parse = ParseEvent
		}
		got, err := parse(test.text, test.kind)
		problem := ""
		if err != nil {
			problem, got = err.Error(), Part{}
		}
		if diff := cmp.Diff(test.want, got); diff != "" || problem != test.problem {
			t.Errorf("%q: %s; %s, want %s", test.text, diff, problem, test.problem)
		}
	}
}

func TestConditionString(t *testing.T) {
	c, err := ParseCondition([][]string{{"opened", "!labeled:a b"}, {"merged"}}, model.PullRequest)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.String(), "opened, !labeled:a b or merged"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := ParseCondition([][]string{{"opened"}, {"merged"}}, model.Issue); err == nil {
		t.Error("an issue may be merged")
	}
}

// What is read is written as it was; a part of an issue is one of a pull
// request too, and one of a condition is an event unless it is negated.
func FuzzParsePart(f *testing.F) {
	for _, word := range words {
		f.Add(word, uint8(1))
		f.Add("!"+word+":x", uint8(2))
	}
	f.Add("labeled:\xff:\n", uint8(0))
	f.Fuzz(func(t *testing.T, text string, number uint8) {
		kind := model.Kind(number % 3)
		p, err := ParsePart(text, kind)
		e, errEvent := ParseEvent(text, kind)
		if errEvent == nil && e.String() != text {
			t.Errorf("%q is written as %q", text, e)
		}
		if err != nil {
			if !strings.Contains(err.Error(), "; ") {
				t.Errorf("%q: %v says no cure", text, err)
			}
			return
		}
		if p.String() != text {
			t.Errorf("%q is written as %q", text, p)
		}
		if !p.Not && (errEvent != nil || e != p) {
			t.Errorf("%q is a part and no event: %v", text, errEvent)
		}
		if _, err := ParsePart(text, model.PullRequest); err != nil {
			t.Errorf("%q is none of pull requests: %v", text, err)
		}
		digestBy(p)
	})
}

// digestBy lets a part be evaluated.
func digestBy(p Part) {
	item := pull(labeled(10, p.Label), reviewed(20, 1, model.Approved, bob), asked(30, "bob"), merge(40))
	rules := Rules{States: []State{{Name: "s", Kind: model.PullRequest, When: Condition{{p}}}}}
	Digest(rules)(item)
}
