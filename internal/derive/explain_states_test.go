package derive

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// section gives the lines of an explanation below a heading.
func section(t *testing.T, e *Explanation, head string) []string {
	t.Helper()
	var text bytes.Buffer
	if err := e.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(text.String(), "\n"+head+"\n")
	if !found {
		t.Fatalf("no %s in\n%s", head, &text)
	}
	rest, _, _ = strings.Cut(rest, "\n\n")
	var lines []string
	for line := range strings.Lines(rest) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

func TestExplainStates(t *testing.T) {
	rules := rulesFor(t)
	rules.States = []State{
		stateOf(t, "lgtmed", "opened !labeled:needs-rebase labeled:lgtm | approved labeled:fast"),
		stateOf(t, "open", "opened"), stateFor(t, model.Issue, "open", "opened"),
		stateOf(t, "done", "merged"),
	}
	rules.Events = []Event{
		eventOf(t, model.PullRequest, "lgtm", "labeled:lgtm", "(?m)^/lgtm$"), eventOf(t, model.PullRequest, "contributions", "opened", ".*"),
	}
	life := []change{
		writes(5, bob, "/lgtm"), labeled(6, "lgtm"), labeled(3600, "needs-rebase"), unlabeled(7200, "needs-rebase"),
		bears("lgtm"), merge(7300),
	}
	for _, test := range []struct {
		name string
		item *model.Item
		want []string
	}{
		{"merged", pull(life...), []string{
			"lgtmed opened, !labeled:needs-rebase, labeled:lgtm or approved, labeled:fast",
			"2023-11-14T22:13:26Z – 2023-11-14T23:13:20Z (59m54s), began with labeled:lgtm, ended with !labeled:needs-rebase",
			"2023-11-15T00:13:20Z – 2023-11-15T00:15:00Z (1m40s), began with !labeled:needs-rebase, ended with opened",
			"not now: opened does not hold",
			"not now: approved, labeled:fast do not hold",
			"open opened",
			"2023-11-14T22:13:20Z – 2023-11-15T00:15:00Z (2h1m40s), ended with opened",
			"not now: opened does not hold",
			"done merged",
			"2023-11-15T00:15:00Z – now, began with merged",
		}},
		{"a bot's, gone", pull(as(renovate), gone(60)), []string{
			"lgtmed opened, !labeled:needs-rebase, labeled:lgtm or approved, labeled:fast",
			"open opened",
			"2023-11-14T22:13:20Z – 2023-11-14T22:14:20Z (not observed: bot_author)",
			"done merged",
		}},
		{"gone", pull(gone(60)), []string{
			"lgtmed opened, !labeled:needs-rebase, labeled:lgtm or approved, labeled:fast",
			"open opened",
			"2023-11-14T22:13:20Z – 2023-11-14T22:14:20Z (not observed: gone)",
			"done merged",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, section(t, Explain(test.item, rules), "States")); diff != "" {
				t.Error(diff)
			}
		})
	}
	e := Explain(pull(life...), rules)
	want := []string{
		"2023-11-14T22:13:20Z opened by alice – counted as contributions",
		"2023-11-14T22:13:25Z commented by bob – first response, counted as lgtm, counted as contributions",
		"2023-11-14T22:13:26Z labeled lgtm by renovate (bot) – counted as lgtm",
	}
	var text bytes.Buffer
	if err := e.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	_, timeline, _ := strings.Cut(text.String(), "\nTimeline\n")
	for n, line := range strings.SplitN(timeline, "\n", len(want)+1)[:len(want)] {
		if got := strings.Join(strings.Fields(line), " "); got != want[n] {
			t.Errorf("%s, want %s", got, want[n])
		}
	}
	counted := strings.Join(section(t, e, "Counted"), "\n")
	for _, line := range []string{
		`2023-11-14T22:13:25Z github_dev_events_total{event="lgtm",kind="pull_request"} 1`,
		`2023-11-15T00:15:00Z github_dev_pull_request_events{event="lgtm"} 2`,
		`2023-11-15T00:15:00Z github_dev_state_dwell_seconds{kind="pull_request",state="lgtmed"} 100`,
	} {
		if !strings.Contains(counted, line) {
			t.Errorf("no %s in\n%s", line, counted)
		}
	}
}
