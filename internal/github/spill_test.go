package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// A request that met a secondary limit is not sent by another identity, nor are
// those for the same repositories; what others are the home of goes on.
func TestSecondaryLimitDoesNotSpill(t *testing.T) {
	for name, test := range map[string]struct {
		header string
		least  time.Duration
		most   time.Duration
	}{
		"with Retry-After":    {"30", 30 * time.Second, 30 * time.Second},
		"without Retry-After": {"", 48 * time.Second, 72 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHub()
				client, repo := pair(t, h)
				h.refuse = func(login string, s sent) *http.Response {
					resp := response(403, message("You have exceeded a secondary rate limit."))
					if test.header != "" {
						resp.Header.Set("Retry-After", test.header)
					}
					if login == "ann" {
						return resp
					}
					return nil
				}
				for range 2 {
					var e *Error
					if err := askPage(t.Context(), client, repo); !errors.As(err, &e) || !errors.Is(err, ErrSecondary) {
						t.Fatalf("%v, want %v", err, ErrSecondary)
					}
					if wait := time.Until(e.RetryAt); wait < test.least || wait > test.most {
						t.Errorf("retry in %s", wait)
					}
				}
				if err := askPage(t.Context(), client, homed(t, client, "bob")); err != nil {
					t.Error(err)
				}
				wantAnswers(t, h, map[string]int{"ann refused": 1, "bob IssuesPage": 1})
				if client.Home(repo) != "ann" || client.Tokens()[0].PausedUntil == 0 || client.Tokens()[1].PausedUntil != 0 {
					t.Errorf("home %s, %+v", client.Home(repo), client.Tokens())
				}
				h.refuse = nil
				time.Sleep(test.most)
				if err := askPage(t.Context(), client, repo); err != nil || client.Tokens()[0].PausedUntil != 0 {
					t.Error(err)
				}
				wantAnswers(t, h, map[string]int{"ann IssuesPage": 1})
			})
		})
	}
}

// A call that waits for the end of a secondary limit returns to the identity
// that met it.
func TestSecondaryLimitIsSatOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client, repo := pair(t, h)
		client.maxWait = time.Minute
		times := 0
		h.refuse = func(login string, s sent) *http.Response {
			if times++; times == 1 {
				return response(429, message("slow down"), "Retry-After", "20")
			}
			return nil
		}
		start := time.Now()
		if err := askPage(t.Context(), client, repo); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		wantAnswers(t, h, map[string]int{"ann refused": 1, "ann IssuesPage": 1})
		if s := client.Stats(); s.WaitSeconds["ann"] != 20 || s.Secondary["ann"] != 1 {
			t.Errorf("%+v", s)
		}
		times = 0
		_, _ = client.Repository(t.Context(), repo.Owner, repo.Name) // which has no home
		if got := h.answered(); len(got) != 2 {
			t.Errorf("%v, want one identity to be asked twice", got)
		}
	})
}

// Calls that sit out a limit side by side wait once, and no longer than it is.
func TestWaitsSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := answers(answer(403, message("secondary rate limit"), "Retry-After", "40"), goodPage)
		client := newTestClient(t, fake)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { _, _ = client.Issues(t.Context(), PageRequest{Repo: testRepo}) })
		}
		time.Sleep(10 * time.Second)
		if waited := client.Stats().WaitSeconds["main"]; waited != 10 {
			t.Errorf("waited %v s after 10 s", waited)
		}
		wg.Wait()
		if waited := client.Stats().WaitSeconds["main"]; waited != 40 {
			t.Errorf("waited %v s, want 40", waited)
		}
	})
}

// Work that is put off until a limit ends waits too, and side by side once.
func TestDeferredWorkIsWaitedFor(t *testing.T) {
	s, at := newStats(), time.Unix(1000, 0)
	waited := func(after time.Duration) float64 {
		s.know("ann")
		return s.snapshot(at.Add(after)).WaitSeconds["ann"]
	}
	s.deferred("ann", at, at.Add(time.Minute))
	s.deferred("ann", at.Add(10*time.Second), at.Add(50*time.Second))
	s.deferred("ann", at.Add(20*time.Second), at.Add(2*time.Minute))
	for after, want := range map[time.Duration]float64{0: 0, time.Minute: 60, time.Hour: 120} {
		if got := waited(after); got != want {
			t.Errorf("%v s after %s, want %v", got, after, want)
		}
	}
	s.deferred("ann", at.Add(time.Hour), at.Add(time.Hour+time.Minute))
	if got := waited(time.Hour + 30*time.Second); got != 150 {
		t.Errorf("%v s, want 150", got)
	}
}

