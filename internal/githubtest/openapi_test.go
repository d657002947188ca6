package githubtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// description reads GitHub's description of its REST API, trimmed to what the server has.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	openapi3.DefineStringFormatValidator("uri", openapi3.NewCallbackValidator(func(text string) error {
		if u, err := url.Parse(text); err != nil || text != "" && !u.IsAbs() {
			return fmt.Errorf("%q is no absolute address", text)
		}
		return nil
	}))
	file, err := os.Open(openAPIFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// schemaOf gives the schema that an operation states for a status.
func schemaOf(d *openapi3.T, template string, status int) (*openapi3.Schema, error) {
	path := d.Paths.Find(template)
	if path == nil || path.Get == nil && path.Post == nil {
		return nil, fmt.Errorf("the description has no %s", template)
	}
	response := cmp.Or(path.Get, path.Post).Responses.Status(status)
	if response == nil {
		return nil, fmt.Errorf("the description has no status %d for %s", status, template)
	}
	content := response.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil {
		return nil, fmt.Errorf("the description has no body for %s with status %d", template, status)
	}
	return content.Schema.Value, nil
}

// conform holds an answer against a schema.
func conform(schema *openapi3.Schema, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return schema.VisitJSON(value, openapi3.EnableFormatValidation(), openapi3.MultiErrors(),
		openapi3.DisableSchemaErrorDetails())
}

// samplePaths is an address for every route of the server, at which the sample has
// something to show.
var samplePaths = map[string][]string{
	"/user":                                {"/user"},
	"/user/repos":                          {"/user/repos"},
	"/app":                                 {"/app"},
	"/app/installations":                   {"/app/installations"},
	"/app/installations/{installation_id}": {"/app/installations/11"},
	"/app/installations/{installation_id}/access_tokens": {"/app/installations/11/access_tokens"},
	"/users/{username}":                    {"/users/alice", "/users/acme", "/users/dependabot[bot]"},
	"/users/{username}/repos":              {"/users/alice/repos"},
	"/orgs/{org}/repos":                    {"/orgs/acme/repos"},
	"/installation/repositories":           {"/installation/repositories"},
	"/rate_limit":                          {"/rate_limit"},
	"/meta":                                {"/meta"},
	"/repos/{owner}/{repo}":                {"/repos/acme/rocket", "/repos/alice/empty"},
	"issues":                               {"issues?state=all&sort=created&direction=asc&per_page=100"},
	"issues/comments":                      {"issues/comments"},
	"issues/comments/{comment_id}":         {"issues/comments/1101"},
	"issues/events":                        {"issues/events?per_page=100"},
	"issues/{issue_number}":                {"issues/1", "issues/2", "issues/3", "issues/5"},
	"issues/{issue_number}/comments":       {"issues/1/comments"},
	"issues/{issue_number}/events":         {"issues/2/events", "issues/3/events"},
	"issues/{issue_number}/labels":         {"issues/1/labels"},
	"issues/{issue_number}/timeline":       {"issues/1/timeline", "issues/2/timeline", "issues/3/timeline", "issues/5/timeline"},
	"pulls":                                {"pulls?state=all"},
	"pulls/comments":                       {"pulls/comments"},
	"pulls/comments/{comment_id}":          {"pulls/comments/912"},
	"pulls/{pull_number}":                  {"pulls/3", "pulls/4", "pulls/5"},
	"pulls/{pull_number}/comments":         {"pulls/3/comments"},
	"pulls/{pull_number}/commits":          {"pulls/3/commits", "pulls/9/commits"},
	"pulls/{pull_number}/reviews":          {"pulls/3/reviews"},
	"labels":                               {"labels"},
	"milestones":                           {"milestones?state=all"},
	"releases":                             {"releases"},
	"tags":                                 {"tags"},
	"branches/{branch}":                    {"branches/main", "branches/long"},
	"commits":                              {"commits"},
	"commits/{ref}":                        {"commits/main", "commits/v0.1"},
	"compare/{basehead}":                   {"compare/v0.1...main", "compare/main...v0.1"},
	"deployments":                          {"deployments"},
	"deployments/{deployment_id}":          {"deployments/601"},
	"deployments/{deployment_id}/statuses": {"deployments/601/statuses"},
	"actions/runs":                         {"actions/runs"},
	"actions/runs/{run_id}":                {"actions/runs/701"},
	"actions/runs/{run_id}/attempts/{attempt_number}": {"actions/runs/701/attempts/1", "actions/runs/701/attempts/2"},
	"actions/runs/{run_id}/jobs":                      {"actions/runs/701/jobs?filter=all"},
}

// pathsOf gives the sample's addresses of a route.
func pathsOf(template string) []string {
	below, ok := strings.CutPrefix(template, "/repos/{owner}/{repo}/")
	if !ok {
		return samplePaths[template]
	}
	var out []string
	for _, path := range samplePaths[below] {
		out = append(out, repoPath(path))
	}
	return out
}

// TestAnswersConformToGitHubsDescription holds an answer of every route, with rows in
// it, against GitHub's own description, at several instants.
func TestAnswersConformToGitHubsDescription(t *testing.T) {
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	opts := sampleOptions()
	now := sampleNow
	opts.Clock = func() time.Time { return now }
	opts.Tokens = append(opts.Tokens, Token{Token: "app", Login: "app", Installation: "acme"})
	opts.Apps = []App{mirrorApp()}
	s := start(t, opts)
	for _, at := range []Time{hour(47), hour(75), TimeOf(sampleNow)} {
		now = at.Time()
		for _, r := range restRoutes() {
			paths := pathsOf(r.template)
			if len(paths) == 0 {
				t.Errorf("no address for %s", r.template)
			}
			for _, path := range paths {
				checkAnswer(t, s, d, r.template, path, at == TimeOf(sampleNow))
			}
		}
	}
}

// asDescribed sends a request with the method and the kind of token that its address wants.
func asDescribed(t *testing.T, s *Server, path string) reply {
	t.Helper()
	switch {
	case strings.HasSuffix(path, "/access_tokens"):
		return postAs(t, s, appJWT(s.Now()), path, "")
	case strings.HasPrefix(path, "/app"):
		return getAs(t, s, appJWT(s.Now()), path)
	case strings.HasPrefix(path, "/installation"):
		return getAs(t, s, "app", path)
	}
	return get(t, s, path)
}

// checkAnswer holds one answer against the description. full: it must show something.
func checkAnswer(t *testing.T, s *Server, d *openapi3.T, template, path string, full bool) {
	t.Helper()
	r := asDescribed(t, s, path)
	if !full && (r.status == http.StatusNotFound || r.status == http.StatusUnprocessableEntity) {
		return
	}
	schema, err := schemaOf(d, template, r.status)
	if err != nil || r.status != http.StatusOK && r.status != http.StatusCreated {
		t.Errorf("%s: status %d, %v: %.200s", path, r.status, err, r.body)
		return
	}
	if err := conform(schema, r.body); err != nil {
		t.Errorf("%s at %s: %v", path, s.Now(), err)
	}
	if full && bytes.Equal(r.body, []byte("[]")) {
		t.Errorf("%s shows nothing", path)
	}
}

// eventSchemas are the schemas of the events of the sample, since the description's anyOf takes
// almost any event for one of another kind.
var eventSchemas = map[string]string{
	"labeled": "labeled-issue-event", "unlabeled": "unlabeled-issue-event", "assigned": "timeline-assigned-issue-event",
	"unassigned": "timeline-unassigned-issue-event", "milestoned": "milestoned-issue-event",
	"demilestoned": "demilestoned-issue-event", "renamed": "renamed-issue-event", "locked": "locked-issue-event",
	"unlocked": "locked-issue-event", "closed": "state-change-issue-event", "reopened": "state-change-issue-event",
	"review_requested": "review-requested-issue-event", "review_request_removed": "review-request-removed-issue-event",
	"review_dismissed": "review-dismissed-issue-event", "commented": "timeline-comment-event",
	"cross-referenced": "timeline-cross-referenced-event", "committed": "timeline-committed-event",
	"reviewed": "timeline-reviewed-event", "merged": "state-change-issue-event", "mentioned": "state-change-issue-event",
	"subscribed": "state-change-issue-event", "comment_deleted": "state-change-issue-event",
	"head_ref_force_pushed": "state-change-issue-event", "head_ref_deleted": "state-change-issue-event",
}

func TestEveryEventConformsToItsOwnSchema(t *testing.T) {
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, sampleOptions())
	seen := map[string]bool{}
	for _, number := range []int{1, 2, 3, 4, 5} {
		for _, row := range decode[[]json.RawMessage](t, get(t, s, repoPath(fmt.Sprintf("issues/%d/timeline?per_page=100", number)))) {
			var kind struct{ Event string }
			if err := json.Unmarshal(row, &kind); err != nil {
				t.Fatal(err)
			}
			schema := d.Components.Schemas[eventSchemas[kind.Event]]
			if schema == nil {
				t.Errorf("no schema for %q", kind.Event)
				continue
			}
			seen[kind.Event] = true
			if err := conform(schema.Value, row); err != nil {
				t.Errorf("issue %d, %s: %v", number, kind.Event, err)
			}
		}
	}
	for kind := range eventSchemas {
		if !seen[kind] {
			t.Errorf("the sample shows no %s", kind)
		}
	}
}

