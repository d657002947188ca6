package githubtest

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzQuery sends any document with any variables: nothing may panic, and every answer
// is JSON with data or errors.
func FuzzQuery(f *testing.F) {
	for _, document := range []string{
		`{ viewer { login } }`, issuesShape, pullsShape, refetchShape, introspection,
		rocket(`issues(first: 3, filterBy: {since: "2024-01-02T00:00:00Z", labels: ["bug"]}) { edges { cursor node { title } } }`),
		rocket(`pullRequest(number: 3) { timelineItems(last: 3, skip: 1, itemTypes: [MERGED_EVENT]) { nodes { __typename } } }`),
		rocket(`object(expression: "main") { ... on Commit { history(first: 2, after: "Y3Vyc29yOnYyOg==") { nodes { oid } } } }`),
		`query a($x: Boolean = true) { rateLimit(dryRun: $x) { cost } } query b { relay { relay { id } } }`,
	} {
		f.Add(document, `{"r": "R_kgBl", "n": 3, "ids": ["I_kwBlzQPp", null, 7]}`, "")
	}
	e, err := newEngine()
	if err != nil {
		f.Fatal(err)
	}
	w := newWorld([]*Dataset{sample()})
	f.Fuzz(func(t *testing.T, document, variables, operation string) {
		q := query{Document: document, Operation: operation}
		decoder := json.NewDecoder(bytes.NewReader([]byte(variables)))
		if len(variables)%2 == 0 {
			decoder.UseNumber()
		}
		_ = decoder.Decode(&q.Variables)
		p := e.prepare(q)
		if p.points < 1 || p.nodes < 0 {
			t.Errorf("%d points, %d nodes", p.points, p.nodes)
		}
		answer := p.failed()
		if answer == nil {
			v := w.view(TimeOf(sampleNow))
			answer = p.run(v, fixedHost{"alice"}, nil)
			v.close()
		}
		if len(answer.Data) == 0 && len(answer.Errors) == 0 {
			t.Error("neither data nor errors")
		}
		if out, err := json.Marshal(answer); err != nil || !json.Valid(out) {
			t.Errorf("%v: %s", err, answer.Data)
		}
	})
}

// FuzzNodeID takes any node id apart.
func FuzzNodeID(f *testing.F) {
	for _, id := range []string{GlobalID("PR", sampleRepo, 2003), CommitGlobalID(sampleRepo, oidOf(1)), legacyID("Issue", 1001), "_", ""} {
		f.Add(id)
	}
	w := newWorld([]*Dataset{sample()})
	f.Fuzz(func(t *testing.T, id string) {
		parsed, ok := parseID(id)
		if ok && len(parsed.ids) == 0 {
			t.Fatalf("%q has no ids", id)
		}
		v := w.view(TimeOf(sampleNow))
		defer v.close()
		(&call{execution: &execution{view: v}}).byID(id)
	})
}

// FuzzCursor reads any cursor.
func FuzzCursor(f *testing.F) {
	f.Add("x", cursorAt("x", place{N: 1, ID: 2, Text: "t"}))
	f.Fuzz(func(t *testing.T, order, text string) {
		p, err := readPlace(order, text)
		if err == nil {
			if again, err := readPlace(order, cursorAt(order, p)); err != nil || again != p {
				t.Errorf("%v became %v, %v", p, again, err)
			}
		}
	})
}