// Where the budget of the home is used up others take over, a refused request
// at once; when all are, the call is told when to try again.
func TestUsedUpBudgetSpills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client, repo := pair(t, h)
		if err := askPage(t.Context(), client, repo); err != nil {
			t.Fatal(err)
		}
		h.windows["ann graphql"].used = 5000 // by somebody else
		h.answered()
		for range 3 {
			if err := askPage(t.Context(), client, repo); err != nil {
				t.Error(err)
			}
		}
		wantAnswers(t, h, map[string]int{"bob IssuesPage": 3})
		if h.refusals != 1 {
			t.Errorf("%d refusals, want one", h.refusals)
		}
		h.windows["bob graphql"].used = 5000 - 251 // the last one above the floor
		for i, want := range []error{nil, ErrRateLimited} {
			if err := askPage(t.Context(), client, repo); !errors.Is(err, want) {
				t.Errorf("%d: %v, want %v", i, err, want)
			}
		}
		var e *Error
		if err := askPage(t.Context(), client, repo); !errors.As(err, &e) || time.Until(e.RetryAt) < time.Hour-time.Minute ||
			time.Until(e.RetryAt) > time.Hour+2*time.Second || h.refusals != 1 {
			t.Errorf("%v, %d refusals", err, h.refusals)
		}
	})
}

// Backfill stops long before what keeps up, which is told nothing of it.
func TestFloors(t *testing.T) {
	for _, test := range []struct {
		limit int
		want  [3]int // by priority
	}{
		{5000, [3]int{250, 750, 1500}},
		{15000, [3]int{750, 2250, 4500}},
		{1000, [3]int{200, 200, 300}},
		{200, [3]int{40, 40, 60}},
		{60, [3]int{12, 12, 18}},
		{0, [3]int{}},
	} {
		for p, want := range test.want {
			if got := floor(test.limit, Priority(p)); got != want {
				t.Errorf("of %d priority %d leaves %d, want %d", test.limit, p, got, want)
			}
		}
		if got := floor(test.limit, vital); got != 0 {
			t.Errorf("vital calls leave %d", got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client := h.client(t, "ann")
		_ = askPage(t.Context(), client, numbered(1))
		h.windows["ann graphql"].used = 4000
		_ = askPage(t.Context(), client, numbered(1))
		for p, want := range map[Priority]error{Backfill: ErrRateLimited, Sweeping: nil, Incremental: nil} {
			if err := askPage(WithPriority(t.Context(), p), client, numbered(1)); !errors.Is(err, want) {
				t.Errorf("%d: %v, want %v", p, err, want)
			}
		}
	})
}

// A probe asks each home for its repositories, side by side, and others for
// what the home may not see.
func TestProbeOfManyIdentities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.latency = time.Second
		client := h.client(t, "ann", "bob", "cy")
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		var repos []model.Repository
		for n := range int64(60) {
			repos = append(repos, numbered(n+1))
		}
		h.refuse = hides(client.Home(repos[7]), repos[7])
		h.answered()
		start := time.Now()
		for i, p := range client.Probe(t.Context(), repos) {
			if p.Err != nil || p.NodeID != repos[i].NodeID {
				t.Errorf("%s: %+v", repos[i].NodeID, p)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("it took %s", took)
		}
		if got := h.answered(); total(got) != 4 {
			t.Errorf("%v, want one request of each, and one more", got)
		}
	})
}

