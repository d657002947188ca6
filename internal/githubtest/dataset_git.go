package githubtest

// Commit is a commit of the default branch or of a pull request.
type Commit struct {
	OID          string    `json:"oid"`
	Parents      []string  `json:"parents,omitempty"`
	Author       Signature `json:"author"`
	Committer    Signature `json:"committer"`
	Headline     string    `json:"headline,omitempty"`
	Body         string    `json:"body,omitempty"` // of the message, without the headline
	Additions    int       `json:"additions,omitempty"`
	Deletions    int       `json:"deletions,omitempty"`
	ChangedFiles int       `json:"changedFiles,omitempty"`
	LandedAt     Time      `json:"landedAt,omitzero"`  // when it reached the default branch; 0: it did not
	Mainline     bool      `json:"mainline,omitempty"` // in the first-parent chain of the default branch
}

// Signature is who made a commit, and when by their clock.
type Signature struct {
	Login string `json:"login,omitempty"` // "": no account is known
	At    Time   `json:"at"`
}

// Tag is a tag that appeared at At.
type Tag struct {
	Name      string `json:"name"`
	OID       string `json:"oid"`              // of the commit
	TagOID    string `json:"tagOid,omitempty"` // of the annotated tag; "": lightweight
	At        Time   `json:"at"`
	DeletedAt Time   `json:"deletedAt,omitzero"`
}

// Release is a release. A draft is visible to nobody before PublishedAt.
type Release struct {
	ID          int64  `json:"id"`
	NodeID      string `json:"nodeId,omitempty"`
	Tag         string `json:"tag"`
	Name        string `json:"name,omitempty"`
	Author      string `json:"author,omitempty"`
	CreatedAt   Time   `json:"createdAt"` // the commit's time, as GitHub has it
	PublishedAt Time   `json:"publishedAt,omitzero"`
	Prerelease  bool   `json:"prerelease,omitempty"`
	DeletedAt   Time   `json:"deletedAt,omitzero"`
}

// Deployment is a deployment of a commit to an environment.
type Deployment struct {
	ID          int64              `json:"id"`
	NodeID      string             `json:"nodeId,omitempty"`
	OID         string             `json:"oid"`
	Ref         string             `json:"ref"`
	Environment string             `json:"environment"`
	Task        string             `json:"task,omitempty"` // "": deploy
	Creator     string             `json:"creator,omitempty"`
	CreatedAt   Time               `json:"createdAt"`
	Description string             `json:"description,omitempty"`
	Statuses    []DeploymentStatus `json:"statuses,omitempty"` // by time
}

// DeploymentStatus is a state that a deployment took.
type DeploymentStatus struct {
	ID      int64  `json:"id"`
	NodeID  string `json:"nodeId,omitempty"`
	State   string `json:"state"` // queued, pending, in_progress, success, failure, error, inactive
	Creator string `json:"creator,omitempty"`
	At      Time   `json:"at"`
}

// Workflow is a workflow file.
type Workflow struct {
	ID        int64  `json:"id"`
	NodeID    string `json:"nodeId,omitempty"`
	Name      string `json:"name"`
	Path      string `json:"path"` // .github/workflows/FILE
	CreatedAt Time   `json:"createdAt"`
}

// Run is a run of a workflow with all its attempts.
type Run struct {
	ID         int64     `json:"id"`
	NodeID     string    `json:"nodeId,omitempty"`
	CheckSuite int64     `json:"checkSuite,omitempty"`
	Workflow   int64     `json:"workflow"` // the workflow's id
	Number     int       `json:"number"`   // of the runs of the workflow
	Event      string    `json:"event"`    // push, pull_request, schedule, …
	Branch     string    `json:"branch"`
	OID        string    `json:"oid"`
	Actor      string    `json:"actor,omitempty"`
	CreatedAt  Time      `json:"createdAt"`
	Attempts   []Attempt `json:"attempts"` // the first is number 1
}

// Attempt is one attempt of a run.
type Attempt struct {
	Actor       string `json:"actor,omitempty"`
	StartedAt   Time   `json:"startedAt"`
	CompletedAt Time   `json:"completedAt,omitzero"`
	Conclusion  string `json:"conclusion,omitempty"` // success, failure, cancelled, …, once completed
	Jobs        []Job  `json:"jobs,omitempty"`
}

// Job is a job of an attempt.
type Job struct {
	ID          int64  `json:"id"`
	NodeID      string `json:"nodeId,omitempty"`
	Name        string `json:"name"`
	CreatedAt   Time   `json:"createdAt"`
	StartedAt   Time   `json:"startedAt,omitzero"`
	CompletedAt Time   `json:"completedAt,omitzero"`
	Conclusion  string `json:"conclusion,omitempty"`
}
