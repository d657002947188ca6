package github

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v92/github"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// lastPage is where a listing begins anew: GitHub refuses pages behind the
	// 40,000th row or so (https://github.com/singer-io/tap-github/issues/61).
	lastPage = 300
	// smallCommentPage is what large comments need to be answered in time.
	smallCommentPage = 50
)

// ReviewComments reads a page of comments on lines of pull requests. Where
// GitHub refuses to go on at URL, it begins anew at Since.
func (c *Client) ReviewComments(ctx context.Context, req CommentsRequest) (CommentsPage, error) {
	sub := "pulls/comments"
	if req.Pull != 0 {
		sub = fmt.Sprintf("pulls/%d/comments", req.Pull)
	}
	return c.listComments(ctx, sub, req, func(ctx context.Context, tok *token, address string, page *CommentsPage) error {
		var rows []*github.PullRequestComment
		return getRows(ctx, tok, address, req.etag(address, tok), page, &rows, func(row *github.PullRequestComment) error {
			return page.addReview(row)
		})
	})
}

// IssueComments reads a page of comments on issues and pull requests. Where
// GitHub refuses to go on at URL, it begins anew at Since.
func (c *Client) IssueComments(ctx context.Context, req CommentsRequest) (CommentsPage, error) {
	rd := c.reader(req.Repo)
	return c.listComments(ctx, "issues/comments", req, func(ctx context.Context, tok *token, address string, page *CommentsPage) error {
		var rows []*github.IssueComment
		return getRows(ctx, tok, address, req.etag(address, tok), page, &rows, func(row *github.IssueComment) error {
			return page.addIssue(rd, row)
		})
	})
}

// etag gives the ETag of the stored answer to an address. Another address has
// none, even where its answer should be the same, nor has another identity.
func (req CommentsRequest) etag(address string, tok *token) string {
	if address != req.URL || req.Identity != "" && req.Identity != tok.owner() {
		return ""
	}
	return req.ETag
}

// commentLister asks for one address and fills in the page.
type commentLister func(ctx context.Context, tok *token, address string, page *CommentsPage) error

// listComments asks for a page, by smaller pages where one of full size is too
// heavy, and from Since where GitHub does not go on at the address.
func (c *Client) listComments(ctx context.Context, sub string, req CommentsRequest, list commentLister) (CommentsPage, error) {
	address := req.URL
	if address == "" {
		address = c.commentsURL(sub, req.Repo, req.Since, CommentPageSize)
	}
	page, err := c.commentsAt(ctx, sub, address, req.Repo, list)
	c.served(address, err)
	if c.onlyNames(ctx, req.Repo, address, err) {
		address = c.renamed(address, req.Repo)
		page, err = c.commentsAt(ctx, sub, address, req.Repo, list)
	}
	if big := perPage(address) > smallCommentPage; big && failedServer(err) || req.URL != "" && errors.Is(err, ErrWindow) {
		size := CommentPageSize
		if failedServer(err) {
			size = smallCommentPage
		}
		page, err = c.commentsAt(ctx, sub, c.commentsURL(sub, req.Repo, req.Since, size), req.Repo, list)
	}
	if err == nil {
		c.renew(sub, req, &page)
	}
	return page, err
}

func (c *Client) commentsAt(ctx context.Context, sub, address string, repo model.Repository, list commentLister) (CommentsPage, error) {
	var page CommentsPage
	what := commentsCall(sub, repo)
	what.divisible, what.pinned = perPage(address) > smallCommentPage, true
	err := c.retry(ctx, what, func(ctx context.Context, tok *token, call *call) error {
		page = CommentsPage{URL: address, Identity: tok.owner()}
		err := list(ctx, tok, address, &page)
		page.ServerTime = c.serverTime(call)
		return err
	})
	return page, err
}

// commentsCall makes a call for a list of a repository, or of a pull request.
func commentsCall(sub string, repo model.Repository) *call {
	what := &call{api: apiREST, op: sub + " of " + repo.FullName()}
	if of, number, single := strings.Cut(strings.TrimSuffix(sub, "/comments"), "/"); single {
		what.endpoint, what.op = "/repos/{owner}/{repo}/"+of+"/{pull_number}/comments", "comments on lines of "+repo.FullName()+"#"+number
		return what.within(repo)
	}
	what.endpoint = "/repos/{owner}/{repo}/" + sub
	return what.of(repo)
}

// failedServer reports whether a page of half the size may succeed.
func failedServer(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Reason == reasonServer || e.Reason == reasonTimeout)
}

