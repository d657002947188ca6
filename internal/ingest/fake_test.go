package ingest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// fake is a GitHub of few words for the tests of the scheduler. Its clock is
// the test's; each call takes a second.
type fake struct {
	mu    sync.Mutex
	repos []*fakeRepo
	calls []fakeCall
	// fail is asked before each call, named "operation owner/repo"; it may wait.
	fail func(ctx context.Context, call string) error
	// exists and drain answer in place of the fake's own answer.
	exists func(number int) github.Existence
	drain  func(github.Overflow) github.OverflowPage
	// identities, home and prices are what the tokens can do and calls cost.
	identities []github.IdentityStatus
	home       func(model.Repository) string
	prices     map[string]int
}

type fakeRepo struct {
	model.Repository
	items    []model.Item
	overflow map[int][]github.Overflow // by number
	err      error                     // of its probe
	history  fakeHistory
}

type fakeCall struct {
	what string
	at   time.Time
}

// refused makes an error as the client gives it.
func refused(reason string) error { return &github.Error{Op: "test", Reason: reason} }

func (f *fake) add(names ...string) []*fakeRepo {
	var out []*fakeRepo
	for _, name := range names {
		owner, repo, _ := strings.Cut(name, "/")
		id := int64(len(f.repos) + 1)
		r := &fakeRepo{Repository: model.Repository{
			ID: id, NodeID: fmt.Sprintf("R_%d", id), Owner: owner, Name: repo, CreatedAt: 1,
		}, overflow: map[int][]github.Overflow{}}
		f.repos = append(f.repos, r)
		out = append(out, r)
	}
	return out
}

// put adds an item to a repository or replaces it, updated now.
func (r *fakeRepo) put(kind model.Kind, number int, change ...func(*model.Item)) {
	now := model.At(time.Now())
	i := slices.IndexFunc(r.items, func(it model.Item) bool { return it.Number == number })
	if i < 0 {
		i = len(r.items)
		r.items = append(r.items, model.Item{
			Number: number, Kind: kind, NodeID: fmt.Sprintf("I_%d_%d", r.ID, number), CreatedAt: now,
		})
	}
	r.items[i].UpdatedAt = now
	for _, f := range change {
		f(&r.items[i])
	}
}

func (r *fakeRepo) remove(number int) {
	r.items = slices.DeleteFunc(r.items, func(it model.Item) bool { return it.Number == number })
}

// locked runs f while nothing is answered.
func (f *fake) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// call notes a call, lets it take its time and fails where it should.
func (f *fake) call(ctx context.Context, operation, repo string) error {
	what := strings.TrimSpace(operation + " " + repo)
	f.mu.Lock()
	f.calls = append(f.calls, fakeCall{what, time.Now()})
	fail := f.fail
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
	}
	if fail == nil {
		return nil
	}
	return fail(ctx, what)
}

// times gives when a call was made, since an instant.
func (f *fake) times(what string, since time.Time) (out []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		if c.what == what {
			out = append(out, c.at.Sub(since))
		}
	}
	return out
}

// take gives the calls so far, without their times, and forgets them.
func (f *fake) take() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		out = append(out, c.what)
	}
	f.calls = nil
	return out
}

