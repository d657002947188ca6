// Package github reads GitHub's REST and GraphQL APIs and turns the answers
// into model records, page by page. It keeps within the limits of the tokens
// it was given, retries what is worth retrying and returns an *Error for all
// else; what it returns without an error is whole.
package github

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// What is asked for at once. Every request of these sizes costs one point.
const (
	OwnerPageSize   = 100 // repositories of an owner
	ProbeBatch      = 37  // repositories of one probe
	WatchedBatch    = 29  // repositories of one probe that counts watchers too
	IssuePageSize   = 40
	PullPageSize    = 25
	ItemsBatch      = 18  // items read again by node id
	DrainBatch      = 20  // nested lists continued in one document
	SweepPageSize   = 100 // also of IDs
	CommentPageSize = 100 // REST: one core request
)

// PageInfo says where a page of a GraphQL connection ends.
type PageInfo struct {
	Total int // of the connection, as GitHub counts
	// EndCursor continues behind this page. It is the cursor that was asked
	// for when the page is empty, so that it may always be stored.
	EndCursor  string
	HasNext    bool
	ServerTime model.Instant
}

// Watermark is how far a connection of a repository has moved.
type Watermark struct {
	Count     int
	UpdatedAt model.Instant // of what was updated last; 0 where Count is 0
	Denied    bool          // the token may not look: the rest is 0
}

// Probe is what one repository looks like now, or why it cannot be read.
type Probe struct {
	NodeID     string // as it was asked for
	Repository model.Repository
	// Watched is set where the watchers were counted now. That costs as much as
	// one of the lists, so only probes of few repositories do; otherwise
	// Repository has those that it was asked for with.
	Watched bool
	Issues  Watermark
	Pulls   Watermark
	// Releases and Deployments are ordered by creation, so that the update told of
	// is that of the newest one.
	Releases    Watermark
	Deployments Watermark
	Head        string // of the default branch; "" where that is empty
	Err         error  // of this repository alone
}

// PageRequest asks for a page of a repository's issues or pull requests in the
// order of their last update.
type PageRequest struct {
	Repo       model.Repository // ID, NodeID, Owner and Name are used
	After      string           // EndCursor of the page before; "" for the first page
	Since      model.Instant    // only issues updated then or later; 0 for all; pull requests have no such filter
	First      int              // at most IssuePageSize or PullPageSize, which 0 stands for
	Descending bool             // newest update first
	// Light asks for one event and one commit of each item and leaves the rest
	// to Overflow: for an item that is too heavy even alone.
	Light bool
}

// ItemPage is a page of issues or pull requests.
type ItemPage struct {
	PageInfo
	Items    []model.Item
	Overflow []Overflow     // nested lists that go on behind this page
	Dropped  map[string]int // what GitHub gave as null, or unknown, by reason
}

// Connection names a list within an item.
type Connection string

// The lists within an item that can be longer than a page shows.
const (
	Timeline Connection = "timeline"
	Commits  Connection = "commits"
	Labels   Connection = "labels"
	Closing  Connection = "closing"
)

// Overflow is a list within an item that was not read to its end. It is plain
// data, to be stored until it is drained.
type Overflow struct {
	Number     int        `json:"number"`
	Kind       model.Kind `json:"kind"`
	NodeID     string     `json:"node"`
	Connection Connection `json:"connection"`
	After      string     `json:"after,omitempty"` // "" starts over, as labels and closing references do
}

// OverflowPage is the next page of such a list.
type OverflowPage struct {
	Overflow  // as it was asked for
	Events    []model.Event
	Commits   []model.Commit
	Labels    []model.Label   // all of the item's
	Closes    []model.ItemRef // all of the item's
	Mentions  []model.Mention // of the commits
	EndCursor string
	HasNext   bool
	// ServerTime is that of the answer, for what was found to be absent then.
	ServerTime model.Instant
	Dropped    map[string]int
	Err        error // of this list alone
}

// Next gives what is to be drained after this page, where HasNext is set.
func (p *OverflowPage) Next() Overflow {
	next := p.Overflow
	next.After = p.EndCursor
	return next
}

// ItemID names an item and its node.
type ItemID struct {
	NodeID    string
	Number    int
	UpdatedAt model.Instant // 0 where unknown
}

// IDPage is a page of items without their content.
type IDPage struct {
	PageInfo
	IDs []ItemID
}

// ItemResult is an item that was read again, or why it could not be.
type ItemResult struct {
	ItemID
	Item     model.Item
	Overflow []Overflow
	Dropped  map[string]int
	Err      error // of this item alone
}

// SweepRow is what a sweep compares with the mirror.
type SweepRow struct {
	ItemID
	State    string // open, closed or merged
	Comments int    // comparable with Item.CommentCount: of a pull request, review comments are among them
	Reviews  int    // comparable with Item.ReviewCount
}

// SweepPage is a page of a sweep, by number of the item.
type SweepPage struct {
	PageInfo
	Rows []SweepRow
}

// CommentsRequest asks for a page of a repository's comments in the order of
// their last update.
type CommentsRequest struct {
	Repo model.Repository
	Pull int // ReviewComments: those of this pull request alone; 0 for all
	// URL is the one to ask: a page's Next, or its URL to ask again whether
	// anything changed. "" builds one from Since.
	URL string
	// Since begins a listing: comments updated then or later; 0 for all. With
	// a URL it is where to begin anew when GitHub refuses to go on from there,
	// so keep it at the last comment that was stored.
	Since model.Instant
	ETag  string // of the stored answer to URL; "" asks unconditionally
	// Identity is the one that got the ETag, which is of no use to another:
	// GitHub makes it of the token too. "" where that is not known.
	Identity string
}

// CommentsPage is a page of comments.
type CommentsPage struct {
	URL         string // that was answered
	Next        string // "" on the last page
	ETag        string
	Identity    string // which got it
	NotModified bool   // nothing changed since ETag; Next is of this answer
	ServerTime  model.Instant
	Review      []ReviewComment // of ReviewComments
	Issue       []IssueComment  // of IssueComments
	LastUpdate  model.Instant   // newest of the page's comments; 0 when empty
}

// ReviewComment is a comment on a line and the pull request it belongs to.
type ReviewComment struct {
	Number int
	model.ReviewComment
}

// IssueComment is a comment on an issue or pull request as its timeline has it.
type IssueComment struct {
	Number int
	model.Event
}

// Presence is what became of an item.
type Presence int

// What a direct read of an item finds.
const (
	Present Presence = iota + 1
	Deleted
	Transferred
)

// Existence is the answer to a direct read of an item.
type Existence struct {
	Presence Presence
	Target   model.ItemRef // where it was transferred to, as far as GitHub says
	At       model.Instant // server time of the answer
	// Certain is set where GitHub says that the item was deleted (410). A 404
	// may as well be a lagging replica or a token that lost its access.
	Certain bool
}

// IdentityStatus is what an identity may spend.
type IdentityStatus struct {
	Name    string
	Core    Allowance // of REST, in requests
	GraphQL Allowance // in points
	Up      bool      // a token of it can be used
}

// Allowance is what an identity has of a budget: Limit and Remaining are 0
// while nothing is known of it.
type Allowance struct {
	Limit, Remaining int
	Floor            int           // so much of it is never spent
	Reset            model.Instant // by the server's clock
	Unlimited        bool          // the server limits nothing
}
