package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const someOID = "0123456789abcdef0123456789abcdef01234567"

var (
	deploymentJSON = map[string]any{
		"id": "DE_1", "databaseId": 5, "environment": "production", "commitOid": someOID, "deploymentState": "ACTIVE",
		"createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-02T00:00:00Z", "statuses": map[string]any{"nodes": []any{}},
	}
	releaseJSON = map[string]any{
		"id": "RE_1", "databaseId": 6, "tagName": "v1", "tagCommit": map[string]any{"oid": someOID},
		"publishedAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-02T00:00:00Z",
	}
	commitJSON = map[string]any{
		"oid": someOID, "committedDate": "2024-01-01T00:00:00Z", "parents": map[string]any{"nodes": []any{map[string]any{"oid": "aa"}}},
	}
)

// readOne reads a page of one element and gives what came of it.
func readOne(t *testing.T, list string, fake *fakeGitHub) (any, map[string]int, error) {
	t.Helper()
	client := newTestClient(t, fake)
	switch list {
	case "deployments":
		page, err := client.Deployments(t.Context(), testRepo, "")
		return page.Deployments, page.Dropped, err
	case "releases":
		page, err := client.Releases(t.Context(), testRepo, "")
		return page.Releases, page.Dropped, err
	}
	page, err := client.Tags(t.Context(), testRepo, "")
	return page.Tags, page.Dropped, err
}

func TestElementsOfHistory(t *testing.T) {
	deployment := model.Deployment{
		ID: 5, NodeID: "DE_1", Environment: "production", OID: someOID, State: "active", CreatedAt: jan1, UpdatedAt: jan2,
	}
	changed := func(d model.Deployment, f func(*model.Deployment)) []model.Deployment {
		f(&d)
		return []model.Deployment{d}
	}
	release := model.Release{ID: 6, Tag: "v1", OID: someOID, PublishedAt: jan1, UpdatedAt: jan2}
	untagged := release
	untagged.OID = ""
	target := func(inner string) string { return `{"name":"v1","target":` + inner + `}` }
	commit := `{"__typename":"Commit","oid":"` + someOID + `","committedDate":"2024-01-01T00:00:00Z"}`
	annotated := func(date, inner string) string {
		return `{"__typename":"Tag","oid":"ff","tagger":{"date":"` + date + `"},"target":` + inner + `}`
	}
	tag := model.Tag{Name: "v1", OID: someOID, CommittedAt: jan1}
	signed := tag
	signed.TaggedAt = jan2
	node := githubtest.GlobalID("DE", 7, 3_000_000_000)
	tests := []struct {
		name, list, element string
		want                any
		dropped             map[string]int
	}{
		{"deployment", "deployments", object(deploymentJSON), []model.Deployment{deployment}, nil},
		{
			"without environment", "deployments", object(deploymentJSON, map[string]any{"environment": nil}),
			changed(deployment, func(d *model.Deployment) { d.Environment = "" }), nil,
		},
		{
			"whose number has more than 32 bits", "deployments", object(deploymentJSON, map[string]any{"databaseId": nil, "id": node}),
			changed(deployment, func(d *model.Deployment) { d.ID, d.NodeID = 3_000_000_000, node }), nil,
		},
		{
			"with statuses in disorder", "deployments", object(deploymentJSON, map[string]any{"statuses": map[string]any{"nodes": []any{
				map[string]any{"id": "b", "state": "SUCCESS", "createdAt": "2024-01-02T00:00:00Z"},
				nil,
				map[string]any{"id": "c", "state": "NEW_WORD", "createdAt": "2024-01-01T00:00:00Z"},
				map[string]any{"id": "a", "state": "QUEUED", "createdAt": "2024-01-01T00:00:00Z"},
			}}}),
			changed(deployment, func(d *model.Deployment) {
				d.Statuses = []model.DeploymentStatus{{ID: "a", State: "queued", At: jan1}, {ID: "c", State: "new_word", At: jan1}, {ID: "b", State: "success", At: jan2}}
			}),
			map[string]int{"deployment_status": 1},
		},
		{"release", "releases", object(releaseJSON), []model.Release{release}, nil},
		{"of a deleted tag", "releases", object(releaseJSON, map[string]any{"tagCommit": nil}), []model.Release{untagged}, nil},
		{"draft", "releases", object(releaseJSON, map[string]any{"isDraft": true, "publishedAt": nil}), []model.Release(nil), nil},
		{"lightweight tag", "tags", target(commit), []model.Tag{tag}, nil},
		{"annotated tag", "tags", target(annotated("2024-01-02T02:00:00+02:00", commit)), []model.Tag{signed}, nil},
		{
			"tag of a tag", "tags", target(annotated("2024-01-02T00:00:00Z", annotated("2020-01-01T00:00:00Z", annotated("2020-01-01T00:00:00Z", commit)))),
			[]model.Tag{signed},
			nil,
		},
		{"tagger without a date", "tags", target(annotated("Thursday", commit)), []model.Tag{tag}, map[string]int{"commit_date": 1}},
		{"tag of a tree", "tags", target(`{"__typename":"Tree","oid":"aa"}`), []model.Tag(nil), map[string]int{"tag": 1}},
		{"tag of nothing that is shown", "tags", target(annotated("2024-01-02T00:00:00Z", "null")), []model.Tag(nil), map[string]int{"tag": 1}},
	}
	for _, test := range tests {
		t.Run(test.list+"/"+test.name, func(t *testing.T) {
			got, dropped, err := readOne(t, test.list, answers(answer(200, page("page", nodes(test.element)), "Date", "")))
			if err != nil {
				t.Fatal(err)
			}
			readAt := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ReadAt" }, cmp.Ignore())
			if diff := cmp.Diff(test.want, got, readAt); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.dropped, dropped); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The page sizes that are tried are 100, 50, 25, 12 and 6.
const sizesTried = 5

// Half an answer fails the page: it is asked for again, and no cursor moves.
func TestHalfHistoryFailsThePage(t *testing.T) {
	without := func(base map[string]any, field string) string { return object(base, map[string]any{field: nil}) }
	tests := []struct{ list, element string }{
		{"deployments", `null`},
		{"deployments", without(deploymentJSON, "id")},
		{"deployments", without(deploymentJSON, "databaseId")},
		{"deployments", without(deploymentJSON, "commitOid")},
		{"deployments", without(deploymentJSON, "createdAt")},
		{"deployments", without(deploymentJSON, "statuses")},
		{"releases", `null`},
		{"releases", without(releaseJSON, "databaseId")},
		{"releases", without(releaseJSON, "tagName")},
		{"releases", without(releaseJSON, "publishedAt")},
		{"tags", `null`},
		{"tags", `{"name":"v1","target":null}`},
		{"tags", `{"name":"","target":{"__typename":"Commit","oid":"aa"}}`},
	}
	for _, test := range tests {
		t.Run(test.list, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := answers(answer(200, page("page", nodes(test.element))))
				if got, _, err := readOne(t, test.list, fake); err == nil || fake.count() != sizesTried*malformedAttempts {
					t.Errorf("%s: %v after %d requests: %+v", test.element, err, fake.count(), got)
				}
			})
		})
	}
}

