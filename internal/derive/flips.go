package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// flips is something that holds or does not, over an item's life: the instants
// at which it changes, in order. Before the first it does not hold.
type flips []model.Instant

// flipsOf gives when any of some intervals holds, from a start on. Intervals
// that touch are one: within one second nothing changes.
func flipsOf(intervals []interval, start model.Instant) flips {
	if !slices.IsSortedFunc(intervals, byFrom) {
		intervals = slices.Clone(intervals)
		slices.SortFunc(intervals, byFrom)
	}
	var out flips
	for _, i := range intervals {
		i.from = max(i.from, start)
		if i.to != 0 && i.to <= i.from {
			continue
		}
		switch n := len(out); {
		case n%2 == 1: // holds for ever
			return out
		case n > 0 && i.from <= out[n-1]:
			if i.to != 0 && i.to <= out[n-1] {
				continue
			}
			out = out[:n-1]
		default:
			out = append(out, i.from)
		}
		if i.to != 0 {
			out = append(out, i.to)
		}
	}
	return out
}

func byFrom(a, b interval) int { return cmp.Compare(a.from, b.from) }

// not gives when it does not hold, from a start on.
func (f flips) not(start model.Instant) flips {
	if len(f) > 0 && f[0] <= start {
		return f[1:]
	}
	return append(flips{start}, f...)
}

// and gives when both hold.
func (f flips) and(g flips) flips {
	if len(f) == 0 || len(g) == 0 {
		return nil
	}
	return f.join(g, 2)
}

// or gives when either holds.
func (f flips) or(g flips) flips {
	switch {
	case len(f) == 0:
		return g
	case len(g) == 0:
		return f
	}
	return f.join(g, 1)
}

// join gives when so many of two hold.
func (f flips) join(g flips, enough int) flips {
	out := make(flips, 0, len(f)+len(g))
	i, j := 0, 0
	for i < len(f) || j < len(g) {
		var at model.Instant
		if j == len(g) || i < len(f) && f[i] <= g[j] {
			at = f[i]
		} else {
			at = g[j]
		}
		if i < len(f) && f[i] == at {
			i++
		}
		if j < len(g) && g[j] == at {
			j++
		}
		if holds := i%2+j%2 >= enough; holds != (len(out)%2 == 1) {
			out = append(out, at)
		}
	}
	return out
}

// intervals gives when it holds.
func (f flips) intervals() []interval {
	var out []interval
	for ; len(f) > 1; f = f[2:] {
		out = append(out, interval{f[0], f[1]})
	}
	if len(f) == 1 {
		out = append(out, interval{from: f[0]})
	}
	return out
}

// holds reports whether it holds at an instant.
func (f flips) holds(at model.Instant) bool {
	n, found := slices.BinarySearch(f, at)
	if found {
		n++
	}
	return n%2 == 1
}