// All that any identity sees is listed once; that one sees nothing, or is
// refused, hides nothing, but what could not be asked for fails the whole.
func TestRepositoriesOfManyIdentities(t *testing.T) {
	list := func(ids ...int) *http.Response {
		var rows []string
		for _, id := range ids {
			rows = append(rows, repositoryNode(id, ""))
		}
		return response(200, `{"data":{"repositoryOwner":{"repositories":`+nodes(rows...)+`}}}`, "Date", someDay)
	}
	for name, test := range map[string]struct {
		bob  func() *http.Response
		want string
		err  error
	}{
		"both":    {func() *http.Response { return list(3, 2) }, "1 2 3", nil},
		"nothing": {func() *http.Response { return response(200, `{"data":{"repositoryOwner":null}}`) }, "1 2", nil},
		"sso":     {func() *http.Response { return response(403, message("SAML"), "X-GitHub-SSO", "required") }, "1 2", nil},
		"revoked": {func() *http.Response { return response(401, message("Bad credentials")) }, "1 2", nil},
		"limited": {func() *http.Response { return response(403, message("no"), "Retry-After", "600") }, "", ErrSecondary},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHub()
				h.refuse = func(login string, _ sent) *http.Response {
					if login == "bob" {
						return test.bob()
					}
					return list(1, 2)
				}
				repos, err := h.client(t, "ann", "bob").Repositories(t.Context(), "octo")
				var got []string
				for _, repo := range repos {
					got = append(got, fmt.Sprint(repo.ID))
				}
				if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) || strings.Join(got, " ") != test.want {
					t.Errorf("%v, %v", got, err)
				}
			})
		})
	}
}

// A repository that only one may see is found by its name, whoever is asked first.
func TestRepositoryByNameOfManyIdentities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.refuse = func(login string, _ sent) *http.Response {
			if login == "cy" {
				return response(200, `{"data":{"repository":`+repositoryNode(4, "")+`}}`)
			}
			return response(200, `{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"no"}]}`)
		}
		client := h.client(t, "ann", "bob", "cy")
		if repo, err := client.Repository(t.Context(), "octo", "r4"); err != nil || repo.ID != 4 {
			t.Errorf("%+v, %v", repo, err)
		}
	})
}

// That GitHub refuses a secret that was replaced meanwhile says nothing of the
// new one: the call is made again with it.
func TestSecretIsReplacedWhileItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		secret := "old"
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			time.Sleep(time.Second)
			switch {
			case s.Header.Get("Authorization") == "Bearer old":
				time.Sleep(time.Second)
				return response(401, message("Bad credentials")), nil
			case s.Operation == "":
				return response(200, viewer("ann")), nil
			}
			return goodPage()
		}}
		client := newTestClient(t, fake, func(o *Options) {
			o.Tokens = []TokenSource{{Name: "one", Read: func() (string, error) {
				mu.Lock()
				defer mu.Unlock()
				return secret, nil
			}}}
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := askPage(t.Context(), client, testRepo); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Millisecond)
		mu.Lock()
		secret = "new"
		mu.Unlock()
		if err := askPage(t.Context(), client, testRepo); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if s := client.Tokens()[0]; !s.Up {
			t.Errorf("%+v", s)
		}
	})
}

// A budget is what it is in whatever order the answers arrive.
func TestAnswersInAnyOrder(t *testing.T) {
	const first, windows, spent = 10_000, 4, 30
	var all []reading
	for w := range windows {
		for used := range spent {
			all = append(all, reading{5000, 5000 - used - 1, used + 1, model.Instant(first + 3600*w)})
		}
	}
	for seed := range uint64(300) {
		random := newRand(seed)
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		l, highest, last := newLimiter(), map[model.Instant]int{}, model.Instant(0)
		for i, r := range all {
			l.see("core", r, r.reset.Time().Add(-time.Minute), time.Unix(int64(r.reset)-60, 0))
			highest[r.reset] = max(highest[r.reset], r.used)
			last = max(last, r.reset)
			want := model.Budget{Resource: "core", Limit: 5000, Used: highest[last], Remaining: 5000 - highest[last], Reset: last, UsedAtReset: -1}
			for before := last - 3600; before >= first; before -= 3600 {
				if highest[before] > 0 {
					want.UsedAtReset = highest[before]
					break
				}
			}
			if diff := cmp.Diff([]model.Budget{want}, l.status()); diff != "" {
				t.Fatalf("seed %d, answer %d: %s", seed, i, diff)
			}
		}
	}
}
