package github

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What callers branch on, with errors.Is. ErrTooHeavy asks for a smaller page
// at the same cursor; ErrRateLimited stands for both kinds of limit.
var (
	ErrNotFound      = errors.New("not found")
	ErrGone          = errors.New("gone")
	ErrMoved         = errors.New("moved")
	ErrBlocked       = errors.New("blocked")
	ErrUnauthorized  = errors.New("token refused")
	ErrForbidden     = errors.New("forbidden")
	ErrTooHeavy      = errors.New("too heavy")
	ErrInvalidCursor = errors.New("invalid cursor")
	ErrRateLimited   = errors.New("rate limited")
	ErrSecondary     = errors.New("secondary rate limit")
	ErrMalformed     = errors.New("malformed answer")
	ErrSchema        = errors.New("not in the server's schema")
	ErrWindow        = errors.New("result window exceeded")
	ErrEmpty         = errors.New("repository is empty")
)

// The words of Error.Reason.
const (
	reasonTimeout      = "timeout"
	reasonNetwork      = "network"
	reasonServer       = "server_error"
	reasonMalformed    = "malformed"
	reasonPartial      = "partial"
	reasonPending      = "pending"
	reasonRateLimited  = "ratelimited"
	reasonSecondary    = "secondary"
	reasonUnauthorized = "unauthorized"
	reasonForbidden    = "forbidden"
	reasonSSO          = "sso"
	reasonNotFound     = "not_found"
	reasonGone         = "gone"
	reasonMoved        = "moved"
	reasonBlocked      = "blocked"
	reasonEmpty        = "empty"
	reasonTooHeavy     = "too_heavy"
	reasonCursor       = "invalid_cursor"
	reasonWindow       = "window"
	reasonSchema       = "schema"
	reasonRejected     = "rejected"
)

// sentinels are what errors.Is finds in an Error by its reason.
var sentinels = map[string][]error{
	reasonMalformed:    {ErrMalformed},
	reasonRateLimited:  {ErrRateLimited},
	reasonSecondary:    {ErrRateLimited, ErrSecondary},
	reasonUnauthorized: {ErrUnauthorized},
	reasonForbidden:    {ErrForbidden},
	reasonSSO:          {ErrForbidden},
	reasonNotFound:     {ErrNotFound},
	reasonGone:         {ErrGone},
	reasonMoved:        {ErrMoved},
	reasonBlocked:      {ErrBlocked},
	reasonEmpty:        {ErrEmpty},
	reasonTooHeavy:     {ErrTooHeavy},
	reasonCursor:       {ErrInvalidCursor},
	reasonWindow:       {ErrWindow},
	reasonSchema:       {ErrSchema},
}

// temporary are the reasons that trying again later may overcome.
var temporary = map[string]bool{
	reasonTimeout: true, reasonNetwork: true, reasonServer: true, reasonMalformed: true, reasonPartial: true,
	reasonPending: true, reasonRateLimited: true, reasonSecondary: true, reasonTooHeavy: true,
}

// Error is why a request failed. Its text never holds a secret.
type Error struct {
	Op      string // what was attempted, and on what
	Reason  string // a stable word, for metrics
	Status  int    // HTTP status; 0 without an answer
	Message string // GitHub's, or the network's, on one line
	// RetryAt is when to try again at the earliest, by the local clock; zero
	// when there is no such time.
	RetryAt   time.Time
	Temporary bool // trying again later may succeed

	heavy      bool          // a smaller page may succeed
	retryAfter time.Duration // as the answer asks for
	unsent     bool          // refused here, without asking GitHub
	permission string        // that a field takes which was refused; "" if that is not known
	tok        *token        // whose limits refused it here; nil if none did
}

// failure makes an Error of a reason. Its message is as foreign as it came
// until the call is judged: see Client.judge.
func failure(reason, message string) *Error {
	return &Error{
		Reason: reason, Message: message,
		Temporary: temporary[reason], heavy: reason == reasonTooHeavy,
	}
}

// maxMessage bounds what is repeated of a foreign text in an error, in bytes.
const maxMessage = 300

// oneLine cuts a text to one short line.
func oneLine(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// Error names what was attempted, why it failed and when to try again.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("github")
	if e.Op != "" {
		b.WriteString(": " + e.Op)
	}
	b.WriteString(": " + strings.ReplaceAll(e.Reason, "_", " "))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if !e.RetryAt.IsZero() {
		b.WriteString("; retry at " + e.RetryAt.UTC().Format(time.RFC3339))
	}
	return b.String()
}

// Is reports whether target is one of the errors that callers branch on.
func (e *Error) Is(target error) bool {
	if target == ErrTooHeavy && e.heavy {
		return true
	}
	return slices.Contains(sentinels[e.Reason], target)
}
