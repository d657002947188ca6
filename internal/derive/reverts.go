package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// reverted counts the merged pull requests of a repository that a later merged
// one reverts, by number or by merge commit, each once and at the revert's merge.
func (e *evaluation) reverted(state *model.State) {
	reverts := e.reverts
	e.reverts = e.reverts[:0]
	if len(reverts) == 0 {
		return
	}
	for target := range revertedBy(state, reverts) {
		e.slots[e.layout.slot(PullsReverted, 0, authorSub(target.AuthorBot))].add(nil, 0)
	}
}

// revertedBy gives the pull requests that are reverted, each with the first
// revert of it.
func revertedBy(state *model.State, reverts []*model.Facts) map[*model.Facts]*model.Facts {
	first := map[*model.Facts]*model.Facts{}
	for _, r := range reversionsOf(state, reverts) {
		if known := first[r.target]; known == nil || r.revert.Merged < known.Merged {
			first[r.target] = r.revert
		}
	}
	return first
}

// reversion is a merged pull request that undoes another.
type reversion struct{ revert, target *model.Facts }

// reversionsOf gives what reverts undo. A pair may be listed twice.
func reversionsOf(state *model.State, reverts []*model.Facts) []reversion {
	r := reversions{state: state, byCommit: map[commitPrefix][]commitMention{}}
	for _, revert := range reverts {
		for _, m := range revert.Reverts() {
			if m.OID != "" {
				r.nameCommit(revert, m.OID)
			} else if here(state, m.Item) {
				r.nameNumber(revert, m.Item.Number)
			}
		}
	}
	r.findCommits()
	return r.found
}

// reversions collects what the reverts of a repository undo.
type reversions struct {
	state    *model.State
	found    []reversion
	byCommit map[commitPrefix][]commitMention
}

// here reports whether a reference is to the repository itself.
func here(state *model.State, ref model.ItemRef) bool {
	repo := &state.Repository
	return ref.Repo == "" || strings.EqualFold(ref.Repo, repo.Name) && strings.EqualFold(ref.Owner, repo.Owner)
}

func (r *reversions) nameNumber(revert *model.Facts, number int) {
	if target := itemOf(r.state, number); target != nil && undoes(revert, target) {
		r.add(revert, target)
	}
}

// itemOf gives an item by its number, nil if there is none.
func itemOf(state *model.State, number int) *model.Facts {
	at, found := slices.BinarySearchFunc(state.Items, number, func(f *model.Facts, n int) int {
		return cmp.Compare(int(f.Number), n)
	})
	if !found {
		return nil
	}
	return state.Items[at]
}

// undoes reports whether a revert can undo a pull request: one that was merged before.
func undoes(revert, target *model.Facts) bool {
	return target != revert && target.Kind == model.PullRequest && target.Merged != 0 && target.Merged <= revert.Merged
}

func (r *reversions) add(revert, target *model.Facts) {
	r.found = append(r.found, reversion{revert, target})
}

// shortest is the length of Git's shortest abbreviation of a commit's name.
const shortest = 7

type commitPrefix [shortest]byte

// commitMention is a commit that a revert names, whole or abbreviated.
type commitMention struct {
	revert *model.Facts
	name   string
	target *model.Facts // the one pull request that it names as yet
	twice  bool         // it names several, and so none
}

func (r *reversions) nameCommit(revert *model.Facts, name string) {
	if len(name) >= shortest {
		name = strings.ToLower(name)
		p := commitPrefix([]byte(name[:shortest]))
		r.byCommit[p] = append(r.byCommit[p], commitMention{revert: revert, name: name})
	}
}

// findCommits finds the pull requests whose merge commits were named. What was
// merged after the revert cannot make its abbreviation ambiguous.
func (r *reversions) findCommits() {
	if len(r.byCommit) == 0 {
		return
	}
	for _, item := range r.state.Items {
		if len(item.MergeOID) < shortest {
			continue
		}
		mentions := r.byCommit[commitPrefix([]byte(item.MergeOID[:shortest]))]
		for i := range mentions {
			m := &mentions[i]
			if undoes(m.revert, item) && strings.HasPrefix(item.MergeOID, m.name) {
				m.twice, m.target = m.twice || m.target != nil, item
			}
		}
	}
	for _, mentions := range r.byCommit {
		for _, m := range mentions {
			if m.target != nil && !m.twice {
				r.add(m.revert, m.target)
			}
		}
	}
}
