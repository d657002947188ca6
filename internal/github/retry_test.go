package github

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func goodPage() (*http.Response, error) { return response(200, page("issues", emptyList)), nil }

// inBubble asks for a page of issues in fake time and gives the error, how many
// requests were sent and how long it took.
func inBubble(t *testing.T, fake *fakeGitHub, change ...func(*Options)) (client *Client, took time.Duration, err error) {
	synctest.Test(t, func(t *testing.T) {
		client = newTestClient(t, fake, change...)
		start := time.Now()
		_, err = client.Issues(t.Context(), PageRequest{Repo: testRepo})
		took = time.Since(start)
	})
	return client, took, err
}

func TestTransientFailuresAreTriedAgain(t *testing.T) {
	tests := []struct {
		name     string
		answers  []func() (*http.Response, error)
		requests int
		is       error // nil: it succeeds
		atMost   time.Duration
	}{
		{"a glitch", []func() (*http.Response, error){answer(502, htmlPage, "Content-Type", "text/html"), goodPage}, 2, nil, time.Second},
		{"a glitch of the token", []func() (*http.Response, error){answer(401, message("Requires authentication")), goodPage}, 2, nil, time.Second},
		{"too heavy twice", []func() (*http.Response, error){answer(502, ""), answer(502, ""), goodPage}, 2, ErrTooHeavy, time.Second},
		{"malformed three times", []func() (*http.Response, error){answer(200, ""), cut(200, `{"da`), answer(200, "x"), goodPage}, 4, nil, 7 * time.Second},
		{"malformed for ever", []func() (*http.Response, error){answer(200, "")}, 4, ErrTooHeavy, 7 * time.Second},
		{"a null node once", []func() (*http.Response, error){answer(200, page("issues", nodes("null"))), goodPage}, 2, nil, time.Second},
		{"reset", []func() (*http.Response, error){broken(errors.New("connection reset by peer")), goodPage}, 2, nil, time.Second},
		{"gone", []func() (*http.Response, error){answer(404, "{}"), goodPage}, 1, ErrNotFound, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := answers(test.answers...)
			_, took, err := inBubble(t, fake)
			if !errors.Is(err, test.is) || (test.is == nil) != (err == nil) {
				t.Errorf("%v, want %v", err, test.is)
			}
			if fake.count() != test.requests || took > test.atMost {
				t.Errorf("%d requests in %s, want %d in %s", fake.count(), took, test.requests, test.atMost)
			}
		})
	}
}

// Everything that cannot be asked for in smaller pieces is tried five times,
// with pauses that grow and differ.
func TestBackoffIsExponentialWithJitter(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			fake := answers(answer(503, ""))
			client := newTestClient(t, fake)
			start := time.Now()
			_, err := client.Repository(t.Context(), "octo", "demo")
			took := time.Since(start)
			if fake.count() != maxAttempts || err == nil || took > 15*time.Second {
				t.Fatalf("%d requests in %s: %v", fake.count(), took, err)
			}
			seen[took] = true
		})
	}
	if len(seen) < 15 {
		t.Errorf("only %d different pauses in 20 runs", len(seen))
	}
	for attempt := 1; attempt < 70; attempt++ {
		if d := backoff(attempt); d < 0 || d >= maxBackoff {
			t.Errorf("attempt %d rests for %s", attempt, d)
		}
	}
}

func TestCancelledWhileItRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, answers(answer(403, message("Wait."), "Retry-After", "30")))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Repository(ctx, "octo", "demo")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestPrimaryLimitPausesItsResourceUntilTheServersReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The server's clock is an hour ahead; its window ends in 40 seconds.
		server := time.Now().Add(time.Hour)
		date := server.UTC().Format(http.TimeFormat)
		resetAt := strconv.FormatInt(server.Add(40*time.Second).Unix(), 10)
		fake := answers(
			answer(403, message("API rate limit exceeded"), "Date", date, "X-RateLimit-Limit", "5000", "X-RateLimit-Used", "5000",
				"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", resetAt, "X-RateLimit-Resource", "graphql"),
			goodPage)
		client := newTestClient(t, fake)
		start := time.Now()
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 41*time.Second || took > 42*time.Second || fake.count() != 2 {
			t.Errorf("%d requests in %s, want 2 in 41 to 42 s", fake.count(), took)
		}
		if waited := client.Stats().WaitSeconds["main"]; waited < 41 || waited > 42 {
			t.Errorf("waited %v s by the counter", waited)
		}
	})
}

// Without a Date our own clock tells how long it is until the reset.
func TestPrimaryLimitWithoutDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := response(403, message("API rate limit exceeded"), "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(5*time.Second).Unix(), 10))
		refusal.Header.Del("Date")
		client := newTestClient(t, answers(func() (*http.Response, error) { return refusal, nil }, goodPage))
		start := time.Now()
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 6*time.Second || took > 7*time.Second {
			t.Errorf("waited %s, want 6 to 7 s", took)
		}
	})
}

