// Package model holds the domain's plain types: what is known of a GitHub
// repository, its issues and its pull requests, and what is derived from them.
// It imports nothing of this module.
package model

import "time"

// Instant is a point in time in Unix seconds, the precision of GitHub's
// timestamps. Zero means "no such instant", except in Commit, where every
// value is an instant.
type Instant int64

// At converts a time to an Instant; the zero time gives the zero Instant.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.Unix())
}

// Time converts an Instant to UTC; the zero Instant gives the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(int64(i), 0).UTC()
}

// String formats an Instant as RFC 3339 in UTC, or "" for the zero Instant.
func (i Instant) String() string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339)
}

// Kind tells issues from pull requests.
type Kind uint8

// The kinds of items.
const (
	Issue Kind = iota + 1
	PullRequest
)

// String gives the kind as it is written in labels and configuration.
func (k Kind) String() string {
	switch k {
	case Issue:
		return "issue"
	case PullRequest:
		return "pull_request"
	}
	return "unknown"
}

// Actor is an account as GitHub names it, normalised: a login without the
// "[bot]" suffix and Bot set instead. The zero Actor is a deleted account
// ("ghost"); two of them are never the same person.
type Actor struct {
	Login string `msg:"l,omitempty" json:"login,omitzero"`
	Bot   bool   `msg:"b,omitempty" json:"bot,omitzero"`
}

// Ghost reports whether the account was deleted.
func (a Actor) Ghost() bool { return a.Login == "" }

// Same reports whether both are one account; deleted ones never are.
func (a Actor) Same(b Actor) bool { return !a.Ghost() && a == b }

// Label is a label by its immutable node id and its name when it was read.
type Label struct {
	ID   string `msg:"i" json:"id,omitzero"`
	Name string `msg:"n" json:"name,omitzero"`
}

// Repository is a repository as it was last read. Times are the server's.
type Repository struct {
	ID            int64   `msg:"id" json:"id"`
	NodeID        string  `msg:"node" json:"nodeId,omitzero"`
	Owner         string  `msg:"owner" json:"owner,omitzero"`
	Name          string  `msg:"name" json:"name,omitzero"`
	CreatedAt     Instant `msg:"created" json:"createdAt,omitzero"`
	Visibility    string  `msg:"vis" json:"visibility,omitzero"` // public, private or internal
	Archived      bool    `msg:"arch" json:"archived,omitzero"`
	Disabled      bool    `msg:"dis" json:"disabled,omitzero"`
	NoIssues      bool    `msg:"noissues" json:"noIssues,omitzero"` // issues are switched off
	DefaultBranch string  `msg:"branch" json:"defaultBranch,omitzero"`
	Stars         int64   `msg:"stars" json:"stars,omitzero"`
	Forks         int64   `msg:"forks" json:"forks,omitzero"`
	Watchers      int64   `msg:"watchers" json:"watchers,omitzero"`
	SizeBytes     int64   `msg:"size" json:"sizeBytes,omitzero"`
	ReadAt        Instant `msg:"read" json:"readAt,omitzero"`
	GoneAt        Instant `msg:"gone" json:"goneAt,omitzero"` // when it was found to be gone or out of reach
}

// FullName gives OWNER/NAME.
func (r Repository) FullName() string { return r.Owner + "/" + r.Name }

// MarshalText writes an Instant as String does, so that JSON shows RFC 3339.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads RFC 3339 or "".
func (i *Instant) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = 0
		return nil
	}
	t, err := time.Parse(time.RFC3339, string(text))
	*i = At(t)
	return err
}
