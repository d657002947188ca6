package model

//go:generate go tool -modfile=../../tools/go.mod msgp -file item.go -o item_gen.go -tests=false
//go:generate go tool -modfile=../../tools/go.mod msgp -file model.go -o model_gen.go -tests=false

// Item is an issue or a pull request as the mirror keeps it: the facts of its
// last read and the history of its life. Titles and bodies are never part of
// it; what a text states as a fact is in Mentions.
type Item struct {
	Number    int     `msg:"n"`
	Kind      Kind    `msg:"k"`
	NodeID    string  `msg:"id"`
	Author    Actor   `msg:"a"`
	CreatedAt Instant `msg:"c"`
	UpdatedAt Instant `msg:"u"`
	ClosedAt  Instant `msg:"x,omitempty"`  // of the last closing, while closed
	Reason    string  `msg:"xr,omitempty"` // completed, not_planned, duplicate: of the last closing
	Labels    []Label `msg:"lb,omitempty"`

	// Of pull requests only.
	MergedAt  Instant   `msg:"m,omitempty"`
	MergeOID  string    `msg:"mo,omitempty"` // of the commit that merging made; "" before
	MergedBy  Actor     `msg:"mb,omitempty"`
	Draft     bool      `msg:"d,omitempty"`
	BaseRef   string    `msg:"br,omitempty"`
	HeadOID   string    `msg:"ho,omitempty"`
	Additions int64     `msg:"ad,omitempty"`
	Deletions int64     `msg:"de,omitempty"`
	Commits   []Commit  `msg:"co,omitempty"`
	Closes    []ItemRef `msg:"cl,omitempty"` // GitHub's closingIssuesReferences

	Mentions       []Mention       `msg:"me,omitempty"` // of the body, the merge commit and the commits
	Events         []Event         `msg:"ev,omitempty"` // by At, then ID
	ReviewComments []ReviewComment `msg:"rc,omitempty"` // by ID

	ReadAt        Instant `msg:"r"`             // server time of the last read
	GoneAt        Instant `msg:"g,omitempty"`   // server time at which its absence was found
	Gone          string  `msg:"gr,omitempty"`  // deleted, transferred or converted; "" while present
	CommentCount  int     `msg:"nc,omitempty"`  // as GitHub counted at the last read
	ReviewCount   int     `msg:"nr,omitempty"`  // as GitHub counted at the last read
	CommitCount   int     `msg:"ncm,omitempty"` // as GitHub counted at the last read
	TimelineEnd   string  `msg:"te,omitempty"`  // cursor behind the last whole page of the timeline
	TimelineCount int     `msg:"tc,omitempty"`  // items of the timeline at the last read
}

// State gives open, closed or merged.
func (it *Item) State() string {
	switch {
	case it.MergedAt != 0:
		return "merged"
	case it.ClosedAt != 0:
		return "closed"
	}
	return "open"
}

// Commit is a commit of a pull request. Its times are as Git has them: forged
// and zero ones are kept.
type Commit struct {
	OID         string  `msg:"o"`
	AuthoredAt  Instant `msg:"a"`
	CommittedAt Instant `msg:"c"`
	// Head is the pull request's head when the commit was last listed. A commit
	// whose Head is not the pull request's HeadOID was seen before a force-push.
	Head string `msg:"h"`
}

// ItemRef names an issue or pull request; Owner and Repo are "" for the same repository.
type ItemRef struct {
	Owner  string `msg:"o,omitempty"`
	Repo   string `msg:"r,omitempty"`
	Number int    `msg:"n"`
}

// MentionKind is what a text states of another object.
type MentionKind uint8

// The facts that are taken from texts when they are read.
const (
	Reverts   MentionKind = iota + 1 // "This reverts commit SHA", "Reverts owner/repo#N"
	Closes                           // "fixes #N" and GitHub's other closing keywords
	RootCause                        // "root cause: SHA", "caused by #N"
)

// Mention is a fact taken from a text: Item or OID is set, never both.
type Mention struct {
	Kind MentionKind `msg:"k"`
	Item ItemRef     `msg:"i,omitempty"`
	OID  string      `msg:"o,omitempty"`
}

// EventKind is the kind of an event in an item's life.
type EventKind uint8

// The events that are mirrored. The numbers are stored: append only.
const (
	Commented EventKind = iota + 1
	Reviewed
	Labeled
	Unlabeled
	Closed
	Reopened
	Merged
	ReadyForReview
	ConvertToDraft
	ReviewRequested
	ReviewRequestRemoved
	ReviewDismissed
	HeadRefForcePushed
	AddedToMergeQueue
	RemovedFromMergeQueue
	Transferred
	ConvertedToDiscussion
	CommentDeleted
	Milestoned
	Demilestoned
)

// ReviewState is the state of a review.
type ReviewState uint8

// The states of reviews that count; pending ones are never stored.
const (
	Approved ReviewState = iota + 1
	ChangesRequested
	ReviewCommented
	Dismissed
)

// String gives the state as the metrics' label has it.
func (s ReviewState) String() string {
	switch s {
	case Approved:
		return "approved"
	case ChangesRequested:
		return "changes_requested"
	case ReviewCommented:
		return "commented"
	case Dismissed:
		return "dismissed"
	}
	return "unknown"
}

// Event is one entry of an item's history.
type Event struct {
	// ID is immutable: "c" and the database id for comments, "r" and the
	// database id for reviews, the node id for all others.
	ID    string    `msg:"i"`
	Kind  EventKind `msg:"k"`
	At    Instant   `msg:"t"`           // a review's is its submission
	Actor Actor     `msg:"a,omitempty"` // who wrote or did it
	Label Label     `msg:"l,omitempty"` // of Labeled and Unlabeled
	// State of a review is the one in which it was submitted where that is
	// known, else Dismissed. Of ReviewDismissed it is the state before.
	State ReviewState `msg:"s,omitempty"`
	// Ref is the review's event id for ReviewDismissed, the reviewer's login
	// for review requests ("team:SLUG" for a team), the head before for force-pushes,
	// the commit for Merged, the milestone's title for milestones.
	Ref       string    `msg:"r,omitempty"`
	Reason    string    `msg:"x,omitempty"` // of Closed and RemovedFromMergeQueue, lower case
	Text      string    `msg:"b,omitempty"` // of a comment, as far as the configuration keeps it
	Mentions  []Mention `msg:"m,omitempty"` // of a comment
	UpdatedAt Instant   `msg:"u,omitempty"` // of comments and reviews
	GoneAt    Instant   `msg:"g,omitempty"` // server time at which its absence was found
}

// ReviewComment is a comment on a line of a pull request.
type ReviewComment struct {
	ID        int64   `msg:"i"`
	Review    int64   `msg:"r,omitempty"` // database id of the review it belongs to
	ReplyTo   int64   `msg:"p,omitempty"` // the comment that began its thread; 0: it began one
	Author    Actor   `msg:"a,omitempty"`
	CreatedAt Instant `msg:"t"`
	UpdatedAt Instant `msg:"u,omitempty"`
	GoneAt    Instant `msg:"g,omitempty"`
}
