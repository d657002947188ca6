package model

// WebhookEvents are GitHub's events that are told apart, in the order of the
// alphabet: those that something follows from, and ping.
// https://docs.github.com/webhooks/webhook-events-and-payloads
var WebhookEvents = []string{
	"create", "delete", "deployment", "deployment_status", "fork", "installation", "installation_repositories",
	"issue_comment", "issues", "label", "merge_group", "milestone", "ping", "public", "pull_request",
	"pull_request_review", "pull_request_review_comment", "pull_request_review_thread", "push", "release", "repository",
	"star", "workflow_run",
}

// WebhookOther stands for every event that is none of WebhookEvents.
const WebhookOther = "other"

// WebhookResult is what became of a delivery.
type WebhookResult string

// What becomes of deliveries.
const (
	WebhookAccepted         WebhookResult = "accepted"          // something is read sooner
	WebhookIgnored          WebhookResult = "ignored"           // nothing follows from it: a ping, or a repository of no project
	WebhookDuplicate        WebhookResult = "duplicate"         // it was here before
	WebhookInvalidSignature WebhookResult = "invalid_signature" // it is signed with no secret that is configured
	WebhookInvalid          WebhookResult = "invalid"           // it is no delivery, or too large for one
	WebhookUnavailable      WebhookResult = "unavailable"       // it was refused: too much came at once, or no secret can be read
)

// WebhookResults are all of them.
var WebhookResults = []WebhookResult{
	WebhookAccepted, WebhookDuplicate, WebhookIgnored, WebhookInvalid, WebhookInvalidSignature, WebhookUnavailable,
}

// WebhookCount is what deliveries are counted by.
type WebhookCount struct {
	Event  string // one of WebhookEvents, or WebhookOther
	Result WebhookResult
}

// WebhookStatus is what came by webhook since the start.
type WebhookStatus struct {
	LastDelivery Instant               `json:"lastDelivery,omitzero"` // of those whose signature is right
	Results      map[WebhookResult]int `json:"results"`
	Counts       map[WebhookCount]int  `json:"-"`
}
