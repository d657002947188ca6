package exporter

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// hooked is an exporter that was not started, with webhooks on.
func hooked(t *testing.T) *Exporter {
	t.Helper()
	opts := testOptions(t)
	opts.Config.config.Webhook = &WebhookConfig{SecretFiles: []string{"absent"}}
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// endless gives so many bytes.
func endless(n int64) io.Reader { return io.LimitReader(zeros{}, n) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestLargeDeliveries sends more than GitHub does, with and without telling
// beforehand how much comes.
func TestLargeDeliveries(t *testing.T) {
	e := hooked(t)
	for _, test := range []struct {
		name         string
		size, length int64
		held         int64 // by others
		status       int
		result       model.WebhookResult
	}{
		{"as large as may be", github.MaxDelivery, github.MaxDelivery, 0, http.StatusServiceUnavailable, model.WebhookUnavailable}, // there is no secret
		{"too large", github.MaxDelivery + 1, github.MaxDelivery + 1, 0, http.StatusRequestEntityTooLarge, model.WebhookInvalid},
		{"too large, of unknown length", github.MaxDelivery + 1, -1, 0, http.StatusRequestEntityTooLarge, model.WebhookInvalid},
		{"too much at once", 1000, 1000, maxDeliveries - 999, http.StatusServiceUnavailable, model.WebhookUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, webhookPath, endless(test.size))
			r.ContentLength = test.length
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-GitHub-Event", "push")
			r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
			w := httptest.NewRecorder()
			count := model.WebhookCount{Event: "push", Result: test.result}
			before := e.Webhook().Counts[count]
			e.receiver.held.Add(test.held)
			e.server.Handler.ServeHTTP(w, r)
			if w.Code != test.status || e.Webhook().Counts[count] != before+1 {
				t.Errorf("%d %s, counted %v", w.Code, w.Body, e.Webhook().Counts)
			}
			if strings.Contains(w.Body.String(), "absent") {
				t.Errorf("the answer tells of the exporter's files: %s", w.Body)
			}
			if held := e.receiver.held.Add(-test.held); held != 0 {
				t.Errorf("%d bytes are held still", held)
			}
		})
	}
}

func TestUnreadableDeliveries(t *testing.T) {
	e := hooked(t)
	for _, test := range []struct {
		kind, signature string
		status          int
	}{
		{"text/plain", "sha256=" + strings.Repeat("0", 64), http.StatusUnsupportedMediaType},
		{"", "", http.StatusUnsupportedMediaType},
		{"application/json", "", http.StatusUnauthorized},
		{"application/json", "sha1=" + strings.Repeat("0", 40), http.StatusUnauthorized},
	} {
		r := httptest.NewRequest(http.MethodPost, webhookPath, unreadBody{t})
		r.Header.Set("Content-Type", test.kind)
		r.Header.Set("X-Hub-Signature-256", test.signature)
		w := httptest.NewRecorder()
		e.server.Handler.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%+v: %d %s", test, w.Code, w.Body)
		}
	}
}

// unreadBody is a body that nobody has a reason to read.
type unreadBody struct{ t *testing.T }

func (f unreadBody) Read([]byte) (int, error) {
	f.t.Error("the body is read")
	return 0, io.EOF
}

// Memory of deliveries is bounded, and the latest ones are kept.
func TestDeliveriesAreRemembered(t *testing.T) {
	d := newDeliveries(slog.New(slog.DiscardHandler), time.Now)
	for i := range 3 * remembered {
		if d.again(fmt.Sprint("delivery ", i)) {
			t.Fatalf("%d was not here before", i)
		}
		if i >= 5 && !d.again(fmt.Sprint("delivery ", i-5)) {
			t.Fatalf("%d was here before", i-5)
		}
	}
	if len(d.ids) != remembered || len(d.order) != remembered {
		t.Errorf("%d are kept", len(d.ids))
	}
	if d.again("delivery 7") {
		t.Error("one is kept for ever")
	}
}

func TestRefusalsAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		d := newDeliveries(slog.New(slog.NewTextHandler(&log, nil)), time.Now)
		for range 180 {
			d.refused("push", refuse(model.WebhookInvalid, 0, errBusy), "192.0.2.1:1")
			time.Sleep(time.Second)
		}
		if text := log.String(); strings.Count(text, "\n") != 3 || strings.Count(text, "more_before=59") != 2 {
			t.Errorf("logged:\n%s", text)
		}
		if n := d.status().Results[model.WebhookInvalid]; n != 180 {
			t.Errorf("%d are counted", n)
		}
	})
}

func TestWebhookConfig(t *testing.T) {
	const file = "webhook: {secret_files: [webhook-secret]}\n"
	for _, test := range []struct {
		name, config, secret string
		offline              bool
		want                 string
	}{
		{name: "good", config: file, secret: "of nobody else\n"},
		{name: "empty", config: file, secret: "\n", want: "webhook-secret is empty; put the secret into it"},
		{name: "no files", config: "webhook: {secret_files: []}\n", want: "webhook.secret_files: is empty; name a file that holds the webhook's secret"},
		{name: "no keys", config: "webhook: {}\n", want: "webhook.secret_files: is empty"},
		{name: "two, one empty", config: "webhook: {secret_files: [ci-bot, webhook-secret]}\n", want: "webhook.secret_files[1]"},
		{name: "empty, of which nothing is sent", config: file, offline: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, err := ReadConfig(inDirectory(t, map[string]string{
				"config.yml":     "github: {tokens: [{token_file: ci-bot}]}\nprojects: {p: {repositories: [o/r]}}\n" + test.config,
				"webhook-secret": test.secret, "ci-bot": "token",
			}))
			if err != nil {
				t.Fatal(err)
			}
			valid, err := doc.Validate(Environment{Offline: test.offline})
			if got := fmt.Sprint(err); err == nil != (test.want == "") || !strings.Contains(got, test.want) && err != nil {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if len(valid.Warnings()) > 0 {
				t.Errorf("warnings %v", valid.Warnings())
			}
			var printed strings.Builder
			if err := valid.Print(&printed); test.name == "good" && (err != nil || !strings.Contains(printed.String(), "secret_files:") || strings.Contains(printed.String(), "of nobody else")) {
				t.Errorf("%v, printed\n%s", err, printed.String())
			}
		})
	}
}
