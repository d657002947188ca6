package exporter

import (
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// present tells whether the first sync found the item.
func (o *oracle) present(it *githubtest.Item) bool {
	return it.CreatedAt <= o.seen && !it.DeletedAt.By(o.seen) && !it.TransferredAt.By(o.seen) && !it.ConvertedAt.By(o.seen)
}

// login gives the account's name, "" for one that is gone.
func (o *oracle) login(name string) string {
	user := o.repo.User(name)
	if user == nil || user.DeletedAt.By(o.seen) {
		return ""
	}
	return user.Login
}

// kind tells bots from humans. A deleted account is a human.
func (o *oracle) kind(name string) string {
	login := o.login(name)
	if login != "" && (o.repo.User(login).Type == "Bot" || strings.HasSuffix(login, "[bot]") || slices.Contains(o.conf.bots, login)) {
		return "bot"
	}
	return "human"
}

// outsider tells whether the account is a human who is not the item's author.
// A deleted account is never the same person as another one.
func (o *oracle) outsider(it *githubtest.Item, name string) bool {
	login := o.login(name)
	return o.kind(name) == "human" && (login == "" || login != o.login(it.Author))
}

// oracleTurn is a change of an item's state.
type oracleTurn struct {
	at     githubtest.Time
	to     githubtest.EventKind // Closed, Reopened or Merged
	reason string
}

// turns gives the changes of the item's state up to the merge. A closed event
// while it is closed is none, nor is the closing that a merge makes: one within
// a minute before it that nobody took back. A reopening always counts.
func (o *oracle) turns(it *githubtest.Item) []oracleTurn {
	merged := o.mergedAt(it)
	var turns []oracleTurn
	closed := false
	for _, e := range it.Events {
		if e.At > o.seen || merged != 0 && e.At > merged {
			continue
		}
		if e.Kind == githubtest.Reopened || e.Kind == githubtest.Closed && !closed {
			turns = append(turns, oracleTurn{e.At, e.Kind, e.Reason})
			closed = e.Kind == githubtest.Closed
		}
	}
	if merged == 0 {
		return turns
	}
	if last := len(turns) - 1; closed && turns[last].at >= merged-60 {
		turns = turns[:last]
	}
	return append(turns, oracleTurn{merged, githubtest.Merged, ""})
}

func (o *oracle) mergedAt(it *githubtest.Item) githubtest.Time {
	for _, e := range it.Events {
		if e.Kind == githubtest.Merged && e.At <= o.seen {
			return e.At
		}
	}
	return 0
}

// moved tells whether an issue had come from another repository, or gone to the
// discussions, by an instant: its closings are not observed from then on.
func (o *oracle) moved(it *githubtest.Item, at githubtest.Time) bool {
	for _, e := range it.Events {
		if (e.Kind == githubtest.Transferred || e.Kind == githubtest.ConvertedToDiscussion) && e.At-60 <= at && e.At <= o.seen {
			return true
		}
	}
	return false
}

// state gives the item's state at the instant.
func (o *oracle) state(it *githubtest.Item) string {
	state := "open"
	for _, turn := range o.turns(it) {
		if turn.at <= o.at {
			state = map[githubtest.EventKind]string{
				githubtest.Closed: "closed", githubtest.Reopened: "open", githubtest.Merged: "merged",
			}[turn.to]
		}
	}
	return state
}

// comments gives those that are there when the first sync reads.
func (o *oracle) comments(it *githubtest.Item) []githubtest.Comment {
	var there []githubtest.Comment
	for _, c := range it.Comments {
		if c.CreatedAt <= o.seen && !c.DeletedAt.By(o.seen) {
			there = append(there, c)
		}
	}
	return there
}

// item states what one issue or pull request adds to the figures.
func (o *oracle) item(it *githubtest.Item) {
	if it.PR == nil {
		o.issue(it)
		o.labeled(it, "issues_labeled", oracleIssueStates)
	} else {
		o.pull(it)
		o.labeled(it, "pull_requests_labeled", oraclePullStates)
	}
}

func (o *oracle) issue(it *githubtest.Item) {
	kind := o.kind(it.Author)
	o.count("issues", 1, "state", o.state(it))
	o.happened(it.CreatedAt, "issues_opened_total", "author_kind", kind)
	for _, turn := range o.turns(it) {
		if turn.to == githubtest.Reopened {
			o.happened(turn.at, "issues_reopened_total", "author_kind", kind)
			continue
		}
		reason := turn.reason
		if !slices.Contains([]string{"completed", "not_planned", "duplicate"}, reason) {
			reason = "unknown"
		}
		o.happened(turn.at, "issues_closed_total", "reason", reason)
	}
	for _, c := range o.comments(it) {
		o.happened(c.CreatedAt, "issue_comments_total", "author_kind", o.kind(c.Author))
	}
	if kind == "bot" {
		return // durations and ages leave it out
	}
	for _, turn := range o.turns(it) {
		if turn.to == githubtest.Closed && !o.moved(it, turn.at) {
			o.spans("issue_close_seconds", it.CreatedAt, turn.at)
		}
	}
	o.spans("issue_first_response_seconds", it.CreatedAt, o.firstResponse(it, it.CreatedAt))
	if o.state(it) == "open" {
		o.opens("issue", "issues", it.CreatedAt)
	}
}

// firstResponse gives the earliest comment or submitted review by a human who is
// not the author, at or after the start.
func (o *oracle) firstResponse(it *githubtest.Item, start githubtest.Time) githubtest.Time {
	var first githubtest.Time
	consider := func(name string, at githubtest.Time) {
		if start != 0 && at >= start && o.outsider(it, name) && (first == 0 || at < first) {
			first = at
		}
	}
	for _, c := range o.comments(it) {
		consider(c.Author, c.CreatedAt)
	}
	for _, r := range o.reviews(it) {
		consider(r.Author, r.SubmittedAt)
	}
	return first
}

// labeled counts the item once under each label that may become a series, and
// once under other if it bears any that may not. A label that any item has
// borne by the instant is there in every state.
func (o *oracle) labeled(it *githubtest.Item, family string, states []string) {
	bears, bore := map[string]bool{}, map[string]bool{}
	for _, name := range o.labelNames(it) {
		shown := o.labelShown(name)
		now, ever := o.bears(it, name)
		bears[shown], bore[shown] = bears[shown] || now, bore[shown] || ever
	}
	for label := range bore {
		for _, state := range states {
			if bore[label] {
				o.count(family, 0, "label", label, "state", state)
			}
		}
		if bears[label] {
			o.count(family, 1, "label", label, "state", o.state(it))
		}
	}
}

// labelNames gives the first names of all labels that have to do with the item.
func (o *oracle) labelNames(it *githubtest.Item) []string {
	names := slices.Clone(it.Labels)
	for _, e := range it.Events {
		if e.Label != "" && e.At <= o.seen {
			names = append(names, e.Label)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// labelShown gives the series of a label: by the name that it has now.
func (o *oracle) labelShown(first string) string {
	name := o.repo.Label(first).NameAt(o.seen)
	for _, prefix := range o.conf.labels {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	return "other"
}

// bears tells whether the item bears the label at the instant, and whether it
// ever has by then. A label that was deleted leaves no event: it is gone from
// the last change of the item that GitHub tells of, and one that was there from
// the creation on and that no event names was never seen.
func (o *oracle) bears(it *githubtest.Item, label string) (now, ever bool) {
	deleted := o.repo.Label(label).DeletedAt.By(o.seen)
	var changes []githubtest.Event
	for _, e := range it.Events {
		if e.Label == label && e.At <= o.seen {
			changes = append(changes, e)
		}
	}
	if slices.Contains(it.Labels, label) && (len(changes) > 0 || !deleted) {
		now, ever = true, changes == nil || changes[0].At > it.CreatedAt
	}
	for i, e := range changes {
		if e.At > o.at {
			break
		}
		now = e.Kind == githubtest.Labeled
		last := i == len(changes)-1
		lasts := last && !(deleted && e.At == o.updated(it)) || !last && changes[i+1].At > e.At
		ever = ever || now && lasts
	}
	if deleted && o.at >= o.updated(it) {
		now = false
	}
	return now, ever
}

// updated gives the last change of the item that GitHub tells of.
func (o *oracle) updated(it *githubtest.Item) githubtest.Time {
	last := it.CreatedAt
	consider := func(at githubtest.Time) {
		if at <= o.seen {
			last = max(last, at)
		}
	}
	for _, e := range it.Events {
		if e.Kind != githubtest.CommentDeleted && e.Kind != githubtest.Mentioned && e.Kind != githubtest.Subscribed {
			consider(e.At)
		}
	}
	for _, c := range it.Comments {
		consider(c.CreatedAt)
	}
	for _, e := range it.Edits {
		consider(e.At)
	}
	for _, at := range it.Touched {
		consider(at)
	}
	for _, r := range o.reviews(it) {
		consider(r.SubmittedAt)
	}
	if it.PR != nil {
		for _, c := range it.PR.Commits {
			consider(c.PushedAt)
			consider(c.RemovedAt)
		}
	}
	return last
}
