package derive

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestFlipsOf(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []interval
		want flips
	}{
		{"none", nil, nil},
		{"one", []interval{{10, 20}}, flips{10, 20}},
		{"for ever", []interval{{10, 0}}, flips{10}},
		{"before the start", []interval{{1, 3}, {2, 8}}, flips{5, 8}},
		{"empty", []interval{{10, 10}, {12, 11}}, nil},
		{"touching", []interval{{10, 20}, {20, 30}}, flips{10, 30}},
		{"overlapping", []interval{{15, 30}, {10, 20}}, flips{10, 30}},
		{"one in another", []interval{{10, 30}, {15, 20}}, flips{10, 30}},
		{"in what lasts", []interval{{10, 0}, {15, 20}}, flips{10}},
		{"into what lasts", []interval{{10, 20}, {15, 0}}, flips{10}},
	} {
		if diff := cmp.Diff(test.want, flipsOf(test.in, 5)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// The algebra agrees with what holds second by second.
func TestFlipsAgainstSeconds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const start, end = 3, 40
	random := func() []interval {
		var list []interval
		for range r.IntN(5) {
			list = append(list, interval{model.Instant(r.IntN(30)), model.Instant(r.IntN(40))})
		}
		return list
	}
	within := func(list []interval, at model.Instant) bool {
		return slices.ContainsFunc(list, func(i interval) bool { return i.from <= at && (i.to == 0 || at < i.to) })
	}
	for range 2000 {
		a, b := random(), random()
		f, g := flipsOf(a, start), flipsOf(b, start)
		results := []flips{f, f.not(start), f.and(g), f.or(g)}
		for at := model.Instant(start); at < end; at++ {
			x, y := within(a, at), within(b, at)
			for n, want := range []bool{x, !x, x && y, x || y} {
				if got := results[n].holds(at); got != want {
					t.Fatalf("%v, %v: operation %d at %d: %t, want %t", a, b, n, at, got, want)
				}
			}
		}
		for _, h := range results {
			if !slices.IsSorted(h) || len(slices.Compact(slices.Clone(h))) != len(h) || len(h) > 0 && h[0] < start {
				t.Fatalf("%v, %v: %v", a, b, h)
			}
			if again := flipsOf(h.intervals(), start); !slices.Equal(again, h) {
				t.Fatalf("%v becomes %v", h, again)
			}
		}
	}
}
