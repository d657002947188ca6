package github

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

// A page that lacks something is none: what is missing from it would be taken
// to be closed.
func TestMilestonesAreWholeOrAnError(t *testing.T) {
	const whole = `{"number":1,"title":"v1","createdAt":"2024-01-01T00:00:00Z","openIssues":{"totalCount":2},"closedIssues":{"totalCount":3}}`
	page := func(nodes string) string {
		return `{"data":{"node":{"databaseId":` + strconv.FormatInt(testRepo.ID, 10) + `,"page":{"totalCount":1,"pageInfo":{"hasNextPage":false},"nodes":[` + nodes + `]}}}}`
	}
	tests := []struct {
		name, body string
		want       string
	}{
		{"whole", page(whole), ""},
		{"null", page(whole + ",null"), reasonPartial},
		{"without title", page(strings.Replace(whole, `"v1"`, `null`, 1)), reasonPartial},
		{"without number", page(strings.Replace(whole, `"number":1`, `"number":0`, 1)), reasonPartial},
		{"without issues", page(strings.Replace(whole, `{"totalCount":3}`, `null`, 1)), reasonPartial},
		{"no repository", `{"data":{"node":null}}`, reasonNotFound},
		{"no list", `{"data":{"node":{"databaseId":` + strconv.FormatInt(testRepo.ID, 10) + `,"page":null}}}`, reasonPartial},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // it is tried again after some seconds
				client := newTestClient(t, answers(answer(http.StatusOK, test.body)))
				got, err := client.Milestones(t.Context(), testRepo, "")
				var e *Error
				if errors.As(err, &e) != (test.want != "") || e != nil && e.Reason != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if test.want == "" && (len(got.Milestones) != 1 || got.Milestones[0].Open != 2 || got.Milestones[0].Closed != 3 || got.Milestones[0].CreatedAt != jan1) {
					t.Errorf("%+v", got)
				}
				if test.want != "" && got.Milestones != nil {
					t.Errorf("%+v with an error", got)
				}
			})
		})
	}
}