// What the clocks differ by is known from earlier answers that had a Date.
func TestPrimaryLimitByAnotherClockWithoutDate(t *testing.T) {
	for _, ahead := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			server := time.Now().Add(ahead)
			refusal := response(403, message("API rate limit exceeded"), "X-RateLimit-Remaining", "0",
				"X-RateLimit-Reset", strconv.FormatInt(server.Add(40*time.Second).Unix(), 10))
			refusal.Header.Del("Date")
			client := newTestClient(t, answers(
				answer(200, page("issues", emptyList), "Date", server.UTC().Format(http.TimeFormat)),
				func() (*http.Response, error) { return refusal, nil }, goodPage))
			for range 2 {
				if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(server.Add(-ahead)); took < 41*time.Second || took > 42*time.Second {
				t.Errorf("waited %s, want 41 to 42 s", took)
			}
		})
	}
}

// A refusal that does not say until when is about the window that is known.
func TestPrimaryLimitWithoutReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		known := answer(200, `{"data":{"node":{"databaseId":7,"issues":`+emptyList+`}}}`, "X-RateLimit-Limit", "5000", "X-RateLimit-Used", "100", "X-RateLimit-Remaining", "4900",
			"X-RateLimit-Reset", strconv.FormatInt(start.Add(30*time.Minute).Unix(), 10), "X-RateLimit-Resource", "graphql")
		client := newTestClient(t, answers(known, answer(200, graphQLErrors("null", `"type":"RATE_LIMITED","message":"no"`))))
		_, _ = client.Issues(t.Context(), PageRequest{Repo: testRepo})
		_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
		var e *Error
		if !errors.As(err, &e) || e.RetryAt.Sub(start) < 30*time.Minute || e.RetryAt.Sub(start) > 30*time.Minute+3*time.Second {
			t.Errorf("%v, want it to be tried again after the reset", err)
		}
	})
}

// A wait beyond the bound is the caller's; nothing is sent in the meantime, and
// the other resource goes on.
func TestLongWaitIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resetAt := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			if s.Method == http.MethodGet {
				return response(200, `[]`), nil
			}
			return response(200, graphQLErrors("null", `"type":"RATE_LIMITED","message":"no"`), "X-RateLimit-Limit", "5000",
				"X-RateLimit-Remaining", "3", "X-RateLimit-Reset", resetAt, "X-RateLimit-Resource", "graphql"), nil
		}}
		client := newTestClient(t, fake)
		for range 3 {
			_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, ErrRateLimited) || errors.Is(err, ErrSecondary) {
				t.Fatalf("%v, want %v", err, ErrRateLimited)
			}
			if wait := time.Until(e.RetryAt); wait < time.Hour || wait > time.Hour+3*time.Second {
				t.Errorf("retry in %s, want an hour", wait)
			}
		}
		if fake.count() != 1 {
			t.Errorf("%d requests, want 1: GitHub has said when", fake.count())
		}
		if _, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo}); err != nil {
			t.Errorf("the other resource is paused too: %v", err)
		}
		time.Sleep(time.Hour + 3*time.Second)
		fake.answer = func(int, sent) (*http.Response, error) { return goodPage() }
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); err != nil {
			t.Errorf("still paused after the reset: %v", err)
		}
	})
}

func TestSecondaryLimitPausesTheIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := answers(answer(403, message("You have exceeded a secondary rate limit."), "Retry-After", "600"), goodPage)
		client := newTestClient(t, fake)
		_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
		if !errors.Is(err, ErrSecondary) {
			t.Fatalf("%v, want %v", err, ErrSecondary)
		}
		if _, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo}); !errors.Is(err, ErrSecondary) || fake.count() != 1 {
			t.Errorf("%v after %d requests, want the whole identity to rest", err, fake.count())
		}
		if client.Stats().Secondary["main"] != 1 {
			t.Errorf("%d secondary limits counted", client.Stats().Secondary["main"])
		}
		time.Sleep(600 * time.Second)
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); err != nil {
			t.Error(err)
		}
	})
}

// A refused token is not used again, until its secret changes.
func TestRefusedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := testSecret
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			if s.Header.Get("Authorization") == "Bearer new" {
				return goodPage()
			}
			return response(401, message("Bad credentials")), nil
		}}
		client := newTestClient(t, fake, func(o *Options) {
			o.Tokens = []TokenSource{{Name: "main", Read: func() (string, error) { return secret, nil }}}
		})
		ask := func() error {
			_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
			return err
		}
		for range 3 {
			if err := ask(); !errors.Is(err, ErrUnauthorized) {
				t.Fatalf("%v, want %v", err, ErrUnauthorized)
			}
		}
		if status := client.Tokens()[0]; fake.count() != 1 || status.Up || status.Reason != "Bad credentials" {
			t.Errorf("%d requests, status %+v", fake.count(), status)
		}
		for i, rest := range []time.Duration{firstRest, 2 * firstRest, 4 * firstRest} { // and so on
			time.Sleep(rest - time.Second)
			if err := ask(); !errors.Is(err, ErrUnauthorized) || fake.count() != i+1 {
				t.Errorf("%v after %d requests, want none before it rested for %s", err, fake.count(), rest)
			}
			time.Sleep(time.Second)
			if err := ask(); !errors.Is(err, ErrUnauthorized) || fake.count() != i+2 {
				t.Errorf("%v after %d requests, want one more attempt after its rest", err, fake.count())
			}
		}
		secret = "new"
		if err := ask(); err != nil || !client.Tokens()[0].Up {
			t.Errorf("%v, status %+v with a new secret", err, client.Tokens()[0])
		}
	})
}

