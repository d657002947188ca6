package ingest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rows is a listing of review comments by page numbers, as GitHub has it: one
// that is edited moves to the end, and all behind it move up.
type rows struct {
	comments []model.ReviewComment
	size     int
	now      model.Instant
	before   func(request int) // what happens before a request is answered
	requests []string
}

func (l *rows) read(_ context.Context, req github.CommentsRequest) (page github.CommentsPage, err error) {
	if l.before != nil {
		l.before(len(l.requests))
	}
	number, since := 1, req.Since
	if req.URL != "" {
		if _, err := fmt.Sscanf(req.URL, "%d/%d", &since, &number); err != nil {
			return page, err
		}
	}
	l.requests = append(l.requests, fmt.Sprintf("%d/%d", since, number))
	slices.SortStableFunc(l.comments, func(a, b model.ReviewComment) int { return int(a.UpdatedAt - b.UpdatedAt) })
	var all []model.ReviewComment
	for _, c := range l.comments {
		if c.UpdatedAt >= since {
			all = append(all, c)
		}
	}
	from, to := min(len(all), (number-1)*l.size), min(len(all), number*l.size)
	page.ServerTime = l.now
	page.URL = fmt.Sprintf("%d/%d", since, number)
	for _, c := range all[from:to] {
		page.Review = append(page.Review, github.ReviewComment{Number: 1, ReviewComment: c})
		page.LastUpdate = max(page.LastUpdate, c.UpdatedAt)
	}
	if to < len(all) {
		page.Next = fmt.Sprintf("%d/%d", since, number+1)
	}
	page.ETag = fmt.Sprint(page.Review)
	page.NotModified = req.ETag == page.ETag
	return page, nil
}

