package github

import (
	"errors"
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
)

// Error is why a request failed. Its text never holds a secret.
type Error struct {
	Op      string // what was attempted, and on what
	Reason  string // a stable word, for metrics
	Status  int    // HTTP status; 0 without an answer
	Message string // GitHub's, or the network's
	// RetryAt is when to try again at the earliest, by the local clock; zero
	// when there is no such time.
	RetryAt   time.Time
	Temporary bool // trying again later may succeed
	kinds     []error
}

func (e *Error) Error() string {
	return strings.Join([]string{e.Op, e.Reason, e.Message}, ": ")
}

// Is reports whether target is one of the errors that callers branch on.
func (e *Error) Is(target error) bool {
	for _, kind := range e.kinds {
		if kind == target {
			return true
		}
	}
	return false
}
