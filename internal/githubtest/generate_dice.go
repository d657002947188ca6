package githubtest

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// The streams of chance. Each part of a repository has its own, so that a change
// to one part leaves the others as they were.
const (
	streamPlan = iota
	streamPeople
	streamGit
	streamDeploy
	streamRelease
	streamRuns
	streamCounts
	streamSurge
	streamItems // and the number of the item
)

// dice is a source of chance that is the same for the same seed.
type dice struct{ *rand.Rand }

func newDice(seed uint64, stream int) dice {
	return dice{rand.New(rand.NewPCG(seed, uint64(stream)*0x9e3779b97f4a7c15))} //nolint:gosec // repeatable on purpose
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between gives a number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// within gives a time from low to high.
func (d dice) within(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Float64()*float64(high-low))
}

// about gives a log-normal duration: half are below the median, and a larger
// spread makes a longer tail.
func (d dice) about(median time.Duration, spread float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(d.NormFloat64()*spread))
}

// number is about for numbers; it is at least 1.
func (d dice) number(median, spread float64) int {
	return max(1, int(math.Round(median*math.Exp(d.NormFloat64()*spread))))
}

// tail gives 0 most often, and rarely a number up to limit: a Pareto
// distribution, of which a smaller alpha makes a heavier tail.
func (d dice) tail(alpha float64, limit int) int {
	return min(limit, int(math.Pow(1-d.Float64(), -1/alpha))-1)
}

// some counts how often chance(p) is true in a row, at most limit times.
func (d dice) some(p float64, limit int) int {
	n := 0
	for n < limit && d.chance(p) {
		n++
	}
	return n
}

// oid gives a Git object id.
func (d dice) oid() string {
	var raw [20]byte
	for i := range raw {
		if i%8 == 0 {
			n := d.Uint64()
			for j := i; j < min(i+8, len(raw)); j++ {
				raw[j] = byte(n >> (8 * (j - i)))
			}
		}
	}
	return hex.EncodeToString(raw[:])
}

// pick gives one of a list.
func pick[T any](d dice, list []T) T { return list[d.IntN(len(list))] }

// draw gives an index by cumulative weights.
func (d dice) draw(cumulative []float64) int {
	x := d.Float64() * cumulative[len(cumulative)-1]
	return min(sort.SearchFloat64s(cumulative, x), len(cumulative)-1)
}
