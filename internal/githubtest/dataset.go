package githubtest

// A Dataset is the whole life of one or more repositories: every object with
// the times of everything that changed it, so that it can be shown as it was at
// any instant. Times are 0 where the thing has not happened.
type Dataset struct {
	Repos []*Repo
}

// Repo is a repository and all that belongs to it. The exported fields are the
// data; after they were changed by hand, Index must be called before lookups.
type Repo struct {
	ID            int64    `json:"id"`
	NodeID        string   `json:"nodeId,omitempty"` // "": made from ID, see GlobalID
	Owner         string   `json:"owner"`            // at its creation; Renames has later ones
	OwnerType     string   `json:"ownerType,omitempty"`
	OwnerID       int64    `json:"ownerId,omitempty"`
	Name          string   `json:"name"` // at its creation
	DefaultBranch string   `json:"defaultBranch"`
	CreatedAt     Time     `json:"createdAt"`
	Description   string   `json:"description,omitempty"`
	Language      string   `json:"language,omitempty"`
	Visibility    string   `json:"visibility,omitempty"` // public (also ""), private, internal
	ArchivedAt    Time     `json:"archivedAt,omitzero"`
	DeletedAt     Time     `json:"deletedAt,omitzero"` // or access was lost
	Renames       []Rename `json:"renames,omitempty"`  // by time
	Stars         []Count  `json:"stars,omitempty"`    // by time; 0 before the first
	Forks         []Count  `json:"forks,omitempty"`
	Watchers      []Count  `json:"watchers,omitempty"`
	SizeKB        []Count  `json:"sizeKb,omitempty"`

	Users       []*User       `json:"-"`
	Labels      []*Label      `json:"-"`
	Milestones  []*Milestone  `json:"-"`
	Items       []*Item       `json:"-"` // by number, which is the order of creation
	Commits     []*Commit     `json:"-"`
	Tags        []*Tag        `json:"-"`
	Releases    []*Release    `json:"-"`
	Deployments []*Deployment `json:"-"`
	Workflows   []*Workflow   `json:"-"`
	Runs        []*Run        `json:"-"`

	index index
}

