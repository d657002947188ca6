package githubtest

import (
	"slices"
	"testing"
)

// judge holds a generated repository against what is true of every repository.
type judge struct {
	t          *testing.T
	repo       *Repo
	start, end Time
	reachable  map[string]bool // from the default branch
	children   map[string]bool // mainline commits that are not the tip
	problems   int
}

func newJudge(t *testing.T, repo *Repo, start, end Time) *judge {
	return &judge{t: t, repo: repo, start: start, end: end}
}

// must reports what is wrong with an item, but not endlessly.
func (j *judge) must(ok bool, number int, format string, args ...any) {
	if !ok && j.problems < 20 {
		j.problems++
		j.t.Errorf("#%d: "+format, append([]any{number}, args...)...)
	}
}

func (j *judge) everything() {
	j.git()
	j.ids()
	for i, item := range j.repo.Items {
		j.must(item.Number == i+1, item.Number, "is the %dth item", i+1)
		j.must(i == 0 || item.CreatedAt >= j.repo.Items[i-1].CreatedAt, item.Number, "was created before its predecessor")
		j.item(item)
		if item.PR != nil {
			j.pull(item)
		}
	}
	j.deployments()
	j.runs()
}

func (j *judge) item(item *Item) {
	n := item.Number
	j.must(item.CreatedAt > j.start && item.CreatedAt <= j.end, n, "created at %s", item.CreatedAt)
	j.must(item.Title != "", n, "no title")
	for _, c := range item.Comments {
		j.must(c.CreatedAt >= item.CreatedAt && c.CreatedAt <= j.end, n, "comment at %s", c.CreatedAt)
		j.must(c.UpdatedAt == 0 || c.UpdatedAt > c.CreatedAt && c.UpdatedAt <= j.end, n, "comment updated at %s", c.UpdatedAt)
		j.must(c.DeletedAt == 0 || c.DeletedAt > c.CreatedAt && c.DeletedAt <= j.end, n, "comment deleted at %s", c.DeletedAt)
		j.must(c.Body != "" && c.Author != "", n, "empty comment")
	}
	gone := max(item.DeletedAt, item.TransferredAt, item.ConvertedAt)
	j.must(gone == 0 || gone >= item.CreatedAt && gone <= j.end, n, "gone at %s", gone)
	j.history(item)
}

// history holds the order of events against what they mean.
func (j *judge) history(item *Item) {
	n, closed, merged := item.Number, false, false
	labels := map[string]bool{}
	last := item.CreatedAt
	for _, e := range item.Events {
		j.must(e.At >= last && e.At <= j.end, n, "%s at %s, after %s", e.Kind, e.At, last)
		last = e.At
		switch e.Kind {
		case Closed:
			j.must(!closed, n, "closed twice")
			closed = true
		case Reopened:
			j.must(closed && !merged, n, "reopened though not closed, or merged")
			closed = false
		case Merged:
			j.must(!closed && !merged && item.PR != nil, n, "merged though closed, merged or an issue")
			merged = true
		case Labeled:
			j.must(!labels[e.Label], n, "labelled %s twice", e.Label)
			label := j.repo.Label(e.Label)
			j.must(label.CreatedAt <= e.At && (label.DeletedAt == 0 || e.At < label.DeletedAt), n, "label %s does not exist", e.Label)
			labels[e.Label] = true
		case Unlabeled:
			j.must(labels[e.Label], n, "unlabelled %s which it did not have", e.Label)
			labels[e.Label] = false
		}
	}
	j.must(!merged || closed, n, "merged but not closed")
}

func (j *judge) pull(item *Item) {
	j.drafts(item)
	j.commits(item)
	j.reviews(item)
	j.merge(item)
}

func (j *judge) drafts(item *Item) {
	draft := item.PR.Draft
	for _, e := range item.Events {
		switch e.Kind {
		case ReadyForReview:
			j.must(draft, item.Number, "ready though no draft")
			draft = false
		case ConvertToDraft:
			j.must(!draft, item.Number, "a draft twice")
			draft = true
		case Merged:
			j.must(!draft, item.Number, "merged as a draft")
		}
	}
}

