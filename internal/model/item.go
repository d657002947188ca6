package model

//go:generate go tool -modfile=../../tools/go.mod msgp -file item.go -o item_gen.go -tests=false
//go:generate go tool -modfile=../../tools/go.mod msgp -file model.go -o model_gen.go -tests=false

// Item is an issue or a pull request as the mirror keeps it: the facts of its
// last read and the history of its life. Titles and bodies are never part of
// it; what a text states as a fact is in Mentions.
type Item struct {
	Number    int     `msg:"n" json:"number"`
	Kind      Kind    `msg:"k" json:"kind,omitzero"`
	NodeID    string  `msg:"id" json:"nodeId,omitzero"`
	Author    Actor   `msg:"a" json:"author,omitzero"`
	CreatedAt Instant `msg:"c" json:"createdAt,omitzero"`
	UpdatedAt Instant `msg:"u" json:"updatedAt,omitzero"`
	ClosedAt  Instant `msg:"x,omitempty" json:"closedAt,omitzero"`     // of the last closing, while closed
	Reason    string  `msg:"xr,omitempty" json:"closeReason,omitzero"` // completed, not_planned, duplicate: of the last closing
	Labels    []Label `msg:"lb,omitempty" json:"labels,omitzero"`

	// Of pull requests only.
	MergedAt  Instant   `msg:"m,omitempty" json:"mergedAt,omitzero"`
	MergeOID  string    `msg:"mo,omitempty" json:"mergeOid,omitzero"` // of the commit that merging made; "" before
	MergedBy  Actor     `msg:"mb,omitempty" json:"mergedBy,omitzero"`
	Draft     bool      `msg:"d,omitempty" json:"draft,omitzero"`
	BaseRef   string    `msg:"br,omitempty" json:"baseRef,omitzero"`
	HeadOID   string    `msg:"ho,omitempty" json:"headOid,omitzero"`
	Additions int64     `msg:"ad,omitempty" json:"additions,omitzero"`
	Deletions int64     `msg:"de,omitempty" json:"deletions,omitzero"`
	Commits   []Commit  `msg:"co,omitempty" json:"commits,omitzero"`
	Closes    []ItemRef `msg:"cl,omitempty" json:"closes,omitzero"` // GitHub's closingIssuesReferences

	Mentions       []Mention       `msg:"me,omitempty" json:"mentions,omitzero"`       // of the body, the merge commit and the commits
	Events         []Event         `msg:"ev,omitempty" json:"events,omitzero"`         // by At, then ID
	ReviewComments []ReviewComment `msg:"rc,omitempty" json:"reviewComments,omitzero"` // by ID

	ReadAt        Instant `msg:"r" json:"readAt,omitzero"`                   // server time of the last read
	HeaderAt      Instant `msg:"h,omitempty" json:"headerAt,omitzero"`       // of the read that the fields above are of; 0: ReadAt
	GoneAt        Instant `msg:"g,omitempty" json:"goneAt,omitzero"`         // server time at which its absence was found
	Gone          string  `msg:"gr,omitempty" json:"gone,omitzero"`          // deleted, transferred or converted; "" while present
	CommentCount  int     `msg:"nc,omitempty" json:"commentCount,omitzero"`  // as GitHub counted at the last read
	ReviewCount   int     `msg:"nr,omitempty" json:"reviewCount,omitzero"`   // as GitHub counted at the last read
	CommitCount   int     `msg:"ncm,omitempty" json:"commitCount,omitzero"`  // as GitHub counted at the last read
	TimelineEnd   string  `msg:"te,omitempty" json:"timelineEnd,omitzero"`   // cursor behind the last whole page of the timeline
	TimelineCount int     `msg:"tc,omitempty" json:"timelineCount,omitzero"` // items of the timeline at the last read
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
	OID         string  `msg:"o" json:"oid,omitzero"`
	AuthoredAt  Instant `msg:"a" json:"authoredAt,omitzero"`
	CommittedAt Instant `msg:"c" json:"committedAt,omitzero"`
	// Head is the pull request's head when the commit was last listed. A commit
	// whose Head is not the pull request's HeadOID was seen before a force-push.
	Head   string  `msg:"h" json:"head,omitzero"`
	ReadAt Instant `msg:"d,omitempty" json:"readAt,omitzero"` // server time of the last listing; 0: the item's ReadAt
}

