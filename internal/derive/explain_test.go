package derive

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

// explainable has an example of nearly everything that can be said of a pull request.
func explainable() *model.Item {
	return pull(
		labeled(5, "kind/feature"), bears("kind/feature"), comment(60, bob), comment(70, alice),
		event(3600, model.ReadyForReview, alice), reviewed(4000, 1, model.ReviewCommented, renovate),
		reviewed(7200, 2, model.ChangesRequested, bob), event(9000, model.HeadRefForcePushed, alice),
		reviewed(10000, 3, model.Dismissed, carol), dismissed(10500, 3, model.Approved), closed(11000, ""), closed(11001, ""), reopened(11500),
		reviewed(100000, 4, model.Approved, bob), set(func(it *model.Item) {
			it.Commits = append(it.Commits, model.Commit{OID: "2", AuthoredAt: t0 + 8000, CommittedAt: t0 + 9001, Head: "head"})
			it.Additions, it.Deletions = 100, 20
		}),
		merge(2*day), closed(2*day+1, ""), reviewed(2*day+60, 5, model.Approved, carol),
		event(2*day+90, model.Commented, ghost, func(e *model.Event) { e.GoneAt = t0 + 5*day }),
	)
}

func TestExplain(t *testing.T) {
	rules := rulesFor(t)
	item := explainable()
	revert := pull(merge(3*day), set(func(it *model.Item) {
		it.Number, it.Mentions = 2, []model.Mention{{Kind: model.Reverts, Item: model.ItemRef{Number: 1}}}
	}))
	e := Explain(item, rules)
	e.Relate(state(Digest(rules)(item), Digest(rules)(revert)))
	var text bytes.Buffer
	if err := e.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain.txt", text.Bytes())
	encoded, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain.json", append(encoded, '\n'))
}

func TestExplainWhatIsMissing(t *testing.T) {
	missing := func(item *model.Item) map[string]Missing {
		e := Explain(item, rulesFor(t))
		m := map[string]Missing{}
		for _, d := range append(e.Durations, e.Stages...) {
			if d.Missing != Observed {
				m[d.Name] = d.Missing
			}
		}
		for _, s := range e.Sizes {
			if s.Missing != Observed {
				m[s.Name] = s.Missing
			}
		}
		return m
	}
	const pr = "github_dev_pull_request_"
	for _, test := range []struct {
		name string
		item *model.Item
		want map[string]Missing
	}{
		{"an open issue", issue(), map[string]Missing{"github_dev_issue_first_response_seconds": NoResponse, "github_dev_issue_close_seconds": NotClosed}},
		{
			"a converted issue", issue(comment(5, bob), closed(10, ""), event(10, model.ConvertedToDiscussion, bob)),
			map[string]Missing{"github_dev_issue_close_seconds": Moved},
		},
		{"a whole life", explainable(), map[string]Missing{}},
		{
			"merged unreviewed, without a list of commits", pull(merge(10), set(func(it *model.Item) { it.Commits = nil })),
			map[string]Missing{
				pr + "first_response_seconds": NoResponse, pr + "first_review_seconds": NoReview, pr + "first_approval_seconds": NoApproval,
				pr + "close_seconds": NotClosed, pr + "review_rounds": NoApproval, pr + "commits": NoCommits,
				"coding": NoCommits, "draft": NotDraft, "pickup": NoReview, "review": NoReview, "merge_wait": NoApproval,
			},
		},
		{
			"a draft", pull(draft(true), comment(5, bob)),
			map[string]Missing{
				pr + "first_response_seconds": NotReady, pr + "first_review_seconds": NotReady, pr + "first_approval_seconds": NotReady,
				pr + "merge_seconds": NotReady, pr + "close_seconds": NotReady,
				"draft": NotReady, "pickup": NotReady, "review": NoReview, "merge_wait": NotMerged,
			},
		},
		{
			"written after it was opened", pull(reviewed(5, 1, model.Approved, bob), merge(9), closed(9, ""), set(func(it *model.Item) { it.Commits[0].AuthoredAt = t0 + 1 })),
			map[string]Missing{"coding": Negative, "draft": NotDraft, pr + "close_seconds": NotClosed},
		},
		{
			"a bot's", pull(as(renovate), merge(9)),
			map[string]Missing{
				pr + "first_response_seconds": BotAuthor, pr + "first_review_seconds": BotAuthor, pr + "first_approval_seconds": BotAuthor,
				pr + "merge_seconds": BotAuthor, pr + "close_seconds": BotAuthor, pr + "size_lines": BotAuthor, pr + "commits": BotAuthor, pr + "review_rounds": BotAuthor,
				"coding": BotAuthor, "draft": BotAuthor, "pickup": BotAuthor, "review": BotAuthor, "merge_wait": BotAuthor,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, missing(test.item)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is explained is what is counted, and stages that exist add up.
func TestExplanationsAgree(t *testing.T) {
	worlds(t, 40, func(_ *rand.Rand, rules Rules, scripts []*script) {
		for _, s := range scripts {
			item := s.asOf(forever)
			e, facts := Explain(item, rules), Digest(rules)(item)
			if len(e.Counted) != len(facts.Observed) {
				t.Errorf("item %d: %d counted, %d observed", s.number, len(e.Counted), len(facts.Observed))
			}
			observed := map[string]int{}
			for _, o := range facts.Observed {
				observed[Metric(o.Series)]++
			}
			for _, d := range e.Durations {
				if d.Seconds != nil {
					observed[d.Name]--
				}
			}
			for _, d := range e.Durations {
				if observed[d.Name] != 0 {
					t.Errorf("item %d: %s is observed %d times more often than explained", s.number, d.Name, observed[d.Name])
				}
			}
			addUp(t, e)
			if err := e.WriteText(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	})
}

func addUp(t *testing.T, e *Explanation) {
	t.Helper()
	total := int64(0)
	for _, d := range e.Stages {
		switch d.Name {
		case "pickup", "review", "merge_wait":
			if d.Seconds == nil {
				return
			}
			total += *d.Seconds
		}
	}
	for _, d := range e.Durations {
		if d.Name == Metric(PullMerge) && *d.Seconds != total {
			t.Errorf("item %d: the stages come to %d s, r to m is %d s", e.Number, total, *d.Seconds)
		}
	}
}
