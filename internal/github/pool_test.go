package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func askPage(ctx context.Context, c *Client, repo model.Repository) error {
	_, err := c.Issues(ctx, PageRequest{Repo: repo})
	return err
}

// However many call at once: what may be spent of a budget is spent to the last
// point, and nothing beyond it is sent.
func TestBudgetIsSpentExactly(t *testing.T) {
	for _, test := range []struct {
		priority Priority
		users    []string
		want     int // points a window
	}{
		{Incremental, []string{"ann"}, 160},
		{Sweeping, []string{"ann"}, 160},
		{Backfill, []string{"ann"}, 140},
		{Incremental, []string{"ann", "bob", "cy"}, 480},
		{Incremental, []string{"ann", "ann2"}, 160},
	} {
		t.Run(fmt.Sprint(test.priority, test.users), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHub()
				h.limit, h.latency = 200, 100*time.Millisecond
				client := h.client(t, test.users...)
				client.maxWait = 3 * time.Hour
				ctx := WithPriority(t.Context(), test.priority)
				var wg sync.WaitGroup
				for i := range 20 {
					wg.Go(func() {
						for range test.want / 10 {
							if err := askPage(ctx, client, numbered(int64(i+1))); err != nil {
								t.Error(err)
							}
						}
					})
				}
				time.Sleep(50 * time.Minute)
				if n := total(h.answered()); n != test.want {
					t.Errorf("%d points were spent of the first window, want %d", n, test.want)
				}
				wg.Wait()
				if n := total(h.answered()); n != test.want || h.refusals != 0 {
					t.Errorf("%d points later, %d refusals; want %d and none", n, h.refusals, test.want)
				}
			})
		})
	}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Who is more urgent has the next free place, whoever came first.
func TestPrioritiesInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = time.Second
		client := h.client(t, "ann")
		client.pool.tokens()[0].limiter().halvedUntil = time.Now().Add(time.Hour) // one at a time
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		for i, p := range []Priority{Backfill, Backfill, Sweeping, Incremental, Backfill, Incremental} {
			wg.Go(func() {
				if err := askPage(WithPriority(t.Context(), p), client, numbered(1)); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, fmt.Sprintf("%d:%d", p, i))
			})
			time.Sleep(time.Millisecond)
		}
		wg.Wait()
		if diff := cmp.Diff([]string{"2:0", "0:3", "0:5", "1:2", "2:1", "2:4"}, order); diff != "" {
			t.Error(diff)
		}
	})
}

// A call that is given up leaves its place to others.
func TestAbandonedCallsLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = 10 * time.Second
		client := h.client(t, "ann")
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := askPage(ctx, client, numbered(1)); err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			cancel()
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // each has a place, and goes all the same
			_ = askPage(gone, client, numbered(1))
		}
		l := client.pool.tokens()[0].limiter()
		if len(client.pool.queue) != 0 || l.busy[apiGraphQL] != 0 || l.budget(resourceGraphQL).reserved != 0 {
			t.Errorf("%d wait, %d under way, %d reserved", len(client.pool.queue), l.busy[apiGraphQL], l.budget(resourceGraphQL).reserved)
		}
	})
}

// burst makes calls at once and gives how many were under way together.
func burst(t *testing.T, h *hub, c *Client, n int, repos ...model.Repository) map[string]int {
	t.Helper()
	h.mu.Lock()
	clear(h.most)
	h.mu.Unlock()
	var wg sync.WaitGroup
	for i := range n {
		repo := repos[i%len(repos)]
		wg.Go(func() {
			if err := askPage(t.Context(), c, repo); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := c.ReviewComments(t.Context(), CommentsRequest{Repo: repo}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.most
}

// After a secondary limit an identity sends half as many requests at once, for
// ten minutes. A server without limits is asked four at a time of each kind.
func TestHowManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = time.Second
		client := h.client(t, "ann")
		want := func(graphQL, rest int) {
			t.Helper()
			got := burst(t, h, client, 12, numbered(1))
			if diff := cmp.Diff(map[string]int{"ann graphql": graphQL, "ann rest": rest}, got); diff != "" {
				t.Error(diff)
			}
		}
		want(2, 4)
		client.pool.tokens()[0].limiter().strike(time.Second, time.Now())
		time.Sleep(time.Second)
		want(1, 2)
		time.Sleep(halvedFor)
		want(2, 4)
		client.pool.tokens()[0].limiter().setUnlimited()
		h.limit = 0
		want(4, 4)
		if budgets := client.Tokens()[0].Budgets; len(budgets) != 0 {
			t.Errorf("%+v", budgets)
		}
	})
}

// Two tokens of a user have the places and the budget of one; the second one is
// there for when the first is refused.
func TestTwoTokensOfAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = time.Second
		client := h.client(t, "ann1", "ann2", "bob")
		_ = client.Prepare(t.Context())
		burst(t, h, client, 12, homed(t, client, "ann"))
		if h.most["ann graphql"] > 2 || h.most["ann rest"] > 4 {
			t.Errorf("%v at once", h.most)
		}
		requests := map[string]int{}
		for _, r := range client.Stats().Requests {
			if r.API == apiREST {
				requests[r.Token] += r.Count
			}
		}
		if diff := cmp.Diff(map[string]int{"ann1": 12}, requests); diff != "" {
			t.Errorf("an ETag is good for one token: %s", diff)
		}
		repo := homed(t, client, "ann")
		h.answered()
		h.revoked["ann1"] = true
		if err := askPage(t.Context(), client, repo); err != nil || client.Home(repo) != "ann" {
			t.Errorf("%v, home %s", err, client.Home(repo))
		}
		if diff := cmp.Diff(map[string]int{"ann IssuesPage": 1}, h.answered()); diff != "" {
			t.Error(diff)
		}
		names := []string{}
		for _, id := range client.Identities() {
			names = append(names, fmt.Sprint(id.Name, id.Up, id.GraphQL.Limit, id.GraphQL.Floor))
		}
		if diff := cmp.Diff([]string{"anntrue 5000 250", "bobtrue 5000 250"}, names); diff != "" {
			t.Error(diff)
		}
	})
}