// Rename is a new name, a new owner or both, from At on.
type Rename struct {
	At    Time   `json:"at"`
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// Count is a number that holds from At until the next.
type Count struct {
	At Time `json:"at"`
	N  int  `json:"n"`
}

// User is an account. Items name accounts by login.
type User struct {
	ID        int64  `json:"id"`
	NodeID    string `json:"nodeId,omitempty"`
	Login     string `json:"login"` // of bots with the suffix [bot], as REST shows it
	Type      string `json:"type"`  // User, Bot, Organization, Mannequin
	Name      string `json:"name,omitempty"`
	DeletedAt Time   `json:"deletedAt,omitzero"` // everything of theirs has no author from then on
}

// Label is a label. Items name labels by Name, which is the first one it had.
type Label struct {
	ID          int64         `json:"id"`
	NodeID      string        `json:"nodeId,omitempty"`
	Name        string        `json:"name"`
	Color       string        `json:"color"`
	Description string        `json:"description,omitempty"`
	CreatedAt   Time          `json:"createdAt,omitzero"` // 0: with the repository
	Renames     []LabelRename `json:"renames,omitempty"`  // by time
	DeletedAt   Time          `json:"deletedAt,omitzero"` // leaves every item, without events
}

// LabelRename is a label's new name from At on.
type LabelRename struct {
	At   Time   `json:"at"`
	Name string `json:"name"`
}

// Milestone is a milestone. Items name milestones by title.
type Milestone struct {
	ID          int64  `json:"id"`
	NodeID      string `json:"nodeId,omitempty"`
	Number      int    `json:"number"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Creator     string `json:"creator,omitempty"`
	CreatedAt   Time   `json:"createdAt"`
	DueOn       Time   `json:"dueOn,omitzero"`
	ClosedAt    Time   `json:"closedAt,omitzero"`
	DeletedAt   Time   `json:"deletedAt,omitzero"`
}

// Item is an issue, or a pull request where PR is set.
type Item struct {
	Number int    `json:"number"`
	ID     int64  `json:"id"`
	NodeID string `json:"nodeId,omitempty"`
	Author string `json:"author"` // "": a deleted account
	// AuthorAssociation is GitHub's word: MEMBER, CONTRIBUTOR, NONE, …; "" is NONE.
	AuthorAssociation string    `json:"authorAssociation,omitempty"`
	CreatedAt         Time      `json:"createdAt"`
	Title             string    `json:"title,omitempty"` // at its creation; Renamed events change it
	Body              string    `json:"body,omitempty"`  // at its creation; Edits change it
	Edits             []Edit    `json:"edits,omitempty"`
	Labels            []string  `json:"labels,omitempty"`    // at its creation; events change them
	Assignees         []string  `json:"assignees,omitempty"` // at its creation; events change them
	Milestone         string    `json:"milestone,omitempty"` // at its creation; events change it
	Comments          []Comment `json:"comments,omitempty"`  // by time of creation
	Events            []Event   `json:"events,omitempty"`    // by time
	// Touched are moves of updated_at without visible cause.
	Touched []Time `json:"touched,omitempty"`
	// Closes are the issues of this repository that merging closes.
	Closes []int `json:"closes,omitempty"`
	PR     *PR   `json:"pr,omitempty"`

	DeletedAt     Time `json:"deletedAt,omitzero"`
	TransferredAt Time `json:"transferredAt,omitzero"`
	TransferredTo *Ref `json:"transferredTo,omitempty"`
	ConvertedAt   Time `json:"convertedAt,omitzero"` // to a discussion
}

// Ref names an item of any repository.
type Ref struct {
	Owner  string `json:"owner"`
	Repo   string `json:"repo"`
	Number int    `json:"number"`
}

// Edit replaces a text from At on.
type Edit struct {
	At   Time   `json:"at"`
	Body string `json:"body,omitempty"`
}

// PR is what a pull request has beside an issue.
type PR struct {
	IssueID  int64  `json:"issueId,omitempty"` // id of its row among the issues; Item.ID is its own
	BaseRef  string `json:"baseRef"`           // at its creation; BaseRefChanged events change it
	BaseOID  string `json:"baseOid,omitempty"`
	HeadRef  string `json:"headRef"`
	HeadOID  string `json:"headOid"`            // in the end
	HeadRepo string `json:"headRepo,omitempty"` // OWNER/NAME; "": a deleted fork
	MergeOID string `json:"mergeOid,omitempty"`

	Additions    int  `json:"additions,omitempty"` // in the end
	Deletions    int  `json:"deletions,omitempty"`
	ChangedFiles int  `json:"changedFiles,omitempty"`
	StatsUnknown bool `json:"statsUnknown,omitempty"`

	Draft   bool       `json:"draft,omitempty"` // at its creation; events change it
	Commits []PRCommit `json:"commits,omitempty"`
	Reviews []Review   `json:"reviews,omitempty"` // by time of submission, once indexed
}

// PRCommit is a commit's presence in a pull request: from PushedAt until RemovedAt.
type PRCommit struct {
	OID       string `json:"oid"`
	PushedAt  Time   `json:"pushedAt"`
	RemovedAt Time   `json:"removedAt,omitzero"` // by a force-push
}

// Comment is a comment in the conversation of an item.
type Comment struct {
	ID        int64  `json:"id"`
	NodeID    string `json:"nodeId,omitempty"`
	Author    string `json:"author"`
	CreatedAt Time   `json:"createdAt"`
	Body      string `json:"body,omitempty"` // at its creation; Edits change it
	Edits     []Edit `json:"edits,omitempty"`
	UpdatedAt Time   `json:"updatedAt,omitzero"` // of its last change; 0: CreatedAt
	DeletedAt Time   `json:"deletedAt,omitzero"`
}

// Review is a submitted review. Nothing of it is visible before SubmittedAt.
type Review struct {
	ID          int64           `json:"id"`
	NodeID      string          `json:"nodeId,omitempty"`
	Author      string          `json:"author"`
	State       string          `json:"state"` // as submitted: APPROVED, CHANGES_REQUESTED, COMMENTED
	SubmittedAt Time            `json:"submittedAt"`
	UpdatedAt   Time            `json:"updatedAt,omitzero"`
	DismissedAt Time            `json:"dismissedAt,omitzero"` // with an event ReviewDismissed
	AbbrevOID   string          `json:"abbrevOid,omitempty"`  // of the head that was reviewed
	Body        string          `json:"body,omitempty"`
	Comments    []ReviewComment `json:"comments,omitempty"`
}

// ReviewComment is a comment on a line; its author is the review's.
type ReviewComment struct {
	ID         int64  `json:"id"`
	NodeID     string `json:"nodeId,omitempty"`
	ReplyTo    int64  `json:"replyTo,omitempty"` // the comment that began the thread; 0: this one did
	Path       string `json:"path,omitempty"`
	Position   int    `json:"position,omitempty"`
	CreatedAt  Time   `json:"createdAt"` // perhaps before the review was submitted
	Body       string `json:"body,omitempty"`
	UpdatedAt  Time   `json:"updatedAt,omitzero"`
	DeletedAt  Time   `json:"deletedAt,omitzero"`
	ResolvedAt Time   `json:"resolvedAt,omitzero"` // of the thread, on the comment that began it
}

// Event is an entry of an item's history that is neither a comment nor a review.
// Which fields are set beside ID, Kind, At and Actor depends on Kind.
type Event struct {
	ID        int64     `json:"id"`
	Kind      EventKind `json:"kind"`
	At        Time      `json:"at"`
	Actor     string    `json:"actor,omitempty"`     // "": unknown or deleted
	Label     string    `json:"label,omitempty"`     // Labeled, Unlabeled
	Reason    string    `json:"reason,omitempty"`    // Closed: completed, not_planned, duplicate; RemovedFromMergeQueue; ReviewDismissed: the message
	OID       string    `json:"oid,omitempty"`       // Merged, Referenced, Closed by a commit; HeadRefForcePushed: the head after
	Before    string    `json:"before,omitempty"`    // HeadRefForcePushed: the head before
	Who       string    `json:"who,omitempty"`       // Assigned, Unassigned, review requests: login, or team:SLUG
	Milestone string    `json:"milestone,omitempty"` // Milestoned, Demilestoned
	From      string    `json:"from,omitempty"`      // Renamed, BaseRefChanged
	To        string    `json:"to,omitempty"`        // Renamed, BaseRefChanged
	Review    int64     `json:"review,omitempty"`    // ReviewDismissed: the review's id
	State     string    `json:"state,omitempty"`     // ReviewDismissed: the state before
	Source    *Ref      `json:"source,omitempty"`    // CrossReferenced, Transferred (where it came from)
}

// EventKind is GitHub's REST name of an event.
type EventKind string

// The events that a dataset may hold.
const (
	Closed                EventKind = "closed"
	Reopened              EventKind = "reopened"
	Merged                EventKind = "merged"
	Labeled               EventKind = "labeled"
	Unlabeled             EventKind = "unlabeled"
	Assigned              EventKind = "assigned"
	Unassigned            EventKind = "unassigned"
	Milestoned            EventKind = "milestoned"
	Demilestoned          EventKind = "demilestoned"
	Renamed               EventKind = "renamed"
	Referenced            EventKind = "referenced"
	CrossReferenced       EventKind = "cross-referenced"
	Locked                EventKind = "locked"
	Unlocked              EventKind = "unlocked"
	Mentioned             EventKind = "mentioned"
	Subscribed            EventKind = "subscribed"
	Transferred           EventKind = "transferred"
	ConvertedToDiscussion EventKind = "converted_to_discussion"
	CommentDeleted        EventKind = "comment_deleted"
	ReadyForReview        EventKind = "ready_for_review"
	ConvertToDraft        EventKind = "convert_to_draft"
	ReviewRequested       EventKind = "review_requested"
	ReviewRequestRemoved  EventKind = "review_request_removed"
	ReviewDismissed       EventKind = "review_dismissed"
	HeadRefForcePushed    EventKind = "head_ref_force_pushed"
	HeadRefDeleted        EventKind = "head_ref_deleted"
	HeadRefRestored       EventKind = "head_ref_restored"
	BaseRefChanged        EventKind = "base_ref_changed"
	AddedToMergeQueue     EventKind = "added_to_merge_queue"
	RemovedFromMergeQueue EventKind = "removed_from_merge_queue"
	AutoMergeEnabled      EventKind = "auto_merge_enabled"
	AutoMergeDisabled     EventKind = "auto_merge_disabled"
)
