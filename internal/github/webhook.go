package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// MaxDelivery is how many bytes a delivery may have: GitHub sends no larger one.
// https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap
const MaxDelivery = 25 << 20

// What can be wrong with a delivery.
var (
	ErrNoSignature  = errors.New("has no X-Hub-Signature-256")
	ErrContentType  = errors.New("is neither application/json nor application/x-www-form-urlencoded")
	ErrNoDelivery   = errors.New("is no delivery of GitHub's")
	errNoEvent      = fmt.Errorf("%w: X-GitHub-Event is missing", ErrNoDelivery)
	errNoDeliveryID = fmt.Errorf("%w: X-GitHub-Delivery is missing", ErrNoDelivery)
	errNoPayload    = fmt.Errorf("%w: the payload is not readable", ErrNoDelivery)
)

// Signature is what a delivery was signed with: the HMAC-SHA256 of its body.
// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
type Signature [sha256.Size]byte

// SignatureOf reads the signature of a delivery's headers. The older one, by
// SHA-1, is not taken.
func SignatureOf(header http.Header) (s Signature, err error) {
	digits, ok := strings.CutPrefix(header.Get("X-Hub-Signature-256"), "sha256=")
	if !ok || len(digits) != hex.EncodedLen(len(s)) {
		return s, ErrNoSignature
	}
	if _, err := hex.Decode(s[:], []byte(digits)); err != nil {
		return s, ErrNoSignature
	}
	return s, nil
}

// By reports whether a body was signed with one of the secrets. How long it
// takes tells nothing about them. An empty one signs nothing.
func (s Signature) By(secrets []string, body []byte) (signed bool) {
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), s[:]) && secret != "" {
			signed = true
		}
	}
	return signed
}

// DeliveryFormat tells whether the body is a form, by its Content-Type.
func DeliveryFormat(header http.Header) (form bool, err error) {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		return false, nil
	case err == nil && kind == "application/x-www-form-urlencoded":
		return true, nil
	}
	return false, ErrContentType
}

// Delivery is what a webhook told: that something happened, and to what. It is
// a hint to look and no fact, since deliveries get lost, come late and come in
// any order.
type Delivery struct {
	ID         string // the same when it is delivered again
	Event      string
	Action     string // "" where the event has none
	Repository DeliveredRepository
	Number     int    // of the issue or pull request; 0 for none
	Ref        string // of a push, a creation or a deletion: refs/heads/NAME, refs/tags/NAME
	Branch     string // that a workflow ran on
	Account    string // that an App is installed on
}

// DeliveredRepository is the repository that a delivery is about; zero for none.
type DeliveredRepository struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
}

// payload is what is looked at of GitHub's payloads.
type payload struct {
	Action      string              `json:"action"`
	Repository  DeliveredRepository `json:"repository"`
	Issue       deliveredItem       `json:"issue"`
	PullRequest deliveredItem       `json:"pull_request"`
	Ref         string              `json:"ref"`
	RefType     string              `json:"ref_type"`
	WorkflowRun struct {
		HeadBranch string `json:"head_branch"`
	} `json:"workflow_run"`
	Installation struct {
		Account struct {
			Login string `json:"login"`
		} `json:"account"`
	} `json:"installation"`
}

type deliveredItem struct {
	Number int `json:"number"`
}

// ParseDelivery reads a delivery whose signature was found to be right.
func ParseDelivery(header http.Header, body []byte) (Delivery, error) {
	form, err := DeliveryFormat(header)
	if err != nil {
		return Delivery{}, err
	}
	d := Delivery{ID: header.Get("X-GitHub-Delivery"), Event: header.Get("X-GitHub-Event")}
	switch {
	case d.Event == "":
		return Delivery{}, errNoEvent
	case d.ID == "":
		return Delivery{}, errNoDeliveryID
	}
	if form {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return Delivery{}, errNoPayload
		}
		body = []byte(values.Get("payload"))
	}
	var p *payload
	if err := json.Unmarshal(body, &p); err != nil || p == nil {
		return Delivery{}, errNoPayload // what it is may be anybody's business, so it is not told
	}
	d.take(p)
	return d, nil
}

// take takes over what matters of a payload.
func (d *Delivery) take(p *payload) {
	d.Action, d.Repository, d.Branch, d.Account = p.Action, p.Repository, p.WorkflowRun.HeadBranch, p.Installation.Account.Login
	d.Number = max(p.Issue.Number, p.PullRequest.Number)
	switch d.Ref = p.Ref; p.RefType {
	case "branch":
		d.Ref = "refs/heads/" + p.Ref
	case "tag":
		d.Ref = "refs/tags/" + p.Ref
	}
}