// TestRefusalsConformToGitHubsDescription does so for what is not 200.
func TestRefusalsConformToGitHubsDescription(t *testing.T) {
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, sampleOptions())
	if err := s.BlockRepository(emptyRepo, "dmca"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		template, path string
		status         int
	}{
		{"/repos/{owner}/{repo}", "/repos/acme/old-rocket", 301},
		{"/repos/{owner}/{repo}", "/repos/acme/none", 404},
		{"/repos/{owner}/{repo}/issues", repoPath("issues?sort=odd"), 422},
		{"/repos/{owner}/{repo}/issues/{issue_number}", repoPath("issues/6"), 410},
		{"/repos/{owner}/{repo}/issues/{issue_number}", repoPath("issues/7"), 301},
		{"/repos/{owner}/{repo}/commits/{ref}", repoPath("commits/ffffffffff"), 422},
	} {
		r := get(t, s, test.path)
		schema, err := schemaOf(d, test.template, test.status)
		if err != nil || r.status != test.status {
			t.Errorf("%s: status %d, %v", test.path, r.status, err)
			continue
		}
		if err := conform(schema, r.body); err != nil {
			t.Errorf("%s: %v", test.path, err)
		}
	}
	blocked := get(t, s, "/repos/alice/empty")
	got := decode[struct {
		Block struct{ Reason, Created_at string }
	}](t, blocked)
	if blocked.status != http.StatusUnavailableForLegalReasons || got.Block.Reason != "dmca" || got.Block.Created_at == "" {
		t.Errorf("blocked: %d %s", blocked.status, blocked.body)
	}
}

