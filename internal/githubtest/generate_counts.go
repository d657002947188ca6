package githubtest

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// settleCounts makes the totals of comments what the options ask for.
func (g *generator) settleCounts() {
	d := newDice(g.opts.Seed, streamCounts)
	if want := g.opts.Comments; want != 0 {
		g.settleComments(d, max(0, want))
	}
	if want := g.opts.ReviewComments; want != 0 {
		g.settleLineComments(d, max(0, want))
	}
}

func (g *generator) settleComments(d dice, want int) {
	have := 0
	for _, item := range g.repo.Items {
		have += len(item.Comments)
	}
	for surplus := have - want; surplus > 0; {
		item := pick(d, g.repo.Items)
		if n := len(item.Comments); n > 0 {
			i := d.IntN(n)
			item.Comments = slices.Delete(item.Comments, i, i+1)
			surplus--
		}
	}
	for ; have < want && len(g.repo.Items) > 0; have++ {
		item := pick(d, g.repo.Items)
		span := min(20*day, g.end.Sub(item.CreatedAt))
		at := item.CreatedAt.Add(time.Duration(float64(span) * math.Pow(d.Float64(), 3)))
		who := g.team.someone(d, at, contributor)
		if d.chance(0.4) {
			who = g.team.stranger(d, at)
		}
		addComment(item, Comment{Author: who.login, CreatedAt: at, Body: pick(d, remarks)})
	}
}

// addComment puts a comment where it belongs by time.
func addComment(item *Item, c Comment) {
	i, _ := slices.BinarySearchFunc(item.Comments, c.CreatedAt+1, func(c Comment, at Time) int { return cmp.Compare(c.CreatedAt, at) })
	item.Comments = slices.Insert(item.Comments, i, c)
}

// settleLineComments adds comments to reviews, or takes away such as nobody
// replied to.
func (g *generator) settleLineComments(d dice, want int) {
	var pulls []*Item
	have := 0
	for _, item := range g.repo.Items {
		if item.PR != nil {
			pulls = append(pulls, item)
			have += lineComments(item)
		}
	}
	for ; have > want; have-- {
		dropLineComment(d, pulls)
	}
	for ; have < want && len(pulls) > 0; have++ {
		g.addLineComment(d, pick(d, pulls))
	}
}

func lineComments(item *Item) int {
	n := 0
	for i := range item.PR.Reviews {
		n += len(item.PR.Reviews[i].Comments)
	}
	return n
}

// dropLineComment takes away the last comment of some pull request: nobody can
// have replied to it.
func dropLineComment(d dice, pulls []*Item) {
	for {
		reviews := pick(d, pulls).PR.Reviews
		for i := len(reviews) - 1; i >= 0; i-- {
			if n := len(reviews[i].Comments); n > 0 {
				reviews[i].Comments = reviews[i].Comments[:n-1]
				return
			}
		}
	}
}

// addLineComment adds a comment to one of the reviews of a pull request, which
// gets one if it has none.
func (g *generator) addLineComment(d dice, item *Item) {
	pr := item.PR
	if len(pr.Reviews) == 0 {
		at := item.CreatedAt.Add(min(d.about(2*time.Hour, 1), g.end.Sub(item.CreatedAt)))
		g.addReview(d, item, at, 0)
	}
	review := &pr.Reviews[d.IntN(len(pr.Reviews))]
	review.Comments = append(review.Comments, ReviewComment{
		ID: lastLocal(pr) + 1, Path: g.theme.path(d), Position: d.between(1, 80), CreatedAt: review.SubmittedAt, Body: pick(d, lineRemarks),
	})
}

// addReview adds a review with n comments on lines by somebody who is not the author.
func (g *generator) addReview(d dice, item *Item, at Time, n int) {
	pr := item.PR
	who := g.team.someone(d, at, contributor)
	for range 8 {
		if who.login != item.Author {
			break
		}
		who = g.team.someone(d, at, contributor)
	}
	last := lastLocal(pr)
	r := Review{ID: last + 1, Author: who.login, State: "COMMENTED", SubmittedAt: at, AbbrevOID: headAt(pr, at)[:7]}
	for i := range n {
		r.Comments = append(r.Comments, ReviewComment{
			ID: last + 2 + int64(i), Path: g.theme.path(d), Position: d.between(1, 80), CreatedAt: at, Body: pick(d, lineRemarks),
		})
	}
	i, _ := slices.BinarySearchFunc(pr.Reviews, at+1, func(r Review, at Time) int { return cmp.Compare(r.SubmittedAt, at) })
	pr.Reviews = slices.Insert(pr.Reviews, i, r)
}

// headAt gives the head of a pull request at an instant.
func headAt(pr *PR, at Time) string {
	head := pr.HeadOID
	for _, c := range pr.Commits {
		if c.PushedAt <= at {
			head = c.OID
		}
	}
	return head
}

// lastLocal gives the highest number that a review or a comment of the pull
// request has before they get their ids.
func lastLocal(pr *PR) int64 {
	last := int64(0)
	for i := range pr.Reviews {
		last = max(last, pr.Reviews[i].ID)
		for j := range pr.Reviews[i].Comments {
			last = max(last, pr.Reviews[i].Comments[j].ID)
		}
	}
	return last
}
