package exporter

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// hookWorld is a running exporter that asks GitHub of its own accord only once:
// whatever it learns later it was told by a webhook.
type hookWorld struct {
	*tokenWorld
	repo *githubtest.Repo
	hook githubtest.Hook
}

const hookConfig = `github: {api_url: %q, tokens: [{name: one, token_file: one}]}
projects: {p: {repositories: [acme/hooked]}}
intervals: {probe: 366d, comments: 366d, workflow_runs: 366d, sweep: 366d, rate_limits: 366d}
`

func newHookWorld(t *testing.T) *hookWorld {
	t.Helper()
	dataset := githubtest.Generate(githubtest.GenerateOptions{Seed: 7, Owner: "acme", Name: "hooked", Issues: 5, PullRequests: 3, Bare: true})
	w := &hookWorld{tokenWorld: newTokenWorld(t, githubtest.Options{Datasets: []*githubtest.Dataset{dataset}}), repo: dataset.Repos[0]}
	w.file("one", "some-token")
	w.file("secret", "the first secret\n")
	w.file("other", "the other secret")
	w.turn(true)
	w.load = func() (Valid, error) {
		doc, err := ReadConfig(filepath.Join(w.dir, "config.yml"))
		if err != nil {
			return Valid{}, err
		}
		return doc.Validate(env)
	}
	valid, err := w.load()
	if err != nil {
		t.Fatal(err)
	}
	w.start(valid)
	w.hook = githubtest.Hook{URL: w.url + webhookPath, Secret: "the first secret"}
	w.until("/metrics", complete("acme/hooked"))
	return w
}

// turn writes a configuration with webhooks on or off.
func (w *hookWorld) turn(on bool) {
	w.t.Helper()
	text := fmt.Sprintf(hookConfig, w.api)
	if on {
		text += "webhook: {secret_files: [secret, other]}\n"
	}
	w.file("config.yml", text)
}

// deliver tells of an event of the repository and expects a status.
func (w *hookWorld) deliver(status int, hook githubtest.Hook, e githubtest.HookEvent) {
	w.t.Helper()
	if e.Repository == 0 {
		e.Repository = w.repo.ID
	}
	if got, err := w.github.Deliver(w.t.Context(), hook, e); err != nil || got != status {
		w.t.Errorf("%s: %d, %v, want %d", e.Event, got, err, status)
	}
}

// open gives how many issues are open.
func (w *hookWorld) open() float64 {
	w.t.Helper()
	return parseFigures(w.t, w.get("/metrics")).sum("github_dev_issues", "", "state=open")
}

// become waits until so many issues are open.
func (w *hookWorld) become(open float64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("there are not %v open issues", open), func() bool { return w.open() == open })
}

// openIssue opens an issue on GitHub and gives its number.
func (w *hookWorld) openIssue() (number int) {
	w.github.Change(func(now githubtest.Time) {
		number = len(w.repo.Items) + 1
		w.repo.Items = append(w.repo.Items, &githubtest.Item{Number: number, ID: int64(1e9 + number), CreatedAt: now, Title: "new"})
	})
	return number
}

// delivered is the sample of what was delivered.
func delivered(event, result string, n int) string {
	return fmt.Sprintf("github_dev_webhook_deliveries_total{event=%q,result=%q} %d\n", event, result, n)
}

// nothingAsked fails if GitHub is asked anything for longer than hints wait.
func (w *hookWorld) nothingAsked(why string) {
	w.t.Helper()
	time.Sleep(3 * time.Second)
	for _, a := range w.seen.all() {
		w.t.Errorf("%s: asked for %s %s", why, a.path, a.operation)
	}
}

// TestWebhooks tells the exporter what it would not have asked for in a year.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	w.until("/metrics", delivered("issues", "invalid_signature", 0), delivered("other", "invalid", 0), delivered("ping", "ignored", 0))
	w.until("/", "Webhooks", "Last delivery of GitHub: not yet")
	w.deliver(http.StatusAccepted, w.hook, githubtest.HookEvent{Event: "ping"})

	before := w.open()
	number := w.openIssue()
	form := githubtest.Hook{URL: w.hook.URL, Secret: "the other secret", Form: true}
	w.deliver(http.StatusAccepted, form, githubtest.HookEvent{Event: "issues", Action: "opened", Item: number})
	w.become(before + 1)
	w.until("/metrics", delivered("issues", "accepted", 1), delivered("ping", "ignored", 1))
	w.until("/", "1 accepted, 1 ignored", "just now")
	w.until("/api/v1/status", `"lastDelivery": "2`, `"accepted": 1`)
}

