package derive

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// bigItems writes n items over six years, of about ten observations each.
func bigItems(n int) []*model.Item {
	r := rand.New(rand.NewPCG(1, 1))
	items := make([]*model.Item, n)
	for i := range items {
		at := r.IntN(6 * 365 * day)
		changes := []change{
			created(at), labeled(at+5, fmt.Sprintf("kind/%d", r.IntN(20))), labeled(at+9, fmt.Sprintf("x%d", r.IntN(50))),
			comment(at+100, bob), comment(at+200, alice), comment(at+300, carol), comment(at+400, renovate),
		}
		end := at + 500 + r.IntN(30*day)
		if i%2 == 0 {
			items[i] = issue(append(changes, closed(end, "completed"))...)
		} else {
			items[i] = pull(append(changes, reviewed(at+350, i, model.Approved, bob), merge(end), closed(end, ""))...)
		}
		items[i].Number = i + 1
		if i%100 == 1 {
			items[i].Mentions = []model.Mention{{Kind: model.Reverts, OID: fmt.Sprintf("%016x%024x", r.Uint64(), i)}}
		}
		if items[i].MergeOID != "" {
			items[i].MergeOID = fmt.Sprintf("%016x%024x", r.Uint64(), i)
		}
	}
	return items
}

func BenchmarkDigest(b *testing.B) {
	items := bigItems(1000)
	digest := Digest(rulesFor(b))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		digest(items[i%len(items)])
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{40_000, 200_000} {
		rules := rulesFor(b)
		rules.Windows = []time.Duration{30 * 24 * time.Hour, 90 * 24 * time.Hour}
		s := state()
		observations := 0
		for _, item := range bigItems(n) {
			s.Items = append(s.Items, Digest(rules)(item))
			observations += len(s.Items[len(s.Items)-1].Observed)
		}
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Evaluate([]*model.State{s}, rules, t0+6*365*day)
			}
			b.ReportMetric(float64(observations)/float64(n), "observations/item")
		})
	}
}
