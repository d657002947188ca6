package exporter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// deliverSecrets delivers by webhook, right and wrong, and looks at the answers.
func (w *tokenWorld) deliverSecrets(s *secrets) {
	w.t.Helper()
	secret := s.of("webhook's secret")
	url := strings.Replace(w.url, "//", "//"+w.user+":"+w.password+"@", 1) + webhookPath
	deliver := func(status int, signed string, event, body string) {
		w.t.Helper()
		mac := hmac.New(sha256.New, []byte(signed))
		mac.Write([]byte(body))
		answer := send(w.t, http.MethodPost, url, map[string]string{
			"Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": secret,
			"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
		}, body)
		if answer.StatusCode != status {
			w.t.Errorf("a delivery: %d %s, want %d", answer.StatusCode, answer.text, status)
		}
		s.mustNotBeIn(w.t, webhookPath, answer.text)
	}
	deliver(http.StatusAccepted, secret, "ping", `{"zen": "`+secret+`"}`)
	deliver(http.StatusAccepted, secret, secret, `{"action": "`+secret+`", "repository": {"id": 1, "full_name": "`+secret+`"}}`)
	deliver(http.StatusUnauthorized, secret+"\n", secret, `{"zen": "`+secret+`"}`)
	deliver(http.StatusBadRequest, secret, "ping", secret)
	w.remove("webhook-secret")
	w.ahead.Add(int64(2 * complainEvery)) // refusals are logged again
	deliver(http.StatusServiceUnavailable, secret, "ping", secret)
	w.file("webhook-secret", secret+"\n")
}
