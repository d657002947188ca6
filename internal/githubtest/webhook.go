package githubtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// Hook is a webhook as it is set up on GitHub.
type Hook struct {
	URL    string
	Secret string // "": deliveries are not signed
	Form   bool   // application/x-www-form-urlencoded in place of application/json
}

// HookEvent is what a webhook is to tell.
type HookEvent struct {
	Event      string         // issues, pull_request, push …
	Action     string         // opened, edited …; "" where the event has none
	Repository int64          // the id of the one that it is about; 0 for none
	Item       int            // the number of the issue or pull request; 0 for none
	Fields     map[string]any // of the payload, beside those that follow from the above
	Delivery   string         // "" is a new one, else the one that is delivered again
}

// hookTimeout is how long GitHub waits for an answer.
const hookTimeout = 10 * time.Second

// Deliver tells a webhook of something that happened, and gives the status of
// the answer. Nothing is delivered by itself: change the dataset before.
func (s *Server) Deliver(ctx context.Context, hook Hook, e HookEvent) (status int, err error) {
	if e.Delivery == "" {
		n := s.lastID.Add(1)
		e.Delivery = fmt.Sprintf("%08x-0000-11f0-8000-%012x", n, n)
	}
	body, err := json.Marshal(s.hookPayload(e))
	if err != nil {
		return 0, fmt.Errorf("encode a delivery: %w", err)
	}
	return hook.Send(ctx, e.Event, e.Delivery, body)
}

// hookPayload gives as much of GitHub's payload as tells what the event is about.
func (s *Server) hookPayload(e HookEvent) fields {
	o := fields{"sender": fields{"login": DefaultLogin, "type": "User"}}
	if e.Action != "" {
		o["action"] = e.Action
	}
	v := s.world.view(TimeOf(s.clock()))
	defer v.close()
	if rv := v.repoByID(e.Repository); rv != nil {
		o["repository"] = fields{
			"id": rv.ID, "node_id": rv.nodeID(), "name": rv.name, "full_name": rv.fullName(),
			"owner": fields{"login": rv.owner}, "default_branch": rv.DefaultBranch, "private": rv.visibility() != "public",
		}
	}
	if e.Item != 0 {
		kind := "issue"
		if e.Event == "pull_request" || e.Event == "pull_request_review" || e.Event == "pull_request_review_comment" {
			kind, o["number"] = "pull_request", e.Item
		}
		o[kind] = fields{"number": e.Item}
	}
	maps.Copy(o, e.Fields)
	return o
}

// Send posts a payload as GitHub does, and gives the status of the answer.
func (h Hook) Send(ctx context.Context, event, delivery string, payload []byte) (status int, err error) {
	kind := "application/json"
	if h.Form {
		kind, payload = "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(payload)}}.Encode())
	}
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(payload))
	if err != nil {
		return 0, fmt.Errorf("make a delivery: %w", err)
	}
	maps.Copy(req.Header, http.Header{
		"Content-Type": {kind}, "User-Agent": {"GitHub-Hookshot/0000000"},
		"X-Github-Event": {event}, "X-Github-Delivery": {delivery}, "X-Github-Hook-Id": {"1"},
	})
	if h.Secret != "" {
		mac := hmac.New(sha256.New, []byte(h.Secret))
		mac.Write(payload)
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	req.Close = true
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	return answer.StatusCode, nil
}
