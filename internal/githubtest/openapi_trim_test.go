package githubtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The description in testdata is made from npm's @octokit/openapi 23.0.2:
//
//	npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
//	go test ./internal/githubtest -run TestTrimOpenAPI -openapi.source package/generated/api.github.com.json
var openAPISource = flag.String("openapi.source", "", "api.github.com.json to make testdata/openapi.json.gz from")

const openAPIFile = "testdata/openapi.json.gz"

// amendments are the places where GitHub's description is narrower than its answers:
// schema, then the path to a property within it, which becomes nullable.
var amendments = map[string][]string{
	// The repository of a deleted fork and its owner.
	"pull-request":        {"head.repo", "head.user", "labels.[].description"},
	"pull-request-simple": {"head.repo", "head.user", "labels.[].description"},
	// A deleted account: issue-event, which shows the same events, says so.
	"labeled-issue-event": {"actor"}, "unlabeled-issue-event": {"actor"}, "milestoned-issue-event": {"actor"},
	"demilestoned-issue-event": {"actor"}, "renamed-issue-event": {"actor"}, "locked-issue-event": {"actor"},
	"review-requested-issue-event": {"actor"}, "review-request-removed-issue-event": {"actor"},
	"review-dismissed-issue-event": {"actor"}, "timeline-assigned-issue-event": {"actor"},
	"timeline-unassigned-issue-event": {"actor"}, "assigned-issue-event": {"actor", "performed_via_github_app"},
	"unassigned-issue-event": {"actor"}, "state-change-issue-event": {"actor"},
	"timeline-cross-referenced-event": {"actor"},
	// Closings have no schema of their own in lists of events; this one takes them.
	"added-to-project-issue-event": {"actor"},
}

// TestTrimOpenAPI writes testdata/openapi.json.gz where -openapi.source is given.
func TestTrimOpenAPI(t *testing.T) {
	if *openAPISource == "" {
		t.Skip("makes testdata anew only with -openapi.source")
	}
	text, err := os.ReadFile(*openAPISource)
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	trimmed, err := trimOpenAPI(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(openAPIFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(openAPIFile, trimmed, 0o644); err != nil {
		t.Fatal(err)
	}
}

// trimOpenAPI keeps the operations that the server has and what they refer to.
func trimOpenAPI(whole map[string]any) ([]byte, error) {
	all := whole["paths"].(map[string]any)
	paths := map[string]any{}
	for _, r := range restRoutes() {
		described, ok := all[r.template].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("GitHub's description has no %s", r.template)
		}
		method := strings.ToLower(cmp.Or(r.method, http.MethodGet))
		paths[r.template] = map[string]any{method: strip(described[method])}
	}
	// The list of installations says that an account is a user and an enterprise at once.
	items(paths, "/app/installations")["items"] = map[string]any{"$ref": "#/components/schemas/installation"}
	out := map[string]any{
		"openapi": whole["openapi"], "info": strip(whole["info"]), "paths": paths,
		"servers": []any{map[string]any{"url": "/"}},
	}
	info := out["info"].(map[string]any)
	info["title"] = "GitHub REST API, trimmed to what the simulated GitHub serves"
	components := map[string]any{}
	keepReferred(whole, paths, components)
	out["components"] = components
	for schema, places := range amendments {
		for _, place := range places {
			if err := amend(components["schemas"].(map[string]any), schema, place); err != nil {
				return nil, err
			}
		}
	}
	return zip(out)
}

// items finds the schema of a list that an address answers with.
func items(paths map[string]any, template string) map[string]any {
	schema := paths[template]
	for _, step := range []string{"get", "responses", "200", "content", "application/json", "schema"} {
		schema = schema.(map[string]any)[step]
	}
	return schema.(map[string]any)
}

// strip drops what only people read.
func strip(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			if name == "properties" {
				out[name] = stripProperties(member)
				continue
			}
			switch {
			case strings.HasPrefix(name, "x-"), name == "examples", name == "example", name == "tags", name == "externalDocs",
				name == "description" && !isResponse(v), name == "summary":
			default:
				out[name] = strip(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = strip(element)
		}
		return out
	}
	return value
}

// stripProperties keeps properties of every name.
func stripProperties(value any) any {
	properties, ok := value.(map[string]any)
	if !ok {
		return strip(value)
	}
	out := map[string]any{}
	for name, property := range properties {
		out[name] = strip(property)
	}
	return out
}

// isResponse tells responses, whose description is required.
func isResponse(v map[string]any) bool {
	_, text := v["description"].(string)
	_, content := v["content"]
	_, headers := v["headers"]
	_, typed := v["type"]
	return text && !typed && (content || headers || len(v) == 1)
}

// keepReferred copies the components that value refers to, and what they refer to.
func keepReferred(whole map[string]any, value any, components map[string]any) {
	switch v := value.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			parts := strings.Split(ref, "/") // #, components, kind, name
			kind, _ := components[parts[2]].(map[string]any)
			if kind == nil {
				kind = map[string]any{}
				components[parts[2]] = kind
			}
			if _, have := kind[parts[3]]; !have {
				component := strip(whole["components"].(map[string]any)[parts[2]].(map[string]any)[parts[3]])
				kind[parts[3]] = component
				keepReferred(whole, component, components)
			}
		}
		for _, member := range v {
			keepReferred(whole, member, components)
		}
	case []any:
		for _, element := range v {
			keepReferred(whole, element, components)
		}
	}
}

// amend makes a property of a schema nullable.
func amend(schemas map[string]any, schema, place string) error {
	at, ok := schemas[schema].(map[string]any)
	if !ok {
		return fmt.Errorf("GitHub's description has no schema %s", schema)
	}
	steps := strings.Split(place, ".")
	for i, step := range steps {
		if step == "[]" {
			at = at["items"].(map[string]any)
			continue
		}
		properties, _ := at["properties"].(map[string]any)
		next, ok := properties[step].(map[string]any)
		if !ok {
			return fmt.Errorf("GitHub's description has no %s in schema %s", place, schema)
		}
		if i == len(steps)-1 {
			if _, ref := next["$ref"]; ref {
				next = map[string]any{"allOf": []any{next}}
				properties[step] = next
			}
			next["nullable"] = true
		}
		at = next
	}
	return nil
}

// zip writes JSON compressed, always the same bytes for the same value.
func zip(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
