package githubtest

import (
	"hash/fnv"
	"math"
	"slices"
)

// idSpace is how GitHub numbers one kind of object: with everybody's, so that
// ids grow with time by about so many a second.
type idSpace int

const (
	idRepo idSpace = iota
	idUser
	idIssue
	idPull
	idComment
	idReview
	idLineComment
	idEvent
	idLabel
	idMilestone
	idRelease
	idDeployment
	idStatus
	idWorkflow
	idRun
	idSuite
	idJob
)

// idsPerSecond gives ids of the size that GitHub's have. Pull requests still
// fit into 31 bits, issues and most others do not.
var idsPerSecond = map[idSpace]float64{
	idRepo: 1.5, idUser: 0.35, idIssue: 5, idPull: 3.2, idComment: 5.3, idReview: 4.6, idLineComment: 3.6, idEvent: 28,
	idLabel: 14, idMilestone: 0.02, idRelease: 0.3, idDeployment: 4.5, idStatus: 20, idWorkflow: 0.25, idRun: 25, idSuite: 60, idJob: 75,
}

// gitHubsBirth is when the ids began.
const gitHubsBirth Time = 1202428800

// idStep keeps the ids of two repositories apart, most often: each has its own
// remainder.
const idStep = 97

// unnumbered is an object that waits for its id.
type unnumbered struct {
	at    Time
	id    *int64
	space idSpace
}

// numberer gives ids.
type numberer struct {
	list      []unnumbered
	remainder int64
	links     []idLink
	local     map[int64]*int64
}

// idLink is a reference to an object by an id that it has not got yet.
type idLink struct{ from, to *int64 }

// assignIDs gives an id to everything, growing with time.
func (g *generator) assignIDs() {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(g.opts.Owner + "/" + g.opts.Name)) // never fails
	n := &numberer{remainder: int64((hash.Sum64() ^ g.opts.Seed) % idStep), local: map[int64]*int64{}}
	r := g.repo
	n.list = make([]unnumbered, 0, r.objects())
	n.add(idRepo, r.CreatedAt-3600, &r.ID)
	n.add(idUser, r.CreatedAt-86400*400, &r.OwnerID)
	for _, user := range r.Users {
		n.add(idUser, r.CreatedAt-Time(g.IntN(86400*2500)), &user.ID)
	}
	for _, label := range r.Labels {
		n.add(idLabel, max(label.CreatedAt, r.CreatedAt), &label.ID)
	}
	for _, m := range r.Milestones {
		n.add(idMilestone, m.CreatedAt, &m.ID)
	}
	for _, item := range r.Items {
		n.item(item)
	}
	for _, release := range r.Releases {
		n.add(idRelease, release.PublishedAt, &release.ID)
	}
	n.deployments(r)
	n.runs(r)
	n.assign()
}

// objects gives about how many objects there are.
func (r *Repo) objects() int {
	n := len(r.Users) + len(r.Labels) + len(r.Milestones) + len(r.Releases) + 7*len(r.Deployments) + 7*len(r.Runs) + 10
	for _, item := range r.Items {
		n += 2 + len(item.Comments) + len(item.Events)
		if item.PR != nil {
			n += len(item.PR.Reviews) + lineComments(item)
		}
	}
	return n
}

func (n *numberer) add(space idSpace, at Time, id *int64) {
	n.list = append(n.list, unnumbered{at, id, space})
}

func (n *numberer) item(item *Item) {
	if item.PR != nil {
		n.add(idPull, item.CreatedAt, &item.ID)
		n.add(idIssue, item.CreatedAt, &item.PR.IssueID)
		n.reviews(item.PR.Reviews)
	} else {
		n.add(idIssue, item.CreatedAt, &item.ID)
	}
	for i := range item.Comments {
		n.add(idComment, item.Comments[i].CreatedAt, &item.Comments[i].ID)
	}
	for i := range item.Events {
		e := &item.Events[i]
		n.add(idEvent, e.At, &e.ID)
		if e.Review != 0 {
			n.links = append(n.links, idLink{&e.Review, n.local[e.Review]})
		}
	}
}

// reviews numbers reviews and their comments; up to now they had numbers of
// their own within the pull request.
func (n *numberer) reviews(reviews []Review) {
	clear(n.local)
	for i := range reviews {
		review := &reviews[i]
		n.add(idReview, review.SubmittedAt, &review.ID)
		n.local[review.ID] = &review.ID
		for j := range review.Comments {
			c := &review.Comments[j]
			n.add(idLineComment, c.CreatedAt, &c.ID)
			n.local[c.ID] = &c.ID
			if c.ReplyTo != 0 {
				n.links = append(n.links, idLink{&c.ReplyTo, n.local[c.ReplyTo]})
			}
		}
	}
}

func (n *numberer) deployments(r *Repo) {
	for _, d := range r.Deployments {
		n.add(idDeployment, d.CreatedAt, &d.ID)
		for i := range d.Statuses {
			n.add(idStatus, d.Statuses[i].At, &d.Statuses[i].ID)
		}
	}
}

func (n *numberer) runs(r *Repo) {
	for i, w := range r.Workflows {
		for _, run := range r.Runs {
			if run.Workflow == int64(i+1) {
				n.links = append(n.links, idLink{&run.Workflow, &w.ID})
			}
		}
		n.add(idWorkflow, w.CreatedAt, &w.ID)
	}
	for _, run := range r.Runs {
		n.add(idRun, run.CreatedAt, &run.ID)
		n.add(idSuite, run.CreatedAt, &run.CheckSuite)
		for i := range run.Attempts {
			for j := range run.Attempts[i].Jobs {
				n.add(idJob, run.Attempts[i].Jobs[j].CreatedAt, &run.Attempts[i].Jobs[j].ID)
			}
		}
	}
}

// assign goes through everything by time.
func (n *numberer) assign() {
	slices.SortStableFunc(n.list, func(a, b unnumbered) int { return int(a.at - b.at) })
	var last [idJob + 1]int64
	for _, u := range n.list {
		id := int64(math.Max(0, float64(u.at-gitHubsBirth)) * idsPerSecond[u.space])
		id += idStep - id%idStep + n.remainder
		if id <= last[u.space] {
			id = last[u.space] + idStep
		}
		last[u.space], *u.id = id, id
	}
	for _, link := range n.links {
		*link.from = *link.to
	}
}