func TestAnswersThatAreNoPage(t *testing.T) {
	moved := strings.Replace(page("page", emptyList), `"databaseId":7`, `"databaseId":8`, 1)
	stuck := strings.Replace(page("page", emptyList), `"hasNextPage":false`, `"hasNextPage":true`, 1)
	tests := []struct {
		name, body string
		want       error
	}{
		{"no repository", `{"data":{"node":null}}`, ErrNotFound},
		{"another repository", moved, ErrMoved},
		{"no list", `{"data":{"node":{"databaseId":7,"page":null}}}`, nil},
		{"a page that leads nowhere", stuck, ErrMalformed},
		{"an error in the page", `{"data":{"node":{"databaseId":7,"page":` + emptyList + `}},"errors":[{"message":"boo","path":["node","page"]}]}`, nil},
	}
	for _, test := range tests {
		for _, list := range []string{"deployments", "releases", "tags"} {
			t.Run(test.name+"/"+list, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					_, _, err := readOne(t, list, answers(answer(200, test.body)))
					if err == nil || test.want != nil && !errors.Is(err, test.want) {
						t.Errorf("%v, want %v", err, test.want)
					}
				})
			})
		}
	}
}

// GitHub may refuse a number that its schema has no room for.
func TestErrorsOnNumbersAreNoErrors(t *testing.T) {
	node := githubtest.GlobalID("DE", 7, 1<<40)
	body := page("page", nodes(object(deploymentJSON, map[string]any{"databaseId": nil, "id": node})))
	body = body[:len(body)-1] + `,"errors":[{"message":"Int cannot represent 1099511627776","path":["node","page","nodes",0,"databaseId"]}]}`
	got, err := newTestClient(t, answers(answer(200, body))).Deployments(t.Context(), testRepo, "")
	if err != nil || len(got.Deployments) != 1 || got.Deployments[0].ID != 1<<40 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestIDOfNode(t *testing.T) {
	tests := map[string]int64{
		githubtest.GlobalID("DE", 7, 5):          5,
		githubtest.GlobalID("DE", 7, 1<<40):      1 << 40,
		githubtest.CommitGlobalID(7, someOID):    0,
		"":                                       0,
		"DE_":                                    0,
		"DE_!":                                   0,
		"MDEwOkRlcGxveW1lbnQx":                   0, // the old form
		githubtest.GlobalID("DE", 7, 5) + "AAAA": 0,
		githubtest.GlobalID("DE", 1, 2, 3, 4, 5): 0,
		"DE_kw":                                  0,
		githubtest.GlobalID("DE", 7, 0):          0,
		githubtest.GlobalID("DE", 7, 5)[3:]:      0,
	}
	for node, want := range tests {
		if got := idOfNode(node); got != want {
			t.Errorf("%q has %d, want %d", node, got, want)
		}
	}
}

func FuzzIDOfNode(f *testing.F) {
	f.Add(githubtest.GlobalID("DE", 7, 1<<40))
	f.Add("DE_kwDOAAAAB84AAAAF")
	f.Fuzz(func(t *testing.T, node string) {
		if id := idOfNode(node); id < 0 {
			t.Errorf("%q has %d", node, id)
		}
	})
}

// history wraps commits into the answer of a page.
func history(commits ...string) string {
	return fmt.Sprintf(`{"data":{"node":{"databaseId":7,"defaultBranchRef":{"target":{"__typename":"Commit","oid":%q,"history":%s}}}}}`, someOID, nodes(commits...))
}

func TestCommitsOfHistory(t *testing.T) {
	got, err := newTestClient(t, answers(answer(200, history(
		object(commitJSON), object(commitJSON, map[string]any{"committedDate": "0001"}),
	)))).History(t.Context(), testRepo, "", "")
	if err != nil || got.Head != someOID || got.Total != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []model.BranchCommit{{OID: someOID, CommittedAt: jan1, Parents: []string{"aa"}}, {OID: someOID, Parents: []string{"aa"}}}
	if diff := cmp.Diff(want, got.Commits); diff != "" || got.Dropped["commit_date"] != 1 {
		t.Error(diff, got.Dropped)
	}
	for _, bad := range []string{
		`null`, object(commitJSON, map[string]any{"oid": ""}), object(commitJSON, map[string]any{"parents": nil}),
		object(commitJSON, map[string]any{"parents": map[string]any{"nodes": []any{nil}}}),
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := answers(answer(200, history(object(commitJSON), bad)))
			if page, err := newTestClient(t, fake).History(t.Context(), testRepo, "", ""); err == nil || fake.count() != sizesTried*malformedAttempts {
				t.Errorf("%s: %v after %d requests: %+v", bad, err, fake.count(), page)
			}
		})
	}
}