// commits holds the commits against the force-pushes and the head.
func (j *judge) commits(item *Item) {
	n, pr := item.Number, item.PR
	pushes := map[Time]string{}
	for _, e := range item.Events {
		if e.Kind == HeadRefForcePushed {
			pushes[e.At] = e.OID
			j.must(e.Before != e.OID && j.repo.Commit(e.Before) != nil && j.repo.Commit(e.OID) != nil, n, "force-push of %s over %s", e.OID, e.Before)
		}
	}
	head := ""
	for _, c := range pr.Commits {
		commit := j.repo.Commit(c.OID)
		j.must(len(commit.Parents) == 1 && j.repo.Commit(commit.Parents[0]) != nil, n, "commit %s has parents %v", c.OID, commit.Parents)
		j.must(c.PushedAt >= item.CreatedAt && c.PushedAt <= j.end, n, "pushed at %s", c.PushedAt)
		if c.RemovedAt != 0 {
			j.must(pushes[c.RemovedAt] != "", n, "a commit was dropped at %s without a force-push", c.RemovedAt)
			continue
		}
		j.must(head == "" || commit.Parents[0] == head, n, "the commits are no chain")
		head = c.OID
	}
	j.must(head == pr.HeadOID && head != "", n, "the head is %s, the last commit %s", pr.HeadOID, head)
	j.must(j.reachable[pr.BaseOID] || pr.BaseRef != j.repo.DefaultBranch, n, "the base %s is not on the default branch", pr.BaseOID)
}

func (j *judge) reviews(item *Item) {
	n := item.Number
	dismissed := map[int64]string{}
	for _, e := range item.Events {
		if e.Kind == ReviewDismissed {
			dismissed[e.Review] = e.State
		}
	}
	began := map[int64]bool{}
	for _, r := range item.PR.Reviews {
		j.must(slices.Contains(reviewStates, r.State), n, "review state %q", r.State)
		j.must(r.SubmittedAt >= item.CreatedAt && r.SubmittedAt <= j.end, n, "review at %s", r.SubmittedAt)
		j.must(r.State == "COMMENTED" || r.Author != item.Author, n, "%s by the author", r.State)
		j.must(len(r.AbbrevOID) == 7, n, "review of %q", r.AbbrevOID)
		if r.DismissedAt != 0 {
			j.must(dismissed[r.ID] == r.State && r.DismissedAt >= r.SubmittedAt, n, "a dismissed review without its event")
			delete(dismissed, r.ID)
		}
		for _, c := range r.Comments {
			j.must(c.CreatedAt >= item.CreatedAt && c.CreatedAt <= r.SubmittedAt, n, "line comment at %s", c.CreatedAt)
			j.must(c.ReplyTo == 0 || began[c.ReplyTo], n, "a reply to %d, which began no thread", c.ReplyTo)
			began[c.ID] = c.ReplyTo == 0
		}
	}
	j.must(len(dismissed) == 0, n, "dismissals of reviews that do not exist: %v", dismissed)
}

// merge holds the merge commit against the event and the default branch.
func (j *judge) merge(item *Item) {
	n, pr := item.Number, item.PR
	i := slices.IndexFunc(item.Events, func(e Event) bool { return e.Kind == Merged })
	if i < 0 {
		j.must(pr.MergeOID == "", n, "a merge commit without a merge")
		return
	}
	e := item.Events[i]
	commit := j.repo.Commit(pr.MergeOID)
	j.must(e.OID == pr.MergeOID && commit != nil, n, "merge commit %s is unknown", e.OID)
	j.must(item.Events[i+1].Kind == Closed && item.Events[i+1].At == e.At, n, "the merge does not close it")
	if pr.BaseRef != j.repo.DefaultBranch {
		j.must(!j.reachable[pr.MergeOID] && commit.LandedAt == 0, n, "a backport landed on the default branch")
		return
	}
	j.must(j.reachable[pr.MergeOID] && commit.LandedAt == e.At && commit.Mainline, n, "the merge commit is not on the default branch")
	j.must(len(commit.Parents) == 1 || commit.Parents[1] == pr.HeadOID, n, "the merge commit does not merge the head")
	j.closes(item, e.At)
}

func (j *judge) closes(item *Item, at Time) {
	for _, number := range item.Closes {
		issue := j.repo.Item(number)
		j.must(issue.PR == nil && number < item.Number, item.Number, "closes #%d", number)
		closed := slices.ContainsFunc(issue.Events, func(e Event) bool { return e.Kind == Closed && e.At == at+1 })
		j.must(closed || at == j.end, number, "is not closed by the merge of #%d", item.Number)
	}
}