// commentsURL begins a listing. Without since all are listed: one of 1970 can
// return nothing (https://github.com/chaoss/grimoirelab-perceval/issues/865).
func (c *Client) commentsURL(sub string, repo model.Repository, since model.Instant, size int) string {
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(size)}}
	if since != 0 {
		query.Set("since", since.String())
	}
	u := c.api.JoinPath(c.repositoryPath(repo), sub)
	u.RawQuery = query.Encode()
	return u.String()
}

// perPage gives the page size of an address; 30 is GitHub's own.
func perPage(address string) int { return numberOf(address, "per_page", 30) }

func numberOf(address, parameter string, fallback int) int {
	u, err := url.Parse(address)
	if err != nil {
		return fallback
	}
	n, err := strconv.Atoi(u.Query().Get(parameter))
	if err != nil {
		return fallback
	}
	return n
}

// renew lets a listing begin anew at the last comment before its pages become
// too many, provided that this leads further.
func (c *Client) renew(sub string, req CommentsRequest, page *CommentsPage) {
	if page.Next == "" || numberOf(page.Next, "page", 0) <= lastPage || page.LastUpdate <= sinceOf(page.URL) {
		return
	}
	page.Next = c.commentsURL(sub, req.Repo, page.LastUpdate, perPage(page.URL))
}

func sinceOf(address string) model.Instant {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	at, err := time.Parse(time.RFC3339, u.Query().Get("since"))
	if err != nil {
		return 0
	}
	return model.At(at)
}

// getRows asks for an address and adds its rows to the page. A 304 has no rows
// but its own Link: https://github.com/app-sre/github-mirror/pull/113
func getRows[T any](ctx context.Context, tok *token, address, etag string, page *CommentsPage, rows *[]*T, add func(*T) error) error {
	req, err := tok.rest.NewRequest(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := tok.rest.Do(req, rows)
	if resp != nil && resp.Response != nil {
		page.Next, page.ETag = nextLink(resp.Header), resp.Header.Get("ETag")
		if resp.StatusCode == http.StatusNotModified {
			return page.unchanged(etag)
		}
	}
	if err != nil {
		return err
	}
	if *rows == nil { // null is no list
		return failure(reasonMalformed, "no list of comments")
	}
	for _, row := range *rows {
		if row == nil {
			return failure(reasonPartial, "a null in the page")
		}
		if err := add(row); err != nil {
			return err
		}
	}
	return nil
}

// unchanged notes a 304, which may leave out the ETag that it confirms.
func (p *CommentsPage) unchanged(etag string) error {
	if etag == "" {
		return failure(reasonMalformed, "unchanged since nothing")
	}
	p.NotModified = true
	p.ETag = cmp.Or(p.ETag, etag)
	return nil
}

// addReview adds a comment on a line.
func (p *CommentsPage) addReview(row *github.PullRequestComment) error {
	number := parent(row.GetPullRequestURL())
	at, updated := model.At(row.GetCreatedAt().Time), model.At(row.GetUpdatedAt().Time)
	if row.GetID() == 0 || number == 0 || at == 0 || updated == 0 {
		return failure(reasonMalformed, "a comment without its id, times or pull request")
	}
	p.LastUpdate = max(p.LastUpdate, updated)
	p.Review = append(p.Review, ReviewComment{Number: number, ReviewComment: model.ReviewComment{
		ID: row.GetID(), Review: row.GetPullRequestReviewID(), ReplyTo: row.GetInReplyTo(),
		Author: userActor(row.User), CreatedAt: at, UpdatedAt: updated,
	}})
	return nil
}

// addIssue adds a comment of a conversation.
func (p *CommentsPage) addIssue(rd reader, row *github.IssueComment) error {
	number := parent(row.GetIssueURL())
	at, updated := model.At(row.GetCreatedAt().Time), model.At(row.GetUpdatedAt().Time)
	if row.GetID() == 0 || number == 0 || at == 0 || updated == 0 {
		return failure(reasonMalformed, "a comment without its id, times or issue")
	}
	p.LastUpdate = max(p.LastUpdate, updated)
	event := rd.comment(&rawEvent{
		rawID: rawID{FullDatabaseID: json.Number(strconv.FormatInt(row.GetID(), 10))}, CreatedAt: at, UpdatedAt: updated, Body: row.GetBody(),
	})
	event.Actor = userActor(row.User)
	p.Issue = append(p.Issue, IssueComment{Number: number, Event: event})
	return nil
}

// userActor normalises an account of the REST API.
func userActor(user *github.User) model.Actor {
	if user == nil {
		return model.Actor{}
	}
	return actor(&rawActor{Login: user.GetLogin(), TypeName: user.GetType()})
}

// parent gives the number of the item whose URL a comment has; 0 of none.
func parent(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(path.Base(u.Path), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt32 {
		return 0
	}
	return int(n)
}