// ItemRef names an issue or pull request; Owner and Repo are "" for the same repository.
type ItemRef struct {
	Owner  string `msg:"o,omitempty" json:"owner,omitzero"`
	Repo   string `msg:"r,omitempty" json:"repo,omitzero"`
	Number int    `msg:"n" json:"number"`
}

// MentionKind is what a text states of another object.
type MentionKind uint8

// The facts that are taken from texts when they are read.
const (
	Reverts         MentionKind = iota + 1 // "This reverts commit SHA", "Reverts owner/repo#N"
	Closes                                 // "fixes #N" and GitHub's other closing keywords
	RootCause                              // "root cause: SHA", "caused by #N"
	NamesCommit                            // a commit's name or address alone
	NamesDeployment                        // a deployment's address or id; Item.Number is its id
)

// Mention is a fact taken from a text: Item or OID is set, never both.
type Mention struct {
	Kind MentionKind `msg:"k" json:"kind,omitzero"`
	Item ItemRef     `msg:"i,omitempty" json:"item,omitzero"`
	OID  string      `msg:"o,omitempty" json:"oid,omitzero"`
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
	ID    string    `msg:"i" json:"id,omitzero"`
	Kind  EventKind `msg:"k" json:"kind,omitzero"`
	At    Instant   `msg:"t" json:"at,omitzero"`              // a review's is its submission
	Actor Actor     `msg:"a,omitempty" json:"actor,omitzero"` // who wrote or did it
	Label Label     `msg:"l,omitempty" json:"label,omitzero"` // of Labeled and Unlabeled
	// State of a review is the one in which it was submitted where that is
	// known, else Dismissed. Of ReviewDismissed it is the state before.
	State ReviewState `msg:"s,omitempty" json:"state,omitzero"`
	// Ref is the review's event id for ReviewDismissed, the reviewer's login
	// for review requests ("team:SLUG" for a team), the head before for force-pushes,
	// the commit for Merged, the milestone's title for milestones.
	Ref       string    `msg:"r,omitempty" json:"ref,omitzero"`
	Reason    string    `msg:"x,omitempty" json:"reason,omitzero"`    // of Closed and RemovedFromMergeQueue, lower case
	Text      string    `msg:"b,omitempty" json:"text,omitzero"`      // of a comment, as far as the configuration keeps it
	Before    []string  `msg:"p,omitempty" json:"before,omitzero"`    // commands, lines that start with / or @, that a comment had before it was edited
	Mentions  []Mention `msg:"m,omitempty" json:"mentions,omitzero"`  // of a comment
	UpdatedAt Instant   `msg:"u,omitempty" json:"updatedAt,omitzero"` // of comments and reviews
	GoneAt    Instant   `msg:"g,omitempty" json:"goneAt,omitzero"`    // server time at which its absence was found
	ReadAt    Instant   `msg:"d,omitempty" json:"readAt,omitzero"`    // server time of its last read; 0: the item's ReadAt
}

// ReviewComment is a comment on a line of a pull request.
type ReviewComment struct {
	ID        int64   `msg:"i" json:"id,omitzero"`
	Review    int64   `msg:"r,omitempty" json:"review,omitzero"`  // database id of the review it belongs to
	ReplyTo   int64   `msg:"p,omitempty" json:"replyTo,omitzero"` // the comment that began its thread; 0: it began one
	Author    Actor   `msg:"a,omitempty" json:"author,omitzero"`
	CreatedAt Instant `msg:"t" json:"createdAt,omitzero"`
	UpdatedAt Instant `msg:"u,omitempty" json:"updatedAt,omitzero"`
	GoneAt    Instant `msg:"g,omitempty" json:"goneAt,omitzero"`
	ReadAt    Instant `msg:"d,omitempty" json:"readAt,omitzero"` // as an Event's
}
