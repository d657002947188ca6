package github

import (
	"context"
	"crypto/sha1" //nolint:gosec // Git's names
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// HistoryPage is a page of what a commit descends from, itself first.
type HistoryPage struct {
	PageInfo
	// Head is where the history begins: the head of the default branch at this
	// moment, or the commit that was asked for; "" where the branch is empty.
	Head    string
	Commits []model.BranchCommit
	Dropped map[string]int
}

type rawHistory struct {
	TypeName string                 `json:"__typename"`
	OID      string                 `json:"oid"`
	History  *list[rawHistoryEntry] `json:"history"`
	Parents  *list[rawParent]       `json:"parents"`
}

type rawHistoryEntry struct {
	OID           string           `json:"oid"`
	CommittedDate string           `json:"committedDate"`
	Parents       *list[rawParent] `json:"parents"`
}

type rawParent struct {
	OID string `json:"oid"`
}

// rawBranch is a repository with the history that was asked for.
type rawBranch struct {
	Repository *struct {
		DatabaseID int64 `json:"databaseId"`
		Branch     *struct {
			Target *rawHistory `json:"target"`
		} `json:"defaultBranchRef"`
		Object *rawHistory `json:"object"`
	} `json:"node"`
}

// octopus is a commit with more parents than its page shows.
type octopus struct {
	commit int // its place in the page
	after  string
}

// errNoCommit says that a repository does not have a commit, which says nothing
// of the repository.
var errNoCommit = errors.New("no such commit")

// History reads a page of the history of a commit, or of the default branch's
// head where from is "". The branch may move between two pages: go on from the
// Head of the first one. A commit that GitHub does not have is ErrNotFound.
func (c *Client) History(ctx context.Context, repo model.Repository, from, after string) (page HistoryPage, err error) {
	if from != "" && !wholeOID(from) {
		return HistoryPage{}, unknownCommit(repo, from)
	}
	var more []octopus
	known := true
	err = shrink(SweepPageSize, func(first int) error {
		what := historyCall(repo, from)
		variables := map[string]any{"repo": repo.NodeID, "first": first, "after": nullable(after)}
		if from != "" {
			variables["oid"] = from
		}
		return c.query(ctx, what, document(what.query), variables, func(r *reply) (err error) {
			page, more, err = readHistory(r, repo, from, after)
			if known = !errors.Is(err, errNoCommit); !known {
				return nil
			}
			return err
		})
	})
	if !known {
		return HistoryPage{}, unknownCommit(repo, from)
	}
	for _, o := range more {
		if err == nil {
			err = c.restOfParents(ctx, repo, &page.Commits[o.commit], o.after)
		}
	}
	if err != nil {
		return HistoryPage{}, err
	}
	return page, nil
}

// wholeOID reports whether a text is the whole name of a commit: GraphQL takes
// no other.
func wholeOID(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && (len(raw) == sha1.Size || len(raw) == sha256.Size)
}

func historyCall(repo model.Repository, from string) *call {
	what := graphQLCall("BranchHistory", "history of "+repo.FullName()).of(repo)
	if from != "" {
		what = graphQLCall("CommitHistory", fmt.Sprintf("history of %s@%s", repo.FullName(), from)).of(repo)
	}
	what.divisible = true
	return what
}

func unknownCommit(repo model.Repository, oid string) error {
	e := failure(reasonNotFound, errNoCommit.Error())
	e.Op = historyCall(repo, oid).op
	return e
}

// readHistory reads a page. It is whole or an error: a commit that is missing
// from it would be missing for good.
func readHistory(r *reply, repo model.Repository, from, after string) (page HistoryPage, more []octopus, err error) {
	drop := func(reason string) { page.Dropped = dropOne(page.Dropped, reason) }
	object, e := readObject(r, repo, from)
	switch {
	case e != nil:
		return HistoryPage{}, nil, e
	case object == nil && from == "": // an empty repository
		page.ServerTime = r.serverTime
		return page, nil, nil
	case object == nil || object.TypeName != "Commit":
		return HistoryPage{}, nil, errNoCommit
	case object.History == nil || object.OID == "":
		return HistoryPage{}, nil, failure(reasonPartial, "a commit without its history")
	}
	page.Head = object.OID
	if page.PageInfo, e = info(object.History, after, r); e != nil {
		return HistoryPage{}, nil, e
	}
	for i, raw := range object.History.Nodes {
		commit, after, e := raw.commit(drop)
		if e != nil {
			return HistoryPage{}, nil, e
		}
		page.Commits = append(page.Commits, commit)
		if after != "" {
			more = append(more, octopus{i, after})
		}
	}
	return page, more, nil
}

// readObject reads what a name, or the default branch, stands for; nil for
// nothing.
func readObject(r *reply, repo model.Repository, from string) (*rawHistory, *Error) {
	var data rawBranch
	if e := r.fails(func(string) {}); e != nil {
		return nil, e
	}
	if e := r.decode(&data); e != nil {
		return nil, e
	}
	if data.Repository == nil {
		return nil, noRepository()
	}
	object := data.Repository.Object
	if branch := data.Repository.Branch; from == "" && branch != nil {
		object = branch.Target
		if object == nil {
			return nil, failure(reasonPartial, "a branch without its head")
		}
	}
	return object, sameRepository(data.Repository.DatabaseID, repo)
}

// commit turns an entry of a history into a record, and says where its parents
// go on; "" where they do not.
func (raw *rawHistoryEntry) commit(drop func(string)) (commit model.BranchCommit, after string, e *Error) {
	if raw.OID == "" || raw.Parents == nil {
		return commit, "", failure(reasonPartial, "a commit without its name or parents")
	}
	commit.OID, commit.CommittedAt = raw.OID, dated(raw.CommittedDate, drop)
	after, e = addParents(&commit, raw.Parents, "")
	return commit, after, e
}

// addParents takes a page of parents.
func addParents(commit *model.BranchCommit, parents *list[rawParent], after string) (next string, e *Error) {
	for _, parent := range parents.Nodes {
		if parent == nil || parent.OID == "" {
			return "", failure(reasonPartial, "a null among a commit's parents")
		}
		commit.Parents = append(commit.Parents, parent.OID)
	}
	if !parents.PageInfo.HasNextPage {
		return "", nil
	}
	if next = parents.PageInfo.EndCursor; next == "" || next == after {
		return "", failure(reasonMalformed, "parents that lead nowhere")
	}
	return next, nil
}

// restOfParents reads what of a commit's parents its page did not show.
func (c *Client) restOfParents(ctx context.Context, repo model.Repository, commit *model.BranchCommit, after string) error {
	for after != "" {
		what := graphQLCall("CommitParents", fmt.Sprintf("parents of %s@%s", repo.FullName(), commit.OID)).of(repo)
		variables := map[string]any{"repo": repo.NodeID, "oid": commit.OID, "first": SweepPageSize, "after": after}
		err := c.query(ctx, what, document(what.query), variables, func(r *reply) error {
			object, e := readObject(r, repo, commit.OID)
			switch {
			case e != nil:
				return e
			case object == nil || object.Parents == nil:
				return failure(reasonPartial, "a commit without its parents")
			}
			if after, e = addParents(commit, object.Parents, after); e != nil {
				return e
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