func TestHistoryOfAnotherRepository(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moved := strings.Replace(history(object(commitJSON)), `"databaseId":7`, `"databaseId":8`, 1)
		for body, want := range map[string]error{moved: ErrMoved, `{"data":{"node":null}}`: ErrNotFound} {
			if page, err := newTestClient(t, answers(answer(200, body))).History(t.Context(), testRepo, "", ""); !errors.Is(err, want) {
				t.Errorf("%+v, %v; want %v", page, err, want)
			}
		}
	})
}

func TestObjectsThatAreNoCommits(t *testing.T) {
	for _, object := range []string{`null`, `{"__typename":"Tree","oid":"` + someOID + `"}`} {
		fake := answers(answer(200, `{"data":{"node":{"databaseId":7,"object":`+object+`}}}`))
		client := newTestClient(t, fake)
		if _, err := client.History(t.Context(), testRepo, someOID, ""); !errors.Is(err, ErrNotFound) || fake.count() != 1 {
			t.Errorf("%s: %v after %d requests", object, err, fake.count())
		}
		if client.pool.denied(client.pool.tokens()[0], historyCall(testRepo, ""), client.now()) {
			t.Error("a commit that is unknown closes the repository")
		}
	}
}

// TestManyParents reads a merge of more branches than a page shows.
func TestManyParents(t *testing.T) {
	parents := func(more bool, names ...string) string {
		l := nodes(names...)
		if more {
			l = strings.Replace(l, `"hasNextPage":false`, `"hasNextPage":true`, 1)
		}
		return l
	}
	name := func(n int) string { return fmt.Sprintf(`{"oid":"p%d"}`, n) }
	octopus := fmt.Sprintf(`{"oid":%q,"committedDate":"2024-01-01T00:00:00Z","parents":%s}`, someOID, parents(true, name(1), name(2), name(3)))
	rest := func(list string) func() (*http.Response, error) {
		return answer(200, fmt.Sprintf(`{"data":{"node":{"databaseId":7,"object":{"__typename":"Commit","oid":%q,"parents":%s}}}}`, someOID, list))
	}
	fake := answers(answer(200, history(object(commitJSON), octopus)), rest(parents(false, name(4))))
	got, err := newTestClient(t, fake).History(t.Context(), testRepo, "", "")
	if err != nil || len(got.Commits) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"p1", "p2", "p3", "p4"}, got.Commits[1].Parents); diff != "" {
		t.Error(diff)
	}
	if v := fake.requests[1].Variables; v["oid"] != someOID || v["after"] != "END" {
		t.Errorf("asked for %v", v)
	}
}

