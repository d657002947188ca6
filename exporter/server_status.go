package exporter

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/common/version"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

//go:embed status.html status.css status.js
var assets embed.FS

func (e *Exporter) serveAsset(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := assets.ReadFile(name)
		if err != nil {
			say(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(text) // the client is gone
	}
}

// programVersion is what the build says, in words where it says nothing.
func programVersion() string { return cmp.Or(version.Version, "unknown") }

// report is what /api/v1/status tells.
type report struct {
	Version      string                   `json:"version"`
	StartedAt    time.Time                `json:"startedAt"`
	Now          time.Time                `json:"now"`
	Ready        bool                     `json:"ready"`
	Config       configReport             `json:"config"`
	Repositories []model.RepositoryStatus `json:"repositories"`
	Tokens       []model.TokenStatus      `json:"tokens"`
	Limits       []limitReport            `json:"seriesLimit"`       // families that it cut
	Webhook      *model.WebhookStatus     `json:"webhook,omitempty"` // while webhooks are on
}

// configReport tells how the last reload went.
type configReport struct {
	LoadedAt  model.Instant `json:"loadedAt"`
	LastError string        `json:"lastError,omitempty"`
}

func (e *Exporter) report() report {
	r := report{
		Version: programVersion(), StartedAt: e.started.UTC(), Now: e.opts.Now().UTC(), Ready: e.ready.Load(),
		Repositories: e.Status(), Tokens: e.Tokens(), Limits: e.publisher.limits.report(), Webhook: e.Webhook(),
		Config: configReport{LoadedAt: e.publisher.process.Load().ReloadedAt},
	}
	if text := e.lastFail.Load(); text != nil {
		r.Config.LastError = *text
	}
	if r.Repositories == nil {
		r.Repositories = []model.RepositoryStatus{}
	}
	if r.Tokens == nil {
		r.Tokens = []model.TokenStatus{}
	}
	return r
}

func (e *Exporter) serveStatus(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, e.report())
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		say(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // the client is gone
}

func (e *Exporter) serveExplain(w http.ResponseWriter, r *http.Request) {
	explanation, err := e.explain(r.URL.Query().Get("item"))
	switch {
	case errors.Is(err, errItemSyntax):
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case errors.Is(err, errNotMirrored):
		writeJSON(w, http.StatusNotFound, map[string]string{"error": err.Error()})
	case errors.Is(err, errNotReady):
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
	default:
		writeJSON(w, http.StatusOK, explanation)
	}
}
