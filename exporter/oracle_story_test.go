package exporter

import (
	"fmt"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// story is a repository whose life is written by hand, to hold one corner of
// the definitions. Its people are ann, bob and cid; robo[bot] is GitHub's bot,
// tally one of the configuration's list; gone and lost are deleted in the end.
type story struct {
	*githubtest.Repo
	id int64
}

// h gives the instant so many hours after the beginning.
func h(hours int) githubtest.Time { return day0 + githubtest.Time(hours)*3600 }

// storyEnd is when the stories are read.
var storyEnd = h(240)

func newStory(name string, number int) *story {
	s := &story{id: int64(number) * 1e6, Repo: &githubtest.Repo{
		ID: int64(number), Owner: "acme", Name: name, DefaultBranch: "main", CreatedAt: day0 - 86400,
	}}
	for i, login := range []string{"ann", "bob", "cid", "robo[bot]", "tally", "gone", "lost"} {
		user := &githubtest.User{ID: int64(i + 1), Login: login, Type: "User"}
		switch login {
		case "robo[bot]":
			user.Type = "Bot"
		case "gone", "lost":
			user.DeletedAt = h(200)
		}
		s.Users = append(s.Users, user)
	}
	for _, name := range []string{"kind/bug", "kind/old", "bug", "wontfix", "kind/\"odd\" ü\\", "incident", "severity/1", "severity/2", "hotfix", "not-caused-by-change"} {
		s.Labels = append(s.Labels, &githubtest.Label{ID: s.next(), Name: name, Color: "ededed"})
	}
	return s
}

func (s *story) next() int64 { s.id++; return s.id }

// oid makes a commit id.
func (s *story) oid() string { return fmt.Sprintf("%040x", 0xabcdef0000000000+uint64(s.next())) }

// storyItem is an issue or a pull request of a story.
type storyItem struct {
	*githubtest.Item
	story *story
}

func (s *story) issue(author string, at githubtest.Time) *storyItem {
	it := &githubtest.Item{Number: len(s.Items) + 1, ID: s.next(), Author: author, CreatedAt: at}
	s.Items = append(s.Items, it)
	return &storyItem{it, s}
}

// pull opens a pull request of ten lines with one commit.
func (s *story) pull(author string, at githubtest.Time) *storyItem {
	it := s.issue(author, at)
	it.PR = &githubtest.PR{IssueID: s.next(), BaseRef: "main", HeadRef: "topic", HeadRepo: "acme/" + s.Name, Additions: 7, Deletions: 3}
	it.commit(at-60, at)
	return it
}

func (s *story) draft(author string, at githubtest.Time) *storyItem {
	it := s.pull(author, at)
	it.PR.Draft = true
	return it
}

// commit adds a commit that was made at an instant and pushed at another.
func (it *storyItem) commit(made, pushed githubtest.Time) *githubtest.Commit {
	c := &githubtest.Commit{
		OID: it.story.oid(), Author: githubtest.Signature{Login: it.Author, At: made},
		Committer: githubtest.Signature{Login: it.Author, At: made}, Additions: 1,
	}
	it.story.Commits = append(it.story.Commits, c)
	it.PR.Commits = append(it.PR.Commits, githubtest.PRCommit{OID: c.OID, PushedAt: pushed})
	it.PR.HeadOID = c.OID
	return c
}

// forcePush replaces all commits by one.
func (it *storyItem) forcePush(at githubtest.Time) *storyItem {
	for i := range it.PR.Commits {
		if it.PR.Commits[i].RemovedAt == 0 {
			it.PR.Commits[i].RemovedAt = at
		}
	}
	it.commit(day0, at)
	return it.happens(at, githubtest.Event{Kind: githubtest.HeadRefForcePushed, OID: it.PR.HeadOID})
}

func (it *storyItem) happens(at githubtest.Time, e githubtest.Event) *storyItem {
	e.ID, e.At, e.Actor = it.story.next(), at, "ann"
	it.Events = append(it.Events, e)
	return it
}

func (it *storyItem) on(at githubtest.Time, kinds ...githubtest.EventKind) *storyItem {
	for _, kind := range kinds {
		it.happens(at, githubtest.Event{Kind: kind})
	}
	return it
}

func (it *storyItem) closed(at githubtest.Time, reason string) *storyItem {
	return it.happens(at, githubtest.Event{Kind: githubtest.Closed, Reason: reason})
}

func (it *storyItem) labeled(at githubtest.Time, label string) *storyItem {
	return it.happens(at, githubtest.Event{Kind: githubtest.Labeled, Label: label})
}

func (it *storyItem) unlabeled(at githubtest.Time, label string) *storyItem {
	return it.happens(at, githubtest.Event{Kind: githubtest.Unlabeled, Label: label})
}

// merged merges the pull request as GitHub does: it is closed in the same second.
func (it *storyItem) merged(at githubtest.Time) *storyItem {
	return it.mergedAlone(at).on(at, githubtest.Closed)
}

func (it *storyItem) mergedAlone(at githubtest.Time) *storyItem {
	c := &githubtest.Commit{OID: it.story.oid(), Committer: githubtest.Signature{At: at}, LandedAt: at, Mainline: true}
	it.story.Commits = append(it.story.Commits, c)
	it.PR.MergeOID = c.OID
	return it.happens(at, githubtest.Event{Kind: githubtest.Merged, OID: c.OID})
}

// mergeMessage gives the merge commit a message.
func (it *storyItem) mergeMessage(text string) *storyItem {
	it.story.Commits[len(it.story.Commits)-1].Body = text
	return it
}

// says sets the item's text.
func (it *storyItem) says(text string) *storyItem {
	it.Body = text
	return it
}

func (it *storyItem) comment(at githubtest.Time, who string) *storyItem {
	it.Comments = append(it.Comments, githubtest.Comment{ID: it.story.next(), Author: who, CreatedAt: at, Body: "hm"})
	return it
}

// review submits a review that begins so many threads.
func (it *storyItem) review(at githubtest.Time, who, state string, threads int) *storyItem {
	r := githubtest.Review{ID: it.story.next(), Author: who, State: state, SubmittedAt: at}
	for range threads {
		r.Comments = append(r.Comments, githubtest.ReviewComment{ID: it.story.next(), CreatedAt: at - 5, Body: "why?"})
	}
	it.PR.Reviews = append(it.PR.Reviews, r)
	return it
}

// reply submits a review that has nothing but an answer in the first thread.
func (it *storyItem) reply(at githubtest.Time, who string) *storyItem {
	it.review(at, who, "COMMENTED", 1)
	it.PR.Reviews[len(it.PR.Reviews)-1].Comments[0].ReplyTo = it.PR.Reviews[0].Comments[0].ID
	return it
}

// dismissed takes the last review back.
func (it *storyItem) dismissed(at githubtest.Time) *storyItem {
	r := &it.PR.Reviews[len(it.PR.Reviews)-1]
	r.DismissedAt = at
	return it.happens(at, githubtest.Event{Kind: githubtest.ReviewDismissed, Review: r.ID, State: r.State})
}

// instants gives every second in which something happens in the story, a few of
// them where they are many, and its end.
func (s *story) instants() []githubtest.Time {
	at := []githubtest.Time{storyEnd}
	for _, it := range s.Items {
		at = append(at, it.CreatedAt)
		for _, e := range it.Events {
			at = append(at, e.At)
		}
		for _, c := range it.Comments {
			at = append(at, c.CreatedAt)
		}
		if it.PR != nil {
			for _, r := range it.PR.Reviews {
				at = append(at, r.SubmittedAt)
			}
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	few := []githubtest.Time{storyEnd}
	for i := 0; i < len(at); i += 1 + len(at)/20 {
		few = append(few, at[i])
	}
	return few
}