// TestLostStatuses has a deployment vanish while its statuses are read: that is
// no reason to think that the repository did.
func TestLostStatuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		more := map[string]any{"statuses": map[string]any{"pageInfo": map[string]any{"hasNextPage": true, "endCursor": "A"}, "nodes": []any{}}}
		fake := answers(
			answer(200, page("page", nodes(object(deploymentJSON, more)))),
			answer(200, `{"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node"],"message":"Could not resolve to a node"}]}`),
		)
		_, err := newTestClient(t, fake).Deployments(t.Context(), testRepo, "")
		var e *Error
		if !errors.As(err, &e) || errors.Is(err, ErrNotFound) || !e.Temporary {
			t.Errorf("%v", err)
		}
	})
}

func TestDeploymentsByID(t *testing.T) {
	element := func(changes map[string]any) string {
		return object(deploymentJSON, map[string]any{"__typename": "Deployment", "repository": map[string]any{"databaseId": 7}}, changes)
	}
	body := `{"data":{"nodes":[` + strings.Join([]string{
		element(nil), `null`, `{"__typename":"Issue"}`, element(map[string]any{"repository": map[string]any{"databaseId": 8}}),
	}, ",") + `]},"errors":[{"type":"NOT_FOUND","path":["nodes",1],"message":"Could not resolve"}]}`
	results, err := newTestClient(t, answers(answer(200, body))).DeploymentsByID(t.Context(), testRepo, []string{"a", "b", "c", "d"})
	if err != nil || len(results) != 4 {
		t.Fatalf("%+v, %v", results, err)
	}
	for i, want := range []error{nil, ErrNotFound, ErrNotFound, ErrMoved} {
		if !errors.Is(results[i].Err, want) || results[i].NodeID != string(rune('a'+i)) {
			t.Errorf("%+v, want %v", results[i], want)
		}
	}
	if results[0].Deployment.ID != 5 {
		t.Errorf("%+v", results[0])
	}
}

// TestHistoryCostsOnePointAPage asks the simulation for the price of the
// largest request of each operation.
func TestHistoryCostsOnePointAPage(t *testing.T) {
	list := map[string]any{"repo": "R_1", "first": SweepPageSize, "after": "A", "oid": someOID, "id": "DE_1"}
	batch := func(n int) map[string]any {
		all := []any{}
		for _, id := range ids(n) {
			all = append(all, id)
		}
		return map[string]any{"ids": all, "first": jobsShown}
	}
	tests := map[string]map[string]any{
		"DeploymentsPage": list, "DeploymentStatuses": list, "ReleasesPage": list, "TagsPage": list, "BranchHistory": list,
		"CommitHistory": list, "CommitParents": list, "DeploymentsByID": batch(DeploymentsBatch), "RunJobs": batch(RunJobsBatch),
	}
	for operation, variables := range tests {
		if points, _, err := githubtest.Price(document(operation), declared(t, document(operation), variables), ""); err != nil || points != 1 {
			t.Errorf("%s costs %d points, %v", operation, points, err)
		}
	}
}
