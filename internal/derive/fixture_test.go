package derive

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// t0 is the instant at which the tests' items are created.
const t0 model.Instant = 1_700_000_000

// forever is after everything that a test's item does.
const forever = t0 + 10*365*day

var (
	alice    = model.Actor{Login: "alice"}
	bob      = model.Actor{Login: "bob"}
	carol    = model.Actor{Login: "carol"}
	ghost    = model.Actor{}
	renovate = model.Actor{Login: "renovate", Bot: true}
	helper   = model.Actor{Login: "helper-bot"} // a bot by the project's list only
)

// change edits an item that a test builds.
type change func(*model.Item)

// issue makes issue 1, opened by alice at t0.
func issue(changes ...change) *model.Item {
	return build(&model.Item{Number: 1, Kind: model.Issue, Author: alice, CreatedAt: t0, UpdatedAt: t0}, changes)
}

// pull makes pull request 1, opened by alice at t0, with a head and one commit.
func pull(changes ...change) *model.Item {
	return build(&model.Item{
		Number: 1, Kind: model.PullRequest, Author: alice, CreatedAt: t0, UpdatedAt: t0, HeadOID: "head",
		Commits: []model.Commit{{OID: "1", AuthoredAt: t0 - 60, CommittedAt: t0 - 50, Head: "head"}},
	}, changes)
}

func build(item *model.Item, changes []change) *model.Item {
	for _, c := range changes {
		c(item)
	}
	return item
}

// event adds an event so many seconds after the creation.
func event(after int, kind model.EventKind, by model.Actor, more ...func(*model.Event)) change {
	return func(item *model.Item) {
		e := model.Event{ID: fmt.Sprintf("e%03d", len(item.Events)), Kind: kind, At: t0 + model.Instant(after), Actor: by}
		for _, m := range more {
			m(&e)
		}
		item.Events = append(item.Events, e)
		item.UpdatedAt = max(item.UpdatedAt, e.At)
	}
}

func comment(after int, by model.Actor) change { return event(after, model.Commented, by) }

func reviewed(after int, id int, state model.ReviewState, by model.Actor) change {
	return event(after, model.Reviewed, by, func(e *model.Event) { e.ID, e.State = fmt.Sprintf("r%d", id), state })
}

func dismissed(after int, id int, was model.ReviewState) change {
	return event(after, model.ReviewDismissed, bob, func(e *model.Event) { e.Ref, e.State = fmt.Sprintf("r%d", id), was })
}

// closed adds a closing, and the state that it leaves.
func closed(after int, reason string) change {
	return func(item *model.Item) {
		event(after, model.Closed, alice, func(e *model.Event) { e.Reason = reason })(item)
		item.ClosedAt, item.Reason = t0+model.Instant(after), reason
	}
}

func reopened(after int) change {
	return func(item *model.Item) {
		event(after, model.Reopened, alice)(item)
		item.ClosedAt, item.Reason = 0, ""
	}
}

// merge merges, without the closed event that goes with it.
func merge(after int) change {
	return func(item *model.Item) {
		event(after, model.Merged, bob)(item)
		item.MergedAt = t0 + model.Instant(after)
		item.ClosedAt, item.MergeOID = item.MergedAt, "0123456789abcdef0123456789abcdef01234567"
	}
}

func set(f change) change { return f }

func as(author model.Actor) change { return func(item *model.Item) { item.Author = author } }

func draft(on bool) change { return func(item *model.Item) { item.Draft = on } }

// rulesFor gives rules whose bots are *-bot and whose labels are kind/*.
func rulesFor(t testing.TB) Rules {
	t.Helper()
	return Rules{
		Bots: matcher(t, "*-bot"), Labels: matcher(t, "kind/*", "bug"),
		Windows: []time.Duration{30 * 24 * time.Hour}, Quantiles: []float64{0.5, 0.9},
	}
}

func matcher(t testing.TB, patterns ...string) *Matcher {
	t.Helper()
	m, err := NewMatcher(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shown writes an item's observations as `SECONDS metric{values} value`, with
// seconds since its creation, the common prefix left out, and only those of metrics
// that contain one of the words, if any are given.
func shown(facts *model.Facts, words ...string) []string {
	var lines []string
	for _, o := range facts.Observed {
		line := fmt.Sprintf("%d %s", int64(o.At)-int64(t0), strings.TrimPrefix(Metric(o.Series), "github_dev_"))
		if set := LabelSets(o.Series)[o.Sub]; len(set) > 0 {
			line += "{" + strings.Join(set, ",") + "}"
		}
		if Buckets(o.Series) != nil {
			line += fmt.Sprintf(" %d", o.Value)
		}
		if len(words) == 0 || containsAny(line, words) {
			lines = append(lines, line)
		}
	}
	return lines
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// spansShown writes spans as `state from to`, with seconds since the creation.
func spansShown(facts *model.Facts) []string {
	names := map[model.SpanState]string{
		model.SpanOpen: "open", model.SpanClosed: "closed", model.SpanMerged: "merged", model.SpanDraft: "draft",
	}
	var lines []string
	for _, s := range facts.Spans {
		lines = append(lines, fmt.Sprintf("%s %s %s", names[s.State], offset(s.From), offset(s.To)))
	}
	return lines
}

func labelsShown(facts *model.Facts) []string {
	var lines []string
	for _, s := range facts.LabelSpans {
		lines = append(lines, fmt.Sprintf("%s %s %s", s.Label.Value(), offset(s.From), offset(s.To)))
	}
	return lines
}

func offset(at uint32) string {
	if at == 0 {
		return "-"
	}
	return fmt.Sprint(int64(at) - int64(t0))
}

// state makes a published state of facts.
func state(items ...*model.Facts) *model.State {
	return &model.State{
		Repository: model.Repository{ID: 1, Owner: "octo", Name: "repo", CreatedAt: t0 - day},
		Items:      items, Complete: t0,
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Max(1, math.Abs(b)) }