func TestNextTokenTakesOver(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		switch s.Header.Get("Authorization") {
		case "Bearer two":
			if s.Operation == "" {
				return response(200, viewer("two")), nil
			}
			return goodPage()
		case "Bearer watched":
			t.Error("the watched token was spent")
		}
		return response(401, message("Bad credentials")), nil
	}}
	token := func(name string, monitor bool) TokenSource {
		return TokenSource{Name: name, MonitorOnly: monitor, Read: func() (string, error) { return name, nil }}
	}
	client, _, err := inBubble(t, fake, func(o *Options) {
		o.Tokens = []TokenSource{token("watched", true), token("one", false), {
			Name: "absent",
			Read: func() (string, error) { return "", errors.New("open absent: no such file") },
		}, token("two", false)}
	})
	if err != nil || fake.count() != 3 { // whose token one is, and two; the page
		t.Fatalf("%v after %d requests", err, fake.count())
	}
	up := map[string]bool{}
	for _, s := range client.Tokens() {
		up[s.Token] = s.Up
	}
	if diff := cmp.Diff(map[string]bool{"watched": true, "one": false, "absent": false, "two": true}, up); diff != "" {
		t.Error(diff)
	}
}

func TestNoMoreRequestsAtOnceThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most int
		var fake *fakeGitHub
		fake = &fakeGitHub{answer: func(int, sent) (*http.Response, error) {
			fake.mu.Lock()
			now++
			most = max(most, now)
			fake.mu.Unlock()
			time.Sleep(time.Second)
			fake.mu.Lock()
			now--
			fake.mu.Unlock()
			return goodPage()
		}}
		client := newTestClient(t, fake)
		done := make(chan error)
		for range 10 {
			go func() {
				_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
				done <- err
			}()
		}
		start := time.Now()
		for range 10 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); most != graphQLSlots || took != 5*time.Second {
			t.Errorf("%d at once, %s; want %d and 5s", most, took, graphQLSlots)
		}
		if waited := client.Stats().WaitSeconds["main"]; waited != 2*(1+2+3+4) {
			t.Errorf("waited %v s for slots, want 20", waited)
		}
	})
}

// REST requests keep to half the rate of the secondary limit after a burst, in
// no minute more than GitHub allows.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sentAt []time.Time
		fake := &fakeGitHub{answer: func(int, sent) (*http.Response, error) {
			sentAt = append(sentAt, time.Now())
			return response(200, `[]`), nil
		}}
		client := newTestClient(t, fake)
		for range 1200 {
			if _, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo}); err != nil {
				t.Fatal(err)
			}
		}
		most := 0
		for i, at := range sentAt {
			n := 0
			for _, later := range sentAt[i:] {
				if later.Sub(at) < time.Minute {
					n++
				}
			}
			most = max(most, n)
		}
		if most > 750+1 || most < 700 {
			t.Errorf("%d requests in a minute, want 750", most)
		}
		if took := sentAt[1199].Sub(sentAt[0]); took > 2*time.Minute+time.Second {
			t.Errorf("1200 requests took %s, want 2m", took)
		}
	})
}

func TestStatsCountEveryRoundTrip(t *testing.T) {
	fake := answers(answer(502, ""), answer(200, page("issues", nodes("null"))), goodPage)
	client, _, err := inBubble(t, fake)
	if err != nil {
		t.Fatal(err)
	}
	stats := client.Stats()
	want := []model.RequestCount{
		{Token: "main", API: "graphql", Endpoint: "/graphql", Outcome: "2xx", Count: 1},
		{Token: "main", API: "graphql", Endpoint: "/graphql", Outcome: "5xx", Count: 1},
		{Token: "main", API: "graphql", Endpoint: "/graphql", Outcome: "partial", Count: 1},
	}
	if diff := cmp.Diff(want, stats.Requests); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]model.PointCount{{Token: "main", Query: "IssuesPage", Points: 2}}, stats.Points); diff != "" {
		t.Error(diff)
	}
	if d := stats.Durations["graphql"]; d.Count != 3 || d.Counts[0] != 3 || len(d.Counts) != 9 || d.Bounds[8] != 30 {
		t.Errorf("durations %+v", d)
	}
	if d := stats.Durations["rest"]; d.Count != 0 {
		t.Errorf("durations %+v", d)
	}
}

func TestDurationsAreCumulative(t *testing.T) {
	d := &durations{buckets: make([]uint64, len(durationBounds)+1)}
	for _, s := range []float64{0.01, 0.05, 0.06, 29, 31} {
		d.add(s)
	}
	got := d.snapshot()
	if diff := cmp.Diff([]uint64{2, 3, 3, 3, 3, 3, 3, 3, 4}, got.Counts); diff != "" || got.Count != 5 {
		t.Errorf("%s, %d in all", diff, got.Count)
	}
}