// TestRefusedWebhooks delivers what is not to be taken: GitHub is asked nothing.
func TestRefusedWebhooks(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	issue := githubtest.HookEvent{Event: "issues", Action: "edited", Item: 1, Delivery: "one-and-the-same"}
	w.deliver(http.StatusAccepted, w.hook, issue)
	w.eventually("it is not followed", func() bool {
		return slices.ContainsFunc(w.seen.all(), func(a asked) bool { return a.operation == "Probe" && a.began.After(w.out.started.Add(time.Second)) })
	})
	time.Sleep(time.Second)
	w.seen.forget()

	w.deliver(http.StatusAccepted, w.hook, issue)
	w.deliver(http.StatusAccepted, w.hook, githubtest.HookEvent{Event: "issues", Fields: map[string]any{"repository": map[string]any{"id": 1, "full_name": "acme/unknown"}}})
	w.deliver(http.StatusAccepted, w.hook, githubtest.HookEvent{Event: "gollum"})
	for _, hook := range []githubtest.Hook{{URL: w.hook.URL}, {URL: w.hook.URL, Secret: "another secret"}, {URL: w.hook.URL, Secret: "the first secret\n", Form: true}} {
		w.deliver(http.StatusUnauthorized, hook, githubtest.HookEvent{Event: "push"})
		w.deliver(http.StatusUnauthorized, hook, githubtest.HookEvent{Event: "an event that was made up"})
	}
	if status, err := w.hook.Send(t.Context(), "issues", "", []byte(`{}`)); err != nil || status != http.StatusBadRequest {
		t.Errorf("without an id: %d, %v", status, err)
	}
	if status, err := w.hook.Send(t.Context(), "issues", "id", []byte(`{"repository": `)); err != nil || status != http.StatusBadRequest {
		t.Errorf("half a payload: %d, %v", status, err)
	}
	page := w.until("/metrics", delivered("issues", "duplicate", 1), delivered("issues", "ignored", 1), delivered("other", "ignored", 1),
		delivered("push", "invalid_signature", 3), delivered("other", "invalid_signature", 3), delivered("issues", "invalid", 2))
	if strings.Contains(page, "made up") {
		t.Error("who may not deliver makes series")
	}
	w.nothingAsked("refused")
	if n := w.logged("webhook delivery refused"); n != 1 {
		t.Errorf("refusals are logged %d times in a minute", n)
	}
	for _, secret := range []string{"first secret", "other secret"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has the %s", secret)
		}
	}
}

// TestWebhookSecretsAreExchanged writes other secrets into their files, then none.
func TestWebhookSecretsAreExchanged(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	ping := githubtest.HookEvent{Event: "ping"}
	first, other, third := w.hook, githubtest.Hook{URL: w.hook.URL, Secret: "the other secret"}, githubtest.Hook{URL: w.hook.URL, Secret: "the third secret"}
	w.deliver(http.StatusAccepted, first, ping)
	w.deliver(http.StatusAccepted, other, ping)
	w.deliver(http.StatusUnauthorized, third, ping)
	w.file("secret", "the third secret")
	w.deliver(http.StatusUnauthorized, first, ping)
	w.deliver(http.StatusAccepted, other, ping)
	w.deliver(http.StatusAccepted, third, ping)
	w.file("secret", " \n")
	w.deliver(http.StatusUnauthorized, third, ping)
	w.deliver(http.StatusAccepted, other, ping)
	w.remove("other")
	w.ahead.Add(int64(2 * time.Minute)) // refusals are logged again
	w.deliver(http.StatusServiceUnavailable, other, ping)
	w.until("/metrics", delivered("ping", "unavailable", 1), delivered("ping", "invalid_signature", 3))
	if n := w.logged("webhook delivery refused", "secret holds no secret", "no such file"); n != 1 {
		t.Errorf("that no secret can be read is logged %d times\n%s", n, w.news())
	}
	if err := w.out.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "secret is empty; put the secret into it") {
		t.Errorf("a reload with an empty secret: %v", err)
	}
}

// TestWebhooksAreTurnedOff reloads.
func TestWebhooksAreTurnedOff(t *testing.T) {
	leakCheck(t)
	w := newHookWorld(t)
	ping := githubtest.HookEvent{Event: "ping"}
	w.deliver(http.StatusAccepted, w.hook, ping)
	w.until("/metrics", delivered("ping", "ignored", 1))
	w.turn(false)
	if err := w.out.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.deliver(http.StatusNotFound, w.hook, ping)
	if status, _, err := w.ask(webhookPath); err != nil || status != http.StatusNotFound {
		t.Errorf("asked for while it is off: %d, %v", status, err)
	}
	w.until("/metrics", "!github_dev_webhook_deliveries_total")
	w.until("/", "!Webhooks")
	w.until("/api/v1/status", `!"webhook"`)
	w.turn(true)
	if err := w.out.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, _, err := w.ask(webhookPath); err != nil || status != http.StatusMethodNotAllowed {
		t.Errorf("asked for while it is on: %d, %v", status, err)
	}
	w.deliver(http.StatusAccepted, w.hook, ping)
	w.until("/metrics", delivered("ping", "ignored", 2))
}

// TestWebhooksWaitForNothing delivers while GitHub does not answer.
func TestWebhooksWaitForNothing(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	release := make(chan struct{})
	w.seen.set(func(http.ResponseWriter, *http.Request, []byte) bool {
		<-release
		return false
	})
	defer close(release)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 10 {
				w.deliver(http.StatusAccepted, w.hook, githubtest.HookEvent{Event: "issues", Action: "labeled", Item: 1})
			}
		})
	}
	all.Wait()
	w.until("/metrics", delivered("issues", "accepted", 100))
}
