package derive

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// kubernetesRules are those of docs/examples/kubernetes.yml.
func kubernetesRules(t testing.TB) Rules {
	rules := rulesFor(t)
	rules.States = []State{
		stateOf(t, "open", "opened !merged"), stateOf(t, "needs-rebase", "opened !merged labeled:needs-rebase"),
		stateOf(t, "lgtmed", "opened !merged !labeled:needs-rebase labeled:lgtm"),
		stateOf(t, "approved", "opened !merged !labeled:needs-rebase labeled:approved"),
	}
	const pr = model.PullRequest
	rules.Events = []Event{
		eventOf(t, pr, "merge", "merged", ""), eventOf(t, pr, "contributions", "opened", ".*"),
		eventOf(t, pr, "lgtmer", "labeled:lgtm", "(?m)^/lgtm$"), eventOf(t, pr, "approver", "labeled:approved", "(?m)^/approve$"),
		eventOf(t, pr, "testthis", "", `(?m)^(@k8s-bot.*test this|/test\b|/retest\b)`),
	}
	for n := 1; n < 4; n++ {
		rules.Events[n].ByAuthor = true
	}
	return rules
}

// pullsOfKubernetes writes n pull requests with some twenty events each, as
// Prow's commands and bots make them.
func pullsOfKubernetes(n int) []*model.Item {
	r := rand.New(rand.NewPCG(2, 2))
	items := make([]*model.Item, n)
	for i := range items {
		at := r.IntN(6 * 365 * day)
		someone := func() model.Actor { return model.Actor{Login: fmt.Sprint("dev", r.IntN(2000))} }
		changes := []change{
			created(at), labeled(at+5, "kind/bug"), labeled(at+9, "size/XS"), labeled(at+10, "cncf-cla: yes"), comment(at+20, renovate),
			asked(at+30, "bob"), writes(at+40, someone(), "/ok-to-test\n/assign @carol"),
		}
		for k := range r.IntN(6) {
			changes = append(changes, writes(at+100+k, someone(), "/retest"), comment(at+150+k, renovate))
		}
		changes = append(
			changes, labeled(at+300, "needs-rebase"), unlabeled(at+310, "needs-rebase"), writes(at+400, someone(), "/lgtm"), labeled(at+401, "lgtm"),
			reviewed(at+420, i, model.Approved, bob), writes(at+440, someone(), "/approve"), labeled(at+441, "approved"), bears("lgtm", "approved", "kind/bug"),
		)
		if i%10 > 0 {
			changes = append(changes, merge(at+500+r.IntN(day)))
		}
		items[i] = pull(changes...)
		items[i].Number = i + 1
		slices.SortFunc(items[i].Events, func(a, b model.Event) int { return compareEvents(&a, &b) })
	}
	return items
}

// BenchmarkDigestConfigured makes the facts of 40,000 pull requests anew, on
// every core, as a reload does; without states and events for comparison.
func BenchmarkDigestConfigured(b *testing.B) {
	items := pullsOfKubernetes(40_000)
	plain := kubernetesRules(b)
	plain.States, plain.Events = nil, nil
	for name, rules := range map[string]Rules{"kubernetes": kubernetesRules(b), "none": plain} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			digest := Digest(rules)
			for b.Loop() {
				var all sync.WaitGroup
				cores := runtime.GOMAXPROCS(0)
				for c := range cores {
					all.Go(func() {
						for i := c; i < len(items); i += cores {
							digest(items[i])
						}
					})
				}
				all.Wait()
			}
		})
	}
}
