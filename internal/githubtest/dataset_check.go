package githubtest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checker holds a dataset's records against what the format promises.
type checker struct {
	repos map[string]int // line by what must be unique over all repositories
	seen  map[string]int // line by what must be unique in the repository
	lines []placed       // of the repository
}

// placed is a record and the line where it stood.
type placed struct {
	line   int
	record any
}

func newChecker() *checker {
	return &checker{repos: map[string]int{}, seen: map[string]int{}}
}

// record checks one record by itself.
func (c *checker) record(rec *record, line int) error {
	value, key, err := rec.identify()
	if err != nil {
		return err
	}
	seen := c.seen
	if rec.Repo != nil {
		clear(c.seen)
		seen = c.repos
	}
	if first, twice := seen[key]; twice {
		return fmt.Errorf("%s again after line %d: remove one of them", key, first)
	}
	seen[key] = line
	c.lines = append(c.lines, placed{line, value})
	return nil
}

// identify checks what a record must have, and gives what it is.
func (rec *record) identify() (value any, key string, err error) {
	switch {
	case rec.Repo != nil:
		v := rec.Repo
		return v, fmt.Sprintf("repo %d", v.ID), require("repo", v.ID > 0, "id", v.Owner != "", "owner", v.Name != "", "name",
			v.DefaultBranch != "", "defaultBranch", v.CreatedAt != 0, "createdAt")
	case rec.User != nil:
		v := rec.User
		return v, "user " + strings.ToLower(v.Login), require("user", v.ID > 0, "id", v.Login != "", "login", v.Type != "", "type")
	case rec.Label != nil:
		v := rec.Label
		return v, "label " + v.Name, require("label", v.ID > 0, "id", v.Name != "", "name")
	case rec.Milestone != nil:
		v := rec.Milestone
		return v, "milestone " + v.Title, require("milestone", v.ID > 0, "id", v.Number > 0, "number", v.Title != "", "title", v.CreatedAt != 0, "createdAt")
	case rec.Item != nil:
		return rec.Item, fmt.Sprintf("item %d", rec.Item.Number), rec.Item.check()
	case rec.Workflow != nil:
		v := rec.Workflow
		return v, fmt.Sprintf("workflow %d", v.ID), require("workflow", v.ID > 0, "id", v.Path != "", "path")
	}
	return rec.identifyGit()
}

func (rec *record) identifyGit() (value any, key string, err error) {
	switch {
	case rec.Commit != nil:
		v := rec.Commit
		return v, "commit " + v.OID, require("commit", isOID(v.OID), "oid")
	case rec.Tag != nil:
		v := rec.Tag
		return v, "tag " + v.Name, require("tag", v.Name != "", "name", isOID(v.OID), "oid", v.At != 0, "at")
	case rec.Release != nil:
		v := rec.Release
		return v, fmt.Sprintf("release %d", v.ID), require("release", v.ID > 0, "id", v.Tag != "", "tag", v.CreatedAt != 0, "createdAt")
	case rec.Deployment != nil:
		v := rec.Deployment
		return v, fmt.Sprintf("deployment %d", v.ID), errors.Join(
			require("deployment", v.ID > 0, "id", isOID(v.OID), "oid", v.Environment != "", "environment", v.CreatedAt != 0, "createdAt"),
			ordered("statuses", v.Statuses, func(s *DeploymentStatus) Time { return s.At }))
	default:
		v := rec.Run
		return v, fmt.Sprintf("run %d", v.ID), errors.Join(
			require("run", v.ID > 0, "id", isOID(v.OID), "oid", v.CreatedAt != 0, "createdAt", len(v.Attempts) > 0, "attempts"),
			ordered("attempts", v.Attempts, func(a *Attempt) Time { return a.StartedAt }))
	}
}

// require takes pairs of whether a key has a usable value and its name.
func require(what string, pairs ...any) error {
	var missing []string
	for i := 0; i < len(pairs); i += 2 {
		if !pairs[i].(bool) {
			missing = append(missing, pairs[i+1].(string))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s without a valid %s: give it one", what, strings.Join(missing, ", "))
}

func isOID(s string) bool {
	if len(s) != 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ordered reports the first entry of a list that is before its predecessor.
func ordered[T any](what string, list []T, at func(*T) Time) error {
	for i := 1; i < len(list); i++ {
		if at(&list[i]) < at(&list[i-1]) {
			return fmt.Errorf("%s[%d] is before %s[%d]: sort %s by time", what, i, what, i-1, what)
		}
	}
	return nil
}

// check holds the item by itself against the format.
func (it *Item) check() error {
	err := cmp.Or(
		require("item", it.Number > 0, "number", it.ID > 0, "id", it.CreatedAt != 0, "createdAt"),
		ordered("comments", it.Comments, func(c *Comment) Time { return c.CreatedAt }),
		ordered("events", it.Events, func(e *Event) Time { return e.At }),
	)
	if err != nil {
		return err
	}
	for i := range it.Comments {
		if c := &it.Comments[i]; c.ID <= 0 || c.CreatedAt == 0 {
			return fmt.Errorf("comments[%d] needs an id and createdAt: give it both", i)
		}
	}
	for i := range it.Events {
		if e := &it.Events[i]; e.ID <= 0 || e.At == 0 || !knownEvents[e.Kind] {
			return fmt.Errorf("events[%d] (%q) needs an id, at, and a kind that GitHub has: correct it", i, e.Kind)
		}
	}
	if it.PR == nil {
		return nil
	}
	return it.PR.check()
}

func (pr *PR) check() error {
	if pr.BaseRef == "" || !isOID(pr.HeadOID) || pr.MergeOID != "" && !isOID(pr.MergeOID) {
		return errors.New("pr needs a baseRef, a headOid of 40 hex digits, and a mergeOid of 40 hex digits or none: correct it")
	}
	for i := range pr.Reviews {
		r := &pr.Reviews[i]
		if !slices.Contains(reviewStates, r.State) || r.ID <= 0 || r.SubmittedAt == 0 {
			return fmt.Errorf("reviews[%d] (%q) needs an id, submittedAt and a state of %s: correct it", i, r.State, strings.Join(reviewStates, ", "))
		}
		for j := range r.Comments {
			if rc := &r.Comments[j]; rc.ID <= 0 || rc.CreatedAt == 0 {
				return fmt.Errorf("reviews[%d].comments[%d] needs an id and createdAt: give it both", i, j)
			}
		}
	}
	return nil
}

var reviewStates = []string{"APPROVED", "CHANGES_REQUESTED", "COMMENTED"}

var knownEvents = map[EventKind]bool{
	Closed: true, Reopened: true, Merged: true, Labeled: true, Unlabeled: true, Assigned: true, Unassigned: true,
	Milestoned: true, Demilestoned: true, Renamed: true, Referenced: true, CrossReferenced: true, Locked: true,
	Unlocked: true, Mentioned: true, Subscribed: true, Transferred: true, ConvertedToDiscussion: true,
	CommentDeleted: true, ReadyForReview: true, ConvertToDraft: true, ReviewRequested: true,
	ReviewRequestRemoved: true, ReviewDismissed: true, HeadRefForcePushed: true, HeadRefDeleted: true,
	HeadRefRestored: true, BaseRefChanged: true, AddedToMergeQueue: true, RemovedFromMergeQueue: true,
	AutoMergeEnabled: true, AutoMergeDisabled: true,
}