func (f *fake) byID(id int64) *fakeRepo {
	for _, r := range f.repos {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (f *fake) Repositories(ctx context.Context, owner string) (found []model.Repository, err error) {
	if err := f.call(ctx, "list", owner); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.repos {
		if strings.EqualFold(r.Owner, owner) && r.err == nil {
			repo := r.Repository
			repo.ReadAt = model.At(time.Now())
			found = append(found, repo)
		}
	}
	if len(found) == 0 {
		return nil, refused("not_found")
	}
	return found, nil
}

func (f *fake) Repository(ctx context.Context, owner, name string) (model.Repository, error) {
	if err := f.call(ctx, "name", owner+"/"+name); err != nil {
		return model.Repository{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.repos {
		if strings.EqualFold(r.FullName(), owner+"/"+name) && r.err == nil {
			repo := r.Repository
			repo.ReadAt = model.At(time.Now())
			return repo, nil
		}
	}
	return model.Repository{}, refused("not_found")
}

func (f *fake) Probe(ctx context.Context, repos []model.Repository) (out []github.Probe) {
	for some := range slices.Chunk(repos, github.ProbeBatch) {
		err := f.call(ctx, "probe", strconv.Itoa(len(some)))
		f.mu.Lock()
		for _, repo := range some {
			probe := github.Probe{Err: refused("not_found")}
			if r := f.byID(repo.ID); r != nil {
				probe = r.probe()
			}
			if err != nil {
				probe = github.Probe{Err: err}
			}
			probe.NodeID = repo.NodeID
			out = append(out, probe)
		}
		f.mu.Unlock()
	}
	return out
}

// Identities has one that is not limited, unless the test knows better.
func (f *fake) Identities() []github.IdentityStatus {
	if f.identities != nil {
		return f.identities
	}
	free := github.Allowance{Unlimited: true}
	return []github.IdentityStatus{{Name: "octocat", Core: free, GraphQL: free, Up: true}}
}

func (f *fake) Home(repo model.Repository) string {
	if f.home != nil {
		return f.home(repo)
	}
	return f.Identities()[0].Name
}

func (f *fake) Prices(context.Context) (map[string]int, error) { return f.prices, nil }

func (r *fakeRepo) probe() github.Probe {
	p := github.Probe{NodeID: r.NodeID, Repository: r.Repository, Watched: true, Err: r.err}
	p.Repository.ReadAt = model.At(time.Now())
	for _, it := range r.items {
		mark := &p.Issues
		if it.Kind == model.PullRequest {
			mark = &p.Pulls
		}
		mark.Count++
		mark.UpdatedAt = max(mark.UpdatedAt, it.UpdatedAt)
	}
	r.history.probe(&p)
	if p.Err != nil {
		p.Repository = model.Repository{}
	}
	return p
}

func (f *fake) Issues(ctx context.Context, req github.PageRequest) (github.ItemPage, error) {
	return f.page(ctx, "issues", model.Issue, req)
}

func (f *fake) PullRequests(ctx context.Context, req github.PageRequest) (github.ItemPage, error) {
	return f.page(ctx, "pulls", model.PullRequest, req)
}

// page gives items in the order of their update; a cursor is an offset.
func (f *fake) page(ctx context.Context, operation string, kind model.Kind, req github.PageRequest) (page github.ItemPage, err error) {
	name := fmt.Sprintf("%s after=%s first=%d", req.Repo.FullName(), req.After, req.First)
	if req.Light {
		name += " light"
	}
	if err := f.call(ctx, operation, name); err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	repo := f.byID(req.Repo.ID)
	all := repo.sorted(kind, req)
	from, _ := strconv.Atoi(req.After)
	to := min(len(all), from+req.First)
	now := model.At(time.Now())
	page.PageInfo = github.PageInfo{Total: len(all), EndCursor: strconv.Itoa(to), HasNext: to < len(all), ServerTime: now}
	for _, it := range all[from:to] {
		it.ReadAt = now
		page.Items = append(page.Items, it)
		page.Overflow = append(page.Overflow, repo.overflow[it.Number]...)
	}
	return page, nil
}

func (r *fakeRepo) sorted(kind model.Kind, req github.PageRequest) (all []model.Item) {
	for _, it := range r.items {
		if it.Kind == kind && it.UpdatedAt >= req.Since {
			all = append(all, it)
		}
	}
	slices.SortStableFunc(all, func(a, b model.Item) int {
		if req.Descending {
			a, b = b, a
		}
		return int(a.UpdatedAt - b.UpdatedAt)
	})
	return all
}

func (f *fake) IDs(ctx context.Context, kind model.Kind, req github.PageRequest) (page github.IDPage, err error) {
	if err := f.call(ctx, "ids", req.Repo.FullName()+" after="+req.After); err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.byID(req.Repo.ID).sorted(kind, req)
	from, _ := strconv.Atoi(req.After)
	to := min(len(all), from+req.First)
	page.PageInfo = github.PageInfo{Total: len(all), EndCursor: strconv.Itoa(to), HasNext: to < len(all)}
	for _, it := range all[from:to] {
		page.IDs = append(page.IDs, github.ItemID{NodeID: it.NodeID, Number: it.Number, UpdatedAt: it.UpdatedAt})
	}
	return page, nil
}

func (f *fake) Drain(ctx context.Context, repo model.Repository, lists []github.Overflow) (out []github.OverflowPage, err error) {
	for _, list := range lists {
		if err := f.call(ctx, "drain", fmt.Sprintf("#%d %s after=%s", list.Number, list.Connection, list.After)); err != nil {
			return nil, err
		}
		page := github.OverflowPage{Overflow: list, EndCursor: "end", ServerTime: model.At(time.Now())}
		if f.drain != nil {
			page = f.drain(list)
			page.Overflow, page.ServerTime = list, model.At(time.Now())
		}
		out = append(out, page)
	}
	return out, nil
}

func (f *fake) Items(ctx context.Context, repo model.Repository, ids []github.ItemID) (out []github.ItemResult, err error) {
	var numbers []string
	for _, id := range ids {
		numbers = append(numbers, "#"+strconv.Itoa(id.Number))
	}
	if err := f.call(ctx, "items", repo.FullName()+" "+strings.Join(numbers, ",")); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.byID(repo.ID)
	for _, id := range ids {
		res := github.ItemResult{ItemID: id, Err: refused("not_found")}
		for _, it := range r.items {
			if it.NodeID == id.NodeID {
				res.Item, res.Err = it, nil
				res.Item.ReadAt = model.At(time.Now())
				res.Overflow = r.overflow[it.Number]
			}
		}
		out = append(out, res)
	}
	return out, nil
}

func (f *fake) Sweep(ctx context.Context, repo model.Repository, kind model.Kind, after string) (page github.SweepPage, err error) {
	if err := f.call(ctx, "sweep", repo.FullName()+" "+kind.String()); err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	page.ServerTime = model.At(time.Now())
	for _, it := range f.byID(repo.ID).sorted(kind, github.PageRequest{}) {
		page.Rows = append(page.Rows, github.SweepRow{
			ItemID: github.ItemID{NodeID: it.NodeID, Number: it.Number, UpdatedAt: it.UpdatedAt},
			State:  it.State(), Comments: it.CommentCount, Reviews: it.ReviewCount,
		})
	}
	page.Total = len(page.Rows)
	return page, nil
}

func (f *fake) Labels(ctx context.Context, repo model.Repository, _ string) (github.LabelPage, error) {
	return github.LabelPage{}, f.call(ctx, "labels", repo.FullName())
}

func (f *fake) ReviewComments(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error) {
	err := f.call(ctx, "review_comments", req.Repo.FullName())
	return github.CommentsPage{URL: "r", ETag: "e", ServerTime: model.At(time.Now())}, err
}

func (f *fake) IssueComments(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error) {
	err := f.call(ctx, "comments", req.Repo.FullName())
	return github.CommentsPage{URL: "c", ETag: "e", ServerTime: model.At(time.Now())}, err
}

func (f *fake) Exists(ctx context.Context, repo model.Repository, number int) (github.Existence, error) {
	if err := f.call(ctx, "exists", fmt.Sprintf("%s#%d", repo.FullName(), number)); err != nil {
		return github.Existence{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.exists != nil {
		e := f.exists(number)
		e.At = model.At(time.Now())
		return e, nil
	}
	found := github.Existence{Presence: github.Deleted, At: model.At(time.Now())}
	for _, it := range f.byID(repo.ID).items {
		if it.Number == number {
			found.Presence = github.Present
		}
	}
	return found, nil
}

// running is an Ingest at work on a fake in a bubble of time.
type running struct {
	*fake
	t      *testing.T
	m      *mirror.Mirror
	in     *Ingest
	start  time.Time
	cancel context.CancelFunc
	ended  chan error
}

// inBubble runs a test with an Ingest that is not yet running. Time stands
// still unless everything waits for it.
func inBubble(t *testing.T, projects []Project, prepare func(*fake), test func(*running)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		m, err := mirror.Open(dir, mirror.Options{Digest: countingDigest})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}()
		r := &running{fake: &fake{}, t: t, m: m, start: time.Now()}
		prepare(r.fake)
		r.in = New(Options{Client: r.fake, Mirror: m, Projects: projects, Logger: testLogger(t)})
		test(r)
		r.stop()
	})
}

// run lets the Ingest work in the background until stop.
func (r *running) run() {
	ctx, cancel := context.WithCancel(r.t.Context())
	r.cancel, r.ended = cancel, make(chan error, 1)
	go func() { r.ended <- r.in.Run(ctx) }()
}

// stop ends Run and awaits it.
func (r *running) stop() {
	if r.cancel == nil {
		return
	}
	r.cancel()
	if err := <-r.ended; err != context.Canceled {
		r.t.Errorf("Run ended with %v", err)
	}
	r.cancel = nil
}

// until lets time go by until so long after the start.
func (r *running) until(d time.Duration) {
	r.t.Helper()
	time.Sleep(time.Until(r.start.Add(d)))
	synctest.Wait()
}

// status gives the status of a repository by name.
func (r *running) status(name string) model.RepositoryStatus {
	r.t.Helper()
	for _, s := range r.in.Status() {
		if s.Owner+"/"+s.Name == name {
			return s
		}
	}
	r.t.Fatalf("no status of %s", name)
	return model.RepositoryStatus{}
}

func stream(s model.RepositoryStatus, name string) model.StreamStatus {
	for _, st := range s.Streams {
		if st.Name == name {
			return st
		}
	}
	return model.StreamStatus{}
}

// project makes one project of repositories.
func project(repositories ...string) []Project {
	return []Project{{Name: "test", Repositories: repositories}}
}
