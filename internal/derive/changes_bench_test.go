package derive

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// longHistory has so many commits, a third of which are merge commits of pull
// requests, and so many deployments, of which every twentieth rolls back.
func longHistory(tb testing.TB, commits, deployments int) (*model.State, Rules) {
	r := rand.New(rand.NewPCG(1, 1))
	p := newPast(tb)
	name := func(n int) string {
		var h [20]byte
		binary.BigEndian.PutUint64(h[:], uint64(n)*0x9E3779B97F4A7C15)
		binary.BigEndian.PutUint32(h[16:], uint32(n))
		return hex.EncodeToString(h[:])
	}
	s := &model.State{Repository: p.repo, Complete: t0}
	digest := Digest(p.rules)
	tip, rows := 0, []model.BranchCommit{{OID: name(0)}}
	var tips []int
	for n := 1; n+1 < commits; n += 2 {
		// A topic of one commit, merged; then one commit that no pull request made.
		rows = append(rows, model.BranchCommit{OID: name(n), Parents: []string{name(max(0, tip-r.IntN(40)))}})
		parents := []string{name(tip), name(n)}
		if n%4 == 1 {
			parents = parents[:1]
		}
		rows = append(rows, model.BranchCommit{OID: name(n + 1), Parents: parents})
		tip = n + 1
		tips = append(tips, tip)
		if n%3 == 0 {
			item := pull(merge(n * 60))
			item.Number, item.MergeOID, item.BaseRef = n, name(tip), "main"
			s.Items = append(s.Items, digest(item))
		}
		if n*deployments/commits > len(p.history.Deployments) {
			what := tip
			if r.IntN(20) == 0 {
				what = tips[max(0, len(tips)-1-r.IntN(200))]
			}
			p.history.Deployments = append(p.history.Deployments, model.Deployment{
				ID: int64(n), Environment: "production", OID: name(what),
				Statuses: []model.DeploymentStatus{{State: "success", At: t0 + model.Instant(n*60+30)}},
			})
		}
	}
	p.history.Head = name(tip)
	p.history.Graph = model.NewGraph(rows)
	p.rules.Windows = []time.Duration{30 * 24 * time.Hour}
	s.History = &p.history
	return s, p.rules
}

// BenchmarkChanges is the time of the reachability and of all that is made of it.
func BenchmarkChanges(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		s, rules := longHistory(b, n, 2_000)
		b.Run(fmt.Sprintf("commits=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Changes(s, rules)
			}
		})
	}
}

// A hundred thousand commits and two thousand deployments are no trouble: what
// took the square of their number would not end within the patience of go test.
func TestChangesOfLongHistory(t *testing.T) {
	s, rules := longHistory(t, 100_000, 2_000)
	c := Changes(s, rules)
	if len(c.Deployments) != len(s.History.Deployments) || len(c.Observed) < 3*len(s.Items)/2 {
		t.Errorf("%d deployments, %d observations", len(c.Deployments), len(c.Observed))
	}
}
