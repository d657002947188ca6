package githubtest

import (
	"math"
	"slices"
)

// fillSurges sees to it that while somebody watches it is never silent for long.
func (g *generator) fillSurges() {
	d := newDice(g.opts.Seed, streamSurge)
	for _, s := range g.opts.surges {
		if s.every > 0 {
			g.fill(d, s)
		}
	}
}

func (g *generator) fill(d dice, s surge) {
	seen := g.activity(s.from, s.to)
	seen = append(seen, s.to)
	last := s.from
	for _, at := range seen {
		for at.Sub(last) > s.every {
			last = last.Add(d.within(s.every/3, s.every))
			g.chatter(d, last)
		}
		last = max(last, at)
	}
}

// activity gives when something happened to items in [from, to), in order.
func (g *generator) activity(from, to Time) []Time {
	var seen []Time
	see := func(at Time) {
		if at >= from && at < to {
			seen = append(seen, at)
		}
	}
	for _, item := range g.repo.Items {
		see(item.CreatedAt)
		for i := range item.Comments {
			see(item.Comments[i].CreatedAt)
		}
		for i := range item.Events {
			see(item.Events[i].At)
		}
		if item.PR != nil {
			for i := range item.PR.Reviews {
				see(item.PR.Reviews[i].SubmittedAt)
			}
		}
	}
	slices.Sort(seen)
	return seen
}

// chatter adds a word to one of the younger items that are open at an instant.
func (g *generator) chatter(d dice, at Time) {
	item := g.openAt(d, at)
	if item == nil {
		return
	}
	if item.PR != nil && d.chance(0.5) {
		g.addReview(d, item, at, 1+d.some(0.3, 3))
		return
	}
	addComment(item, Comment{Author: g.team.someone(d, at, contributor).login, CreatedAt: at, Body: pick(d, remarks)})
}

// openAt gives one of the younger items that are open at an instant, nil if
// there is none.
func (g *generator) openAt(d dice, at Time) *Item {
	n, _ := slices.BinarySearchFunc(g.repo.Items, at, func(item *Item, at Time) int { return int(item.CreatedAt - at) })
	for range 60 {
		if i := n - 1 - d.tail(0.7, 120); i >= 0 && g.repo.Items[i].isOpen(at) {
			return g.repo.Items[i]
		}
	}
	return nil
}

// isOpen reports whether the item is there and open at an instant.
func (it *Item) isOpen(at Time) bool {
	if it.DeletedAt.By(at) || it.TransferredAt.By(at) || it.ConvertedAt.By(at) {
		return false
	}
	open := true
	for i := range it.Events {
		switch e := &it.Events[i]; {
		case e.At > at:
			return open
		case e.Kind == Closed:
			open = false
		case e.Kind == Reopened:
			open = true
		}
	}
	return open
}

// growFigures makes the repository's stars, forks, watchers and size.
func (g *generator) growFigures() {
	r := g.repo
	stars, size := 0.0, 200.0
	growth := math.Sqrt(float64(len(r.Items))) / 20
	for at := g.start; at <= g.end; at += 7 * 86400 {
		stars += g.Float64() * growth * 2
		size += g.Float64() * float64(len(r.Items)) / 10
		r.Stars = append(r.Stars, Count{at, int(stars)})
		r.Forks = append(r.Forks, Count{at, int(stars / 5)})
		r.Watchers = append(r.Watchers, Count{at, 3 + int(stars/12)})
		r.SizeKB = append(r.SizeKB, Count{at, int(size)})
	}
}