// Only the repositories of an identity that goes find another home, and they
// return to it.
func TestRevocationMovesOnlyItsRepositories(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client := h.client(t, "ann", "bob", "cy")
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		homes := func() (out []string) {
			for n := range int64(300) {
				out = append(out, client.Home(numbered(n+1)))
			}
			return out
		}
		before := homes()
		for _, name := range []string{"ann", "bob", "cy"} {
			if n := len(slices.DeleteFunc(slices.Clone(before), func(home string) bool { return home != name })); n < 70 || n > 130 {
				t.Errorf("%s is the home of %d of 300", name, n)
			}
		}
		repo := homed(t, client, "bob")
		h.revoked["bob"] = true
		if err := askPage(t.Context(), client, repo); err != nil {
			t.Error(err)
		}
		for i, home := range homes() {
			if home == "bob" || before[i] != "bob" && home != before[i] {
				t.Errorf("repository %d moved from %s to %s", i+1, before[i], home)
			}
		}
		h.revoked["bob"] = false
		time.Sleep(firstRest)
		if err := askPage(t.Context(), client, repo); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, homes()); diff != "" {
			t.Error(diff)
		}
	})
}

// What a home has no place for others do at once, but not conditional requests.
func TestBusyHomeHasHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = time.Second
		client := h.client(t, "ann", "bob", "cy")
		_ = client.Prepare(t.Context())
		repo := homed(t, client, "bob")
		h.answered()
		start := time.Now()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { _ = askPage(t.Context(), client, repo) })
		}
		wg.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("six pages took %s", took)
		}
		if diff := cmp.Diff(map[string]int{"ann IssuesPage": 2, "bob IssuesPage": 2, "cy IssuesPage": 2}, h.answered()); diff != "" {
			t.Error(diff)
		}
		for range 12 {
			wg.Go(func() { _, _ = client.ReviewComments(t.Context(), CommentsRequest{Repo: repo}) })
		}
		wg.Wait()
		if diff := cmp.Diff(map[string]int{"bob ": 12}, h.answered()); diff != "" {
			t.Error(diff)
		}
	})
}

// An ETag is sent by the identity that got it and by no other; while its budget
// is used up, others ask without.
func TestETagsStayWithTheirIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client := h.client(t, "ann", "bob", "cy")
		var sentTags []string
		first, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: numbered(1)})
		if err != nil || first.Identity != client.Home(numbered(1)) || first.ETag != `"`+first.Identity+`"` {
			t.Fatalf("%+v, %v", first, err)
		}
		h.refuse = func(login string, s sent) *http.Response {
			sentTags = append(sentTags, login+" "+s.Header.Get("If-None-Match"))
			return nil
		}
		req := CommentsRequest{Repo: numbered(1), URL: first.URL, ETag: first.ETag, Identity: first.Identity}
		for range 3 {
			if _, err := client.ReviewComments(t.Context(), req); err != nil {
				t.Error(err)
			}
		}
		client.pool.limiters[first.Identity].exhausted(resourceCore, time.Now().Add(time.Minute))
		other, err := client.ReviewComments(t.Context(), req)
		if err != nil || other.Identity == first.Identity {
			t.Errorf("%+v, %v", other, err)
		}
		time.Sleep(time.Minute)
		back := CommentsRequest{Repo: numbered(1), URL: other.URL, ETag: other.ETag, Identity: other.Identity}
		if page, err := client.ReviewComments(t.Context(), back); err != nil || page.Identity != first.Identity {
			t.Errorf("%+v, %v", page, err)
		}
		own := first.Identity + ` "` + first.Identity + `"`
		if diff := cmp.Diff([]string{own, own, own, other.Identity + " ", first.Identity + " "}, sentTags); diff != "" {
			t.Error(diff)
		}
	})
}