// TestTheCheckCanFail proves that the description refuses answers that lack something, or
// hold something of the wrong kind.
func TestTheCheckCanFail(t *testing.T) {
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, sampleOptions())
	schema, err := schemaOf(d, "/repos/{owner}/{repo}/pulls/{pull_number}", http.StatusOK)
	if err != nil {
		t.Fatal(err)
	}
	whole := get(t, s, repoPath("pulls/3")).body
	for name, spoil := range map[string]func(map[string]any){
		"lacking":   func(pull map[string]any) { delete(pull, "merged_by") },
		"wrong":     func(pull map[string]any) { pull["number"] = "3" },
		"no time":   func(pull map[string]any) { pull["created_at"] = "yesterday" },
		"no state":  func(pull map[string]any) { pull["state"] = "MERGED" },
		"deep down": func(pull map[string]any) { pull["base"].(map[string]any)["repo"].(map[string]any)["owner"] = nil },
	} {
		var pull map[string]any
		if err := json.Unmarshal(whole, &pull); err != nil {
			t.Fatal(err)
		}
		spoil(pull)
		body, _ := json.Marshal(pull)
		if conform(schema, body) == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
	if !slices.Contains(pathsOf("/repos/{owner}/{repo}/tags"), repoPath("tags")) {
		t.Error("the table of addresses is not read")
	}
}
