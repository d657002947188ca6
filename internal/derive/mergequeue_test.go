package derive

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func enqueued(after int) change { return event(after, model.AddedToMergeQueue, bob) }

func dequeued(after int, reason string) change {
	return event(after, model.RemovedFromMergeQueue, bob, func(e *model.Event) { e.Reason = reason })
}

// queueShown writes what an item's times in the merge queue add to totals, and
// these times.
func queueShown(facts *model.Facts) []string {
	lines := shown(facts, "merge_queue")
	for _, s := range facts.Spans {
		if s.State == model.SpanQueued {
			lines = append(lines, fmt.Sprintf("queued %s %s", offset(s.From), offset(s.To)))
		}
	}
	return lines
}

func TestMergeQueue(t *testing.T) {
	for _, test := range []struct {
		name string
		item *model.Item
		want []string
	}{
		{"never", pull(merge(500)), nil},
		{"merged", pull(enqueued(100), merge(400)), []string{"400 merge_queue_wait_seconds 300", "queued 100 400"}},
		{
			"merged, as GitHub tells of it: removed just before", pull(enqueued(100), dequeued(399, "merged"), merge(400)),
			[]string{"399 merge_queue_wait_seconds 299", "queued 100 399"},
		},
		{
			"removed in the second of the merge, whatever the reason", pull(enqueued(100), merge(400), dequeued(400, "manual")),
			[]string{"400 merge_queue_wait_seconds 300", "queued 100 400"},
		},
		{
			"removed after the merge", pull(enqueued(100), merge(400), dequeued(402, "failed_checks")),
			[]string{"400 merge_queue_wait_seconds 300", "queued 100 400"},
		},
		{
			"removed", pull(enqueued(100), dequeued(130, "failed_checks")),
			[]string{"130 merge_queue_wait_seconds 30", "130 merge_queue_removed_total{failed_checks}", "queued 100 130"},
		},
		{
			"removed, then merged by hand", pull(enqueued(100), dequeued(130, "manual"), merge(400)),
			[]string{"130 merge_queue_wait_seconds 30", "130 merge_queue_removed_total{manual}", "queued 100 130"},
		},
		{
			"merged by hand while it was in the queue", pull(enqueued(100), merge(130), dequeued(131, "already_merged")),
			[]string{"130 merge_queue_wait_seconds 30", "queued 100 130"},
		},
		{"still in the queue", pull(enqueued(100)), []string{"queued 100 -"}},
		{
			"several times", pull(enqueued(100), dequeued(130, "CI_FAILURE"), enqueued(200), dequeued(220, "merge_conflict"), enqueued(300), merge(400)),
			[]string{
				"130 merge_queue_wait_seconds 30", "130 merge_queue_removed_total{ci_failure}",
				"220 merge_queue_wait_seconds 20", "220 merge_queue_removed_total{merge_conflict}",
				"400 merge_queue_wait_seconds 100", "queued 100 130", "queued 200 220", "queued 300 400",
			},
		},
		{
			"a reason that is new, or none", pull(enqueued(100), dequeued(130, "moon"), enqueued(200), dequeued(220, "")),
			[]string{
				"130 merge_queue_wait_seconds 30", "130 merge_queue_removed_total{other}",
				"220 merge_queue_wait_seconds 20", "220 merge_queue_removed_total{other}", "queued 100 130", "queued 200 220",
			},
		},
		{
			"a reason in words", pull(enqueued(100), dequeued(130, "Failed checks")),
			[]string{"130 merge_queue_wait_seconds 30", "130 merge_queue_removed_total{failed_checks}", "queued 100 130"},
		},
		{"removed, and nobody knows when it was added", pull(dequeued(130, "manual")), []string{"130 merge_queue_removed_total{manual}"}},
		{"added again while it is there", pull(enqueued(100), enqueued(120), merge(400)), []string{"400 merge_queue_wait_seconds 300", "queued 100 400"}},
		{"added after the merge", pull(merge(400), enqueued(500)), nil},
		{
			"added and removed in one second", pull(dequeued(100, "manual"), enqueued(100)),
			[]string{"100 merge_queue_wait_seconds 0", "100 merge_queue_removed_total{manual}"},
		},
		{
			"removed and added again in one second", pull(enqueued(50), enqueued(100), dequeued(100, "manual")),
			[]string{"100 merge_queue_wait_seconds 50", "100 merge_queue_removed_total{manual}", "queued 50 100", "queued 100 -"},
		},
		{"closed: it leaves the gauge, and waits no more", pull(enqueued(100), closed(130, "")), []string{"queued 100 130"}},
		{
			"closed, and removed for it", pull(enqueued(100), closed(130, ""), dequeued(131, "manual")),
			[]string{"131 merge_queue_wait_seconds 31", "131 merge_queue_removed_total{manual}", "queued 100 130"},
		},
		{
			"closed, reopened and added again", pull(enqueued(100), closed(130, ""), reopened(200), enqueued(300), merge(400)),
			[]string{"400 merge_queue_wait_seconds 100", "queued 100 130", "queued 300 400"},
		},
		{"closed, reopened and merged without the queue", pull(enqueued(100), closed(130, ""), reopened(200), merge(400)), []string{"queued 100 130"}},
		{"gone: it leaves the gauge", pull(enqueued(100), set(func(it *model.Item) { it.GoneAt = t0 + 150 })), []string{"queued 100 150"}},
		{
			"of a bot: counted, not measured", pull(as(renovate), enqueued(100), dequeued(130, "manual"), enqueued(200), merge(400)),
			[]string{"130 merge_queue_removed_total{manual}", "queued 100 130", "queued 200 400"},
		},
		{"of an issue", issue(enqueued(100)), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, queueShown(Digest(rulesFor(t))(test.item))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEntriesOfTheMergeQueue(t *testing.T) {
	rules := rulesFor(t)
	digest := Digest(rules)
	s := state(
		digest(pull(enqueued(100), merge(400))), digest(pull(enqueued(200), dequeued(300, "manual"), enqueued(350))), digest(pull()),
	)
	for after, want := range map[int]int{99: 0, 100: 1, 199: 1, 200: 2, 299: 2, 300: 1, 350: 2, 399: 2, 400: 1, 10 * day: 1} {
		if got := Evaluate([]*model.State{s}, rules, t0+model.Instant(after)).Queued(); got != want {
			t.Errorf("after %d s: %d entries, want %d", after, got, want)
		}
	}
}