// followed makes a pass on a mirror with one pull request.
func followed(t *testing.T, watermark model.Instant) (*pass, *mirror.Mirror) {
	t.Helper()
	m := openMirror(t)
	repo := model.Repository{ID: 1, NodeID: "R_1", Owner: "acme", Name: "a"}
	err := m.Update(1, func(tx *mirror.Tx) error {
		if err := tx.PutRepository(repo); err != nil {
			return err
		}
		_, err := tx.UpsertItem(&model.Item{Number: 1, Kind: model.PullRequest, CreatedAt: 1, UpdatedAt: 1, ReadAt: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	in := New(Options{Mirror: m, Projects: project("acme/a")})
	r := in.repos[1]
	r.cursors[streamPulls] = mirror.Cursor{Watermark: watermark, Done: true}
	return &pass{in: in, r: r, repo: repo, probe: &github.Probe{}, fresh: map[int]bool{}}, m
}

func (l *rows) follow(t *testing.T, p *pass) {
	t.Helper()
	err := p.follow(t.Context(), commentStream{
		name: streamReviewComments, read: l.read, put: putReviewComments, since: p.r.cursor(streamPulls).Watermark,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func numbered(n int, at func(i int) model.Instant) (out []model.ReviewComment) {
	for i := range n {
		out = append(out, model.ReviewComment{ID: int64(i + 1), CreatedAt: at(i), UpdatedAt: at(i)})
	}
	return out
}

func TestCommentsThatMoveWhileTheyAreListed(t *testing.T) {
	l := &rows{comments: numbered(60, func(i int) model.Instant { return model.Instant(100 + 2*i) }), size: 10, now: 5000}
	l.before = func(request int) {
		l.now++
		if request > 0 && request < 5 { // an old comment is edited
			l.comments[0].UpdatedAt = l.now
		}
	}
	p, m := followed(t, 4990)
	l.follow(t, p)
	it, err := m.Item(1, 1)
	if err != nil || len(it.ReviewComments) != 60 {
		t.Fatalf("%d of 60 comments, %v", len(it.ReviewComments), err)
	}
	if cur := p.r.cursor(streamReviewComments); !cur.Done || cur.Watermark != 4990 || cur.StartedAt != 0 {
		t.Errorf("cursor %+v", cur)
	}
}

func TestCommentsOfOneInstant(t *testing.T) {
	l := &rows{comments: numbered(57, func(i int) model.Instant { return model.Instant(100 + i/30) }), size: 10, now: 5000}
	p, m := followed(t, 4990)
	l.follow(t, p)
	if it, _ := m.Item(1, 1); len(it.ReviewComments) != 57 {
		t.Errorf("%d of 57 comments by %v", len(it.ReviewComments), l.requests)
	}
	if len(l.requests) > 12 {
		t.Errorf("%d requests: %v", len(l.requests), l.requests)
	}
}

func TestPollsKeepTheirURLWhileFewRowsChange(t *testing.T) {
	l := &rows{comments: numbered(10, func(i int) model.Instant { return model.Instant(1000 + i) }), size: 100, now: 5000}
	p, m := followed(t, 4990)
	l.follow(t, p)
	etags := 0
	poll := func() {
		l.now += 3600
		if p.r.cursor(streamReviewComments).ETag != "" {
			etags++
		}
		l.follow(t, p)
	}
	poll()
	url := p.r.cursor(streamReviewComments).URL
	if url != "4690/1" {
		t.Errorf("polls %q, want what was updated since the watermark", url)
	}
	for range 4 {
		poll()
	}
	if etags != 4 {
		t.Errorf("%d conditional polls of 4", etags)
	}
	for i := range 45 {
		l.comments = append(l.comments, model.ReviewComment{ID: int64(100 + i), CreatedAt: l.now, UpdatedAt: l.now + model.Instant(i)})
	}
	poll()
	if got := p.r.cursor(streamReviewComments); got.URL != url || got.ETag == "" {
		t.Errorf("after 45 rows %+v", got)
	}
	newest := l.now + 9
	for i := range 10 {
		l.comments = append(l.comments, model.ReviewComment{ID: int64(200 + i), CreatedAt: l.now, UpdatedAt: l.now + model.Instant(i)})
	}
	poll()
	if got := p.r.cursor(streamReviewComments); got.URL != "" || got.Watermark < newest || got.Watermark > l.now {
		t.Errorf("after 55 rows %+v", got)
	}
	if it, _ := m.Item(1, 1); len(it.ReviewComments) != 65 {
		t.Errorf("%d comments", len(it.ReviewComments))
	}
}

func TestOnePollInFiftyIsUnconditional(t *testing.T) {
	l := &rows{comments: numbered(3, func(i int) model.Instant { return 4900 }), size: 100, now: 5000}
	p, _ := followed(t, 4990)
	plain := 0
	for range 103 {
		if p.firstRequest(p.r.cursor(streamReviewComments)).ETag == "" {
			plain++
		}
		l.follow(t, p)
	}
	if plain != 4 { // the listing, the first poll and two more
		t.Errorf("%d unconditional requests of 103", plain)
	}
}

func TestCommentOnAPullRequestToCome(t *testing.T) {
	l := &rows{comments: numbered(3, func(i int) model.Instant { return 4900 }), size: 100, now: 5000}
	p, m := followed(t, 4990)
	l.follow(t, p)
	read := l.read
	ahead := func(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error) {
		page, err := read(ctx, req)
		page.Review = append(page.Review, github.ReviewComment{Number: 2, ReviewComment: model.ReviewComment{ID: 77, CreatedAt: 5900, UpdatedAt: 5900}})
		page.NotModified = req.ETag == "x"
		page.ETag = "x"
		return page, err
	}
	l.now = 6000
	for range 2 {
		s := commentStream{name: streamReviewComments, read: ahead, put: putReviewComments}
		if err := p.follow(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		// The pull request is read only now.
		err := m.Update(1, func(tx *mirror.Tx) error {
			_, err := tx.UpsertItem(&model.Item{Number: 2, Kind: model.PullRequest, CreatedAt: 5900, UpdatedAt: 5900, ReadAt: 6000})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if it, _ := m.Item(1, 2); len(it.ReviewComments) != 1 {
		t.Error("the comment was lost")
	}
}

// A server whose Date is far ahead of its records makes every comment look old.
func TestPullRequestThatIsReadAfterItsComments(t *testing.T) {
	l := &rows{comments: numbered(3, func(i int) model.Instant { return 4900 }), size: 100, now: 500_000}
	p, m := followed(t, 4990)
	p.horizon = 5950
	l.follow(t, p)
	p.r.complete = true
	put := func(b *batch, page *github.CommentsPage) (model.Instant, error) {
		page.Review = append(page.Review, github.ReviewComment{Number: 2, ReviewComment: model.ReviewComment{ID: 77, CreatedAt: 5905, UpdatedAt: 5905}})
		return putReviewComments(b, page)
	}
	s := commentStream{name: streamReviewComments, read: l.read, put: put}
	l.now = 600_000
	for range 2 {
		if err := p.follow(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		err := p.write(func(b *batch) error {
			_, err := b.putItem(&model.Item{Number: 2, Kind: model.PullRequest, CreatedAt: 5900, UpdatedAt: 5905, ReadAt: 600_000}, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if it, _ := m.Item(1, 2); len(it.ReviewComments) != 1 {
		t.Error("the comment was lost")
	}
}

func TestEditedCommentsAreRead(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 11, Issues: 10, PullRequests: 10, Comments: 60, ReviewComments: 30})
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.reads(t, m)
	h.sync(t, in)
	h.clock.add(2 * time.Hour)
	h.sync(t, in)
	it := anItem(t, data.Repos[0], func(it *githubtest.Item) bool { return len(it.Comments) > 0 && it.Comments[0].DeletedAt == 0 })
	before, err := m.Item(data.Repos[0].ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.add(time.Minute)
	h.Change(func(now githubtest.Time) {
		c := &it.Comments[0]
		c.Edits = append(c.Edits, githubtest.Edit{At: now, Body: "/lgtm"})
		c.UpdatedAt = now
	})
	h.clock.add(time.Minute)
	h.ResetLog()
	h.sync(t, in)
	after, err := m.Item(data.Repos[0].ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	id := "c" + strconv.FormatInt(it.Comments[0].ID, 10)
	if text := eventOf(after, id).Text; text != "/lgtm" || eventOf(before, id).Text == text {
		t.Errorf("the comment says %q", text)
	}
	h.ResetLog()
	h.clock.add(time.Minute)
	h.sync(t, in)
	h.clock.add(time.Minute)
	h.sync(t, in)
	if got := h.Counts().CorePoints; len(got) != 0 && got[githubtest.DefaultLogin] > 1 {
		t.Errorf("polls without a change cost %v: %v", got, h.Counts().Statuses)
	}
}

func TestQuietRoundsCostNoCoreRequest(t *testing.T) {
	var data []*githubtest.Dataset
	for i := range 40 {
		data = append(data, dataset(githubtest.GenerateOptions{Seed: uint64(i), Name: fmt.Sprintf("r%d", i), Issues: 1, PullRequests: 1}))
	}
	for i, d := range data {
		d.Repos[0].ID = int64(1000 + i)
	}
	h := newHub(t, end, data...)
	in := h.reads(t, openMirror(t), "acme/*")
	h.sync(t, in)
	h.clock.add(10 * time.Minute)
	h.sync(t, in)
	h.ResetLog()
	h.clock.add(2 * time.Minute)
	var repos []*repository
	for _, r := range sorted(in.repos) {
		repos = append(repos, r)
	}
	if len(repos) != 40 {
		t.Fatalf("%d repositories", len(repos))
	}
	for some := range slices.Chunk(repos, github.ProbeBatch) {
		for r, err := range in.probe(t.Context(), some) {
			if err != nil || in.behind(r) {
				t.Errorf("%s: %v", r.model().FullName(), err)
			}
		}
	}
	if counts := h.Counts(); h.points() != 2 || counts.REST != 0 {
		t.Errorf("%d points and %d REST requests for a round over 40 quiet repositories: %v", h.points(), counts.REST, counts.Operations)
	}
	if diff := cmp.Diff(map[string]int{"Probe": 2}, h.Counts().Operations); diff != "" {
		t.Error(strings.TrimSpace(diff))
	}
}

// What probes cannot see is asked for by ETag, in both kinds of comments.
func TestQuietPollsCostNothing(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 12, Issues: 10, PullRequests: 10, Comments: 60, ReviewComments: 30})
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.reads(t, m)
	for range 3 { // the first sync, what moved in its last minutes, and the first poll
		h.sync(t, in)
		h.clock.add(10 * time.Minute)
	}
	h.ResetLog()
	const polls = 12
	for range polls {
		h.sync(t, in)
		h.clock.add(5 * time.Minute)
	}
	counts := h.Counts()
	if n := counts.CorePoints[githubtest.DefaultLogin]; n != 0 {
		t.Errorf("%d of core by %v", n, counts.Statuses)
	}
	want := map[string]int{"/repos/{owner}/{repo}/issues/comments": polls, "/repos/{owner}/{repo}/pulls/comments": polls}
	if diff := cmp.Diff(want, counts.Routes); diff != "" {
		t.Errorf("polls (-want +got):\n%s", diff)
	}
	for _, stream := range []string{streamComments, streamReviewComments} {
		if cur, err := m.Cursor(data.Repos[0].ID, stream); err != nil || cur.ETag == "" || cur.Identity == "" {
			t.Errorf("cursor of %s %+v, %v", stream, cur, err)
		}
	}
}
