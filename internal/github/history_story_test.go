package github_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// shipping starts a GitHub with a repository that releases, deploys and runs
// workflows, as it is at its end.
func shipping(t *testing.T, change ...func(*githubtest.Repo)) (*githubtest.Server, *githubtest.Repo, *github.Client, model.Repository) {
	t.Helper()
	data := githubtest.Generate(githubtest.GenerateOptions{Seed: 8, Issues: 60, PullRequests: 260, End: end})
	for _, f := range change {
		f(data.Repos[0])
		data.Repos[0].Index()
	}
	server := githubtest.New(githubtest.Options{Clock: func() time.Time { return end }, Datasets: []*githubtest.Dataset{data}})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client := connect(t, server)
	repo, err := client.Repository(t.Context(), data.Repos[0].Owner, data.Repos[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	return server, data.Repos[0], client, repo
}

// pages reads a listing to its end, and what it cost.
func pages(t *testing.T, server *githubtest.Server, next func(after string) (github.PageInfo, int, error)) {
	t.Helper()
	points, requests, rows := server.Counts().GraphQLPoints[githubtest.DefaultLogin], 0, 0
	for after, more := "", true; more; {
		info, n, err := next(after)
		if err != nil {
			t.Fatal(err)
		}
		if rows += n; !info.HasNext && rows != info.Total {
			t.Errorf("%d rows of %d", rows, info.Total)
		}
		after, more = info.EndCursor, info.HasNext
		requests++
	}
	if spent := server.Counts().GraphQLPoints[githubtest.DefaultLogin] - points; spent != requests {
		t.Errorf("%d pages cost %d points", requests, spent)
	}
	if requests < 2 {
		t.Errorf("one page of %d rows tests no paging", rows)
	}
}

var noReadAt = cmpopts.IgnoreFields(model.Deployment{}, "ReadAt", "NodeID")

// deploymentsOf is what the dataset has.
func deploymentsOf(repo *githubtest.Repo) map[int64]model.Deployment {
	out := map[int64]model.Deployment{}
	for _, d := range repo.Deployments {
		want := model.Deployment{
			ID: d.ID, Environment: d.Environment, OID: d.OID, CreatedAt: model.Instant(d.CreatedAt), UpdatedAt: model.Instant(d.CreatedAt),
			State: "abandoned",
		}
		for _, s := range d.Statuses {
			want.Statuses = append(want.Statuses, model.DeploymentStatus{State: s.State, At: model.Instant(s.At)})
			want.State, want.UpdatedAt = strings.Replace(s.State, "success", "active", 1), model.Instant(s.At)
		}
		out[d.ID] = want
	}
	return out
}

func TestReadsAllDeployments(t *testing.T) {
	server, data, client, repo := shipping(t, func(r *githubtest.Repo) {
		many := r.Deployments[3] // its statuses need two pages more
		first := many.Statuses[0]
		many.Statuses = nil
		for i := range 130 {
			s := first
			s.ID, s.At, s.State = 9_000_000+int64(i), first.At+githubtest.Time(i), "in_progress"
			many.Statuses = append(many.Statuses, s)
		}
		many.Statuses[129].State = "success"
	})
	got, nodes := map[int64]model.Deployment{}, []string{}
	extra := 0
	last := model.Instant(1 << 60)
	points := server.Counts().GraphQLPoints[githubtest.DefaultLogin]
	requests := 0
	for after, more := "", true; more; requests++ {
		page, err := client.Deployments(t.Context(), repo, after)
		if err != nil || len(page.Dropped) > 0 {
			t.Fatalf("%v, dropped %v", err, page.Dropped)
		}
		for _, d := range page.Deployments {
			if d.CreatedAt > last || d.ReadAt != model.At(end) || d.NodeID == "" {
				t.Fatalf("%+v after one of %s", d, last)
			}
			last = d.CreatedAt
			nodes = append(nodes, d.NodeID)
			if len(d.Statuses) > 20 {
				extra += (len(d.Statuses) - 20 + 99) / 100
			}
			for i := range d.Statuses {
				if d.Statuses[i].ID == "" {
					t.Fatal("a status without id")
				}
				d.Statuses[i].ID = ""
			}
			got[d.ID] = d
		}
		after, more = page.EndCursor, page.HasNext
	}
	if diff := gocmp.Diff(deploymentsOf(data), got, noReadAt); diff != "" {
		t.Error(diff)
	}
	if spent := server.Counts().GraphQLPoints[githubtest.DefaultLogin] - points; spent != requests+extra || extra != 2 || requests < 2 {
		t.Errorf("%d pages and %d more of statuses cost %d points", requests, extra, spent)
	}
	results, err := client.DeploymentsByID(t.Context(), repo, nodes)
	if err != nil || len(results) != len(nodes) {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for i, r := range results {
		want := got[r.Deployment.ID]
		for j := range r.Deployment.Statuses {
			r.Deployment.Statuses[j].ID = ""
		}
		if diff := gocmp.Diff(want, r.Deployment); diff != "" || r.Err != nil || r.NodeID != nodes[i] {
			t.Fatal(diff, r.Err)
		}
	}
}

func TestReadsAllReleases(t *testing.T) {
	server, data, client, repo := shipping(t, manyTags)
	got := map[int64]model.Release{}
	pages(t, server, func(after string) (github.PageInfo, int, error) {
		page, err := client.Releases(t.Context(), repo, after)
		for _, r := range page.Releases {
			got[r.ID] = r
		}
		return page.PageInfo, len(page.Releases), err
	})
	want := map[int64]model.Release{}
	for _, r := range data.Releases {
		if r.DeletedAt != 0 {
			continue
		}
		release := model.Release{
			ID: r.ID, Tag: r.Tag, Prerelease: r.Prerelease, PublishedAt: model.Instant(r.PublishedAt),
			UpdatedAt: model.Instant(r.PublishedAt), ReadAt: model.At(end),
		}
		if i := slices.IndexFunc(data.Tags, func(tag *githubtest.Tag) bool { return tag.Name == r.Tag && tag.DeletedAt == 0 }); i >= 0 {
			release.OID = data.Tags[i].OID
		}
		want[r.ID] = release
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// manyTags gives a repository more tags and releases than a page holds.
func manyTags(r *githubtest.Repo) {
	for i := range 230 {
		c := r.Commits[i%len(r.Commits)]
		tag := &githubtest.Tag{Name: "build-" + string(rune('a'+i/26)) + string(rune('a'+i%26)), OID: c.OID, At: c.Committer.At}
		if i%3 == 0 {
			tag.TagOID = strings.Repeat("0", 36) + "f" + string(rune('a'+i%6)) + "00"
		}
		r.Tags = append(r.Tags, tag)
		name := tag.Name
		if i%50 == 0 {
			name = "never-tagged-" + name
		}
		r.Releases = append(r.Releases, &githubtest.Release{
			ID: 5_000_000_000 + int64(i), Tag: name, CreatedAt: c.Committer.At, PublishedAt: c.Committer.At + 60, Prerelease: i%2 == 0,
		})
	}
}

func TestReadsAllTags(t *testing.T) {
	server, data, client, repo := shipping(t, manyTags)
	var got []model.Tag
	pages(t, server, func(after string) (github.PageInfo, int, error) {
		page, err := client.Tags(t.Context(), repo, after)
		got = append(got, page.Tags...)
		return page.PageInfo, len(page.Tags), err
	})
	var want []model.Tag
	for _, tag := range data.Tags {
		if tag.DeletedAt != 0 {
			continue
		}
		w := model.Tag{Name: tag.Name, OID: tag.OID, CommittedAt: model.Instant(data.Commit(tag.OID).Committer.At), ReadAt: model.At(end)}
		if tag.TagOID != "" {
			w.TaggedAt = model.Instant(tag.At)
		}
		want = append(want, w)
	}
	byName := cmpopts.SortSlices(func(a, b model.Tag) bool { return a.Name < b.Name })
	if diff := gocmp.Diff(want, got, byName); diff != "" {
		t.Error(diff)
	}
}

func TestReadsTheWholeBranch(t *testing.T) {
	server, data, client, repo := shipping(t)
	var commits []model.BranchCommit
	head := ""
	pages(t, server, func(after string) (github.PageInfo, int, error) {
		page, err := client.History(t.Context(), repo, head, after)
		commits, head = append(commits, page.Commits...), page.Head
		return page.PageInfo, len(page.Commits), err
	})
	graph := model.NewGraph(commits)
	if !graph.Whole() || graph.Number(head) == model.Absent || commits[0].OID != head {
		t.Errorf("the history of %s lacks something", head)
	}
	for _, c := range commits {
		want := data.Commit(c.OID)
		if !slices.Equal(c.Parents, want.Parents) || c.CommittedAt != model.Instant(want.Committer.At) {
			t.Fatalf("%+v is %+v", c, want)
		}
	}
	for _, c := range data.Commits {
		if c.Mainline && graph.Number(c.OID) == model.Absent {
			t.Errorf("%s is missing", c.OID)
		}
	}
	old := commits[len(commits)/2].OID
	page, err := client.History(t.Context(), repo, old, "")
	if err != nil || page.Head != old || page.Commits[0].OID != old {
		t.Errorf("%+v, %v", page.Head, err)
	}
}

func TestUnknownCommits(t *testing.T) {
	server, _, client, repo := shipping(t)
	before := server.Counts().GraphQLPoints[githubtest.DefaultLogin]
	for _, oid := range []string{strings.Repeat("ab", 20), "main", "abcdef1"} {
		page, err := client.History(t.Context(), repo, oid, "")
		if !errors.Is(err, github.ErrNotFound) || !strings.Contains(err.Error(), oid) || len(page.Commits) > 0 {
			t.Errorf("%s: %+v, %v", oid, page, err)
		}
	}
	if spent := server.Counts().GraphQLPoints[githubtest.DefaultLogin] - before; spent != 1 {
		t.Errorf("%d points were spent", spent)
	}
	// What is unknown says nothing of the repository.
	if _, err := client.History(t.Context(), repo, "", ""); err != nil {
		t.Error(err)
	}
}

func TestEmptyRepositoryHasNoHistory(t *testing.T) {
	_, _, client, repo := shipping(t, func(r *githubtest.Repo) {
		r.Commits, r.Tags, r.Releases, r.Deployments, r.Runs = nil, nil, nil, nil, nil
	})
	history, err1 := client.History(t.Context(), repo, "", "")
	tags, err2 := client.Tags(t.Context(), repo, "")
	releases, err3 := client.Releases(t.Context(), repo, "")
	deployments, err4 := client.Deployments(t.Context(), repo, "")
	runs, err5 := client.Runs(t.Context(), github.RunsRequest{Repo: repo})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	if history.Head != "" || len(history.Commits)+len(tags.Tags)+len(releases.Releases)+len(deployments.Deployments)+len(runs.Runs) > 0 || history.HasNext {
		t.Errorf("%+v %+v %+v %+v %+v", history, tags, releases, deployments, runs)
	}
}

func TestReadsAllRuns(t *testing.T) {
	server, data, client, repo := shipping(t)
	got := map[int64]github.Run{}
	before := server.Counts().REST
	requests := 0
	for req := (github.RunsRequest{Repo: repo}); ; {
		page, err := client.Runs(t.Context(), req)
		if err != nil || page.Total != len(data.Runs) {
			t.Fatalf("%d of %d runs, %v", page.Total, len(data.Runs), err)
		}
		for _, r := range page.Runs {
			got[r.ID] = r
		}
		again, err := client.Runs(t.Context(), github.RunsRequest{Repo: repo, URL: page.URL, ETag: page.ETag, Identity: page.Identity})
		if err != nil || !again.NotModified || again.Next != page.Next || len(again.Runs) > 0 {
			t.Fatalf("%+v, %v; want nothing new", again, err)
		}
		if requests++; page.Next == "" {
			break
		}
		req.URL = page.Next
	}
	if len(got) != len(data.Runs) || requests != (len(data.Runs)+29)/30 || server.Counts().REST-before != 2*requests {
		t.Errorf("%d runs of %d in %d requests", len(got), len(data.Runs), requests)
	}
	rerun := 0
	for _, want := range data.Runs {
		run := got[want.ID]
		last := want.Attempts[len(want.Attempts)-1]
		if run.Attempt != len(want.Attempts) || run.Conclusion != last.Conclusion || run.StartedAt != model.Instant(last.StartedAt) ||
			run.CompletedAt != model.Instant(last.CompletedAt) || run.OID != want.OID || run.Event != want.Event || !strings.HasSuffix(run.Workflow, ".yml") {
			t.Fatalf("%+v is %+v", run, want)
		}
		if len(want.Attempts) > 1 && rerun == 0 {
			rerun++
			compareAttempt(t, client, repo, want)
		}
	}
	if rerun == 0 {
		t.Error("no run was tried again")
	}
	compareJobs(t, server, client, repo, data, got)
}

// compareAttempt reads the first attempt of a run that has several.
func compareAttempt(t *testing.T, client *github.Client, repo model.Repository, want *githubtest.Run) {
	t.Helper()
	first, err := client.RunAttempt(t.Context(), repo, want.ID, 1)
	if err != nil || first.Attempt != 1 || first.Conclusion != want.Attempts[0].Conclusion || first.CompletedAt != model.Instant(want.Attempts[0].CompletedAt) {
		t.Errorf("%+v, %v", first, err)
	}
	if _, err := client.RunAttempt(t.Context(), repo, want.ID, 77); !errors.Is(err, github.ErrNotFound) {
		t.Errorf("an attempt that never was gives %v", err)
	}
}

func compareJobs(t *testing.T, server *githubtest.Server, client *github.Client, repo model.Repository, data *githubtest.Repo, read map[int64]github.Run) {
	t.Helper()
	var suites []string
	starts := map[string]model.Instant{}
	for _, run := range data.Runs {
		last := run.Attempts[len(run.Attempts)-1]
		first := slices.MinFunc(last.Jobs, func(a, b githubtest.Job) int { return cmp.Compare(a.StartedAt, b.StartedAt) })
		suites = append(suites, read[run.ID].Suite)
		starts[read[run.ID].Suite] = model.Instant(first.StartedAt)
	}
	suites = append(suites[:120:120], "CS_nobodys")
	before := server.Counts().GraphQLPoints[githubtest.DefaultLogin]
	jobs, err := client.RunJobs(t.Context(), repo, suites)
	if err != nil || len(jobs) != len(suites) {
		t.Fatalf("%d of %d, %v", len(jobs), len(suites), err)
	}
	for i, j := range jobs[:120] {
		if j.Err != nil || j.Suite != suites[i] || j.StartedAt != starts[j.Suite] || j.Jobs == 0 {
			t.Fatalf("%+v, want %s", j, starts[j.Suite])
		}
	}
	if last := jobs[120]; !errors.Is(last.Err, github.ErrNotFound) {
		t.Errorf("%+v", last)
	}
	if spent := server.Counts().GraphQLPoints[githubtest.DefaultLogin] - before; spent != 3 {
		t.Errorf("121 runs cost %d points", spent)
	}
}

// Runs of a stretch of time, and of a branch.
func TestRunsOfAWindow(t *testing.T) {
	_, data, client, repo := shipping(t)
	middle := data.Runs[len(data.Runs)/2].CreatedAt
	from, to := model.Instant(middle)-86400*7, model.Instant(middle)
	want := 0
	for _, run := range data.Runs {
		if at := model.Instant(run.CreatedAt); at >= from && at <= to && run.Branch == "main" {
			want++
		}
	}
	page, err := client.Runs(t.Context(), github.RunsRequest{Repo: repo, Branch: "main", From: from, To: to})
	if err != nil || page.Total != want || want == 0 {
		t.Errorf("%d runs, want %d, %v", page.Total, want, err)
	}
	for _, run := range page.Runs {
		if run.CreatedAt < from || run.CreatedAt > to || run.Branch != "main" {
			t.Errorf("%+v", run)
		}
	}
	late, err := client.Runs(t.Context(), github.RunsRequest{Repo: repo, From: to + 1})
	early, err2 := client.Runs(t.Context(), github.RunsRequest{Repo: repo, To: to})
	if err != nil || err2 != nil || late.Total+early.Total != len(data.Runs) {
		t.Errorf("%d and %d of %d, %v, %v", early.Total, late.Total, len(data.Runs), err, err2)
	}
}

// After whatever a single answer suffers, the page is the one that it would
// have been.
func TestFaultsChangeNoHistory(t *testing.T) {
	graphQL := []githubtest.FaultKind{
		githubtest.FaultReset, githubtest.FaultTruncated, githubtest.FaultEmpty, githubtest.FaultPartial,
		githubtest.FaultDataNull, githubtest.FaultTimeout, githubtest.FaultSecondary,
	}
	rest := []githubtest.FaultKind{
		githubtest.FaultStatus, githubtest.FaultReset, githubtest.FaultTruncated, githubtest.FaultEmpty,
		githubtest.FaultHTML, githubtest.FaultSecondary,
	}
	tests := []struct {
		on    githubtest.Fault
		kinds []githubtest.FaultKind
		read  func(*github.Client, model.Repository) (any, error)
	}{
		{githubtest.Fault{GraphQL: "DeploymentsPage"}, graphQL, func(c *github.Client, r model.Repository) (any, error) {
			page, err := c.Deployments(t.Context(), r, "")
			return page.Deployments[:5], err
		}},
		{githubtest.Fault{GraphQL: "TagsPage"}, graphQL, func(c *github.Client, r model.Repository) (any, error) {
			page, err := c.Tags(t.Context(), r, "")
			return page.Tags[:5], err
		}},
		{githubtest.Fault{GraphQL: "BranchHistory"}, graphQL, func(c *github.Client, r model.Repository) (any, error) {
			page, err := c.History(t.Context(), r, "", "")
			return page.Commits[:5], err
		}},
		{githubtest.Fault{REST: "/repos/{owner}/{repo}/actions/runs"}, rest, func(c *github.Client, r model.Repository) (any, error) {
			page, err := c.Runs(t.Context(), github.RunsRequest{Repo: r})
			return page.Runs[:5], err
		}},
	}
	for _, test := range tests {
		for _, kind := range test.kinds {
			t.Run(cmp.Or(test.on.GraphQL, "runs")+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				server, _, client, repo := shipping(t)
				want, err := test.read(client, repo)
				if err != nil {
					t.Fatal(err)
				}
				fault := test.on
				fault.Kind, fault.Count, fault.RetryAfter = kind, 1, time.Second
				server.AddFault(fault)
				got, err := test.read(connect(t, server), repo)
				if err != nil || server.Counts().Faults[string(kind)] != 1 {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
