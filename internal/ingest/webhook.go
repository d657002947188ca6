package ingest

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// hint is what a delivery makes due for a repository.
type hint struct {
	probe  bool
	duties [duties]bool
}

// eventDuties are the duties that read what events tell of. An event without
// any concerns the repository itself.
var eventDuties = map[string][]duty{
	"issues": {dutyItems}, "issue_comment": {dutyItems, dutyComments},
	"pull_request": {dutyItems}, "pull_request_review": {dutyItems, dutyReviews},
	"pull_request_review_comment": {dutyItems, dutyReviews}, "pull_request_review_thread": {dutyItems},
	"merge_group": {dutyItems}, "label": {dutySweep}, "milestone": {dutyMilestones},
	"push": {dutyBranch, dutyTags}, "create": {dutyTags}, "delete": {dutyTags},
	"release": {dutyReleases, dutyTags}, "deployment": {dutyDeployments}, "deployment_status": {dutyDeployments},
	"workflow_run": {dutyRuns},
	"repository":   {}, "public": {}, "star": {}, "fork": {}, "installation": {}, "installation_repositories": {},
}

// probedDuties are those that look at the last probe, so that a new one comes
// before them.
var probedDuties = []duty{dutyItems, dutyDeployments, dutyReleases, dutyBranch}

// Hint takes in what a webhook told, and reports whether anything is read
// sooner because of it. It asks GitHub nothing and waits for nothing.
func (in *Ingest) Hint(d github.Delivery) bool {
	wanted, known := eventDuties[d.Event]
	if !known {
		return false
	}
	in.mu.Lock()
	repos, targets := in.meant(&d)
	in.mu.Unlock()
	any := in.hints.seek(targets)
	for _, r := range repos {
		if h := r.hintOf(&d, wanted); h != (hint{}) {
			r.doubt(&d)
			in.hints.put(r.id, h)
			any = true
		}
	}
	return any
}

// meant gives the repositories that a delivery is about, and the targets to be
// looked up because of it. The caller holds mu.
func (in *Ingest) meant(d *github.Delivery) (repos []*repository, targets []string) {
	if strings.HasPrefix(d.Event, "installation") { // other events of an App name its installation too
		return in.installed(key(d.Account))
	}
	if r := in.repos[d.Repository.ID]; r != nil {
		return []*repository{r}, nil
	}
	if d.Event != "repository" && d.Event != "public" { // it may be one that the token cannot read
		return nil, nil
	}
	full := key(d.Repository.FullName)
	for _, t := range in.targets {
		if slices.ContainsFunc(t.entries, func(e entry) bool { return e.matches(full) }) {
			targets = append(targets, t.key)
		}
	}
	return nil, targets
}

// installed gives what an App's installation on an account may have opened:
// what could not be read of it, and what was not found.
func (in *Ingest) installed(account string) (repos []*repository, targets []string) {
	for _, r := range in.repos {
		if absent, _, _ := r.standing(); absent && key(r.model().Owner) == account {
			repos = append(repos, r)
		}
	}
	for k, t := range in.targets {
		if owner, _ := t.owner(); owner == account {
			targets = append(targets, k)
		}
	}
	return repos, targets
}

// hintOf gives what an event makes due for the repository. A first sync reads
// everything anyway.
func (r *repository) hintOf(d *github.Delivery, wanted []duty) (h hint) {
	if len(wanted) == 0 {
		return hint{probe: true}
	}
	if absent, _, _ := r.standing(); absent || !r.isComplete() {
		return h // that something happens there does not mean that it can be read again
	}
	needs := r.needed()
	for _, due := range wanted {
		stream, history := historyDuties[due]
		if r.concerns(d, due) && (!history || needs.has(stream)) {
			h.duties[due] = true
			h.probe = h.probe || slices.Contains(probedDuties, due)
		}
	}
	h.duties[dutyQueues] = doubtOf(d) != doubt{}
	return h
}

// concerns reports whether an event says anything of what a duty reads.
func (r *repository) concerns(d *github.Delivery, due duty) bool {
	branch := r.model().DefaultBranch
	switch {
	case due == dutyTags && d.Event != "release":
		return strings.HasPrefix(d.Ref, "refs/tags/")
	case due == dutyBranch:
		return d.Ref == "refs/heads/"+branch
	case due == dutyRuns:
		return d.Branch == branch || d.Branch == ""
	case due == dutySweep: // nothing bears a label that is new
		return d.Action != "created"
	case due == dutyComments: // one that is new moves its item, one that is gone is not listed
		return d.Action == "edited"
	}
	return true
}

// hintBox holds hints until the scheduler takes them: at most one for each
// repository and for each target.
type hintBox struct {
	came chan struct{}

	mu     sync.Mutex // guards what follows
	repos  map[int64]hint
	sought map[string]bool
}

func newHintBox() *hintBox {
	return &hintBox{came: make(chan struct{}, 1), repos: map[int64]hint{}, sought: map[string]bool{}}
}

func (b *hintBox) put(repo int64, h hint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.repos[repo] = b.repos[repo].with(h)
	b.ring()
}

func (b *hintBox) seek(targets []string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range targets {
		b.sought[k] = true
		b.ring()
	}
	return len(targets) > 0
}

func (b *hintBox) ring() {
	select {
	case b.came <- struct{}{}:
	default: // it will look anyway
	}
}

// take empties the box.
func (b *hintBox) take() (repos map[int64]hint, sought map[string]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	repos, sought = maps.Clone(b.repos), maps.Clone(b.sought)
	clear(b.repos)
	clear(b.sought)
	return repos, sought
}

// with joins two hints.
func (h hint) with(other hint) hint {
	h.probe = h.probe || other.probe
	for d := range h.duties {
		h.duties[d] = h.duties[d] || other.duties[d]
	}
	return h
}
