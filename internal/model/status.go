package model

// RepositoryStatus is how far the mirror of one repository is, for metrics,
// the status page and the sync command.
type RepositoryStatus struct {
	Project     string         `json:"project"`
	Owner       string         `json:"owner"`
	Name        string         `json:"repo"`
	ID          int64          `json:"id"` // 0 until it was first read
	Complete    bool           `json:"complete"`
	Progress    float64        `json:"progress"` // of the first sync, 0 to 1
	Streams     []StreamStatus `json:"streams"`
	Records     map[string]int `json:"records"`
	Repairs     map[string]int `json:"repairs"`
	Dropped     map[string]int `json:"dropped"`
	Gaps        int            `json:"gaps"`
	Gone        string         `json:"gone,omitempty"` // why it is no longer read
	LastError   string         `json:"lastError,omitempty"`
	LastErrorAt Instant        `json:"lastErrorAt,omitempty"`
	Waiting     string         `json:"waiting,omitempty"` // for which limit and until when, where one holds up its work
}

// StreamStatus is one stream of a repository: issues, pulls, comments …
type StreamStatus struct {
	Name        string         `json:"name"`
	Stored      int            `json:"stored"`
	Total       int            `json:"total"` // as GitHub counts; 0 while unknown
	LastSuccess Instant        `json:"lastSuccess,omitempty"`
	Errors      map[string]int `json:"errors"` // by reason
	LastError   string         `json:"lastError,omitempty"`
	LastErrorAt Instant        `json:"lastErrorAt,omitempty"`
}

// TokenStatus is what is known of one token and its budgets: a configured
// personal token, or an installation of a configured App.
type TokenStatus struct {
	Token       string   `json:"token"`                // its configured name; of an App NAME/ACCOUNT
	Identity    string   `json:"identity"`             // whose budget it spends: a login, or SLUG/ACCOUNT; "" until known
	Kind        string   `json:"kind"`                 // pat or app
	MonitorOnly bool     `json:"monitorOnly"`          // its budget is never spent
	Up          bool     `json:"up"`                   // false once GitHub refused it
	Reason      string   `json:"reason,omitempty"`     // why it is not up, or cannot read all that it should
	PausedUntil Instant  `json:"pausedUntil,omitzero"` // by a secondary limit
	Expiry      Instant  `json:"expiry,omitzero"`
	Unlimited   bool     `json:"unlimited"` // the server has no limits, so there are no budgets
	Budgets     []Budget `json:"budgets"`   // by resource
}

// Budget is one rate limit of an identity. A resource without a limit is absent.
type Budget struct {
	Resource    string  `json:"resource"`
	Limit       int     `json:"limit"`
	Remaining   int     `json:"remaining"`
	Used        int     `json:"used"`
	Reset       Instant `json:"reset,omitzero"`
	UsedAtReset int     `json:"usedAtReset"` // highest use of the last window that ended; -1 while none did
}

// APIStats counts what was asked of GitHub since the start. Slices are sorted
// by their keys; every configured token has its WaitSeconds and Secondary.
type APIStats struct {
	Requests    []RequestCount
	Points      []PointCount
	Durations   map[string]Durations // by api: rest, graphql
	WaitSeconds map[string]float64   // by token: spent waiting for a rate limit or a free slot
	Secondary   map[string]int       // by token: how often a secondary limit was hit
}

// RequestCount counts the requests of one token to one endpoint.
type RequestCount struct {
	Token    string
	API      string // rest or graphql
	Endpoint string // the route's template
	Outcome  string // 2xx, 304, 3xx, 4xx, 5xx, timeout, partial, ratelimited or secondary
	Count    int
}

// PointCount counts the points that one token spent on one query.
type PointCount struct {
	Token, Query string
	Points       int
}

// Durations is a histogram of request durations in seconds. Counts is
// cumulative and parallel to Bounds.
type Durations struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}
