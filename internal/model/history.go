package model

//go:generate go tool -modfile=../../tools/go.mod msgp -file history.go -o history_gen.go -tests=false

// BranchCommit is a commit as the mirror keeps it of the default branch and of
// what was deployed: the commit graph. Times are as Git has them.
type BranchCommit struct {
	OID         string   `msg:"o" json:"oid"`
	Parents     []string `msg:"p,omitempty" json:"parents,omitzero"`
	CommittedAt Instant  `msg:"c" json:"committedAt,omitzero"`
}

// Tag is a tag of a repository. Tags can move: OID is what it named when it was
// last read.
type Tag struct {
	Name        string  `msg:"n" json:"name"`
	OID         string  `msg:"o" json:"oid,omitzero"`                   // of the commit
	TaggedAt    Instant `msg:"t,omitempty" json:"taggedAt,omitzero"`    // by the tagger; 0 for a lightweight tag
	CommittedAt Instant `msg:"c,omitempty" json:"committedAt,omitzero"` // of the commit
	ReadAt      Instant `msg:"r" json:"readAt,omitzero"`
	GoneAt      Instant `msg:"g,omitempty" json:"goneAt,omitzero"`
}

// Release is a release of a repository; drafts are never stored.
type Release struct {
	ID          int64   `msg:"i" json:"id"`
	Tag         string  `msg:"t" json:"tag,omitzero"`
	OID         string  `msg:"o,omitempty" json:"oid,omitzero"` // of the tag's commit when it was read; the last known one
	Prerelease  bool    `msg:"p,omitempty" json:"prerelease,omitzero"`
	PublishedAt Instant `msg:"a" json:"publishedAt,omitzero"`
	UpdatedAt   Instant `msg:"u,omitempty" json:"updatedAt,omitzero"`
	ReadAt      Instant `msg:"r" json:"readAt,omitzero"`              // server time of the last read
	HeaderAt    Instant `msg:"h,omitempty" json:"headerAt,omitzero"`  // of the read that the fields above are of; 0: ReadAt
	CommitAt    Instant `msg:"oa,omitempty" json:"commitAt,omitzero"` // of the read that OID is of; 0: ReadAt
	GoneAt      Instant `msg:"g,omitempty" json:"goneAt,omitzero"`
}

// Deployment is a deployment of a commit to an environment.
type Deployment struct {
	ID          int64              `msg:"i" json:"id"` // of the REST API
	NodeID      string             `msg:"n" json:"nodeId,omitzero"`
	Environment string             `msg:"e" json:"environment,omitzero"`
	OID         string             `msg:"o" json:"oid,omitzero"`
	State       string             `msg:"s" json:"state,omitzero"` // as GitHub has it, lower case
	CreatedAt   Instant            `msg:"c" json:"createdAt,omitzero"`
	UpdatedAt   Instant            `msg:"u" json:"updatedAt,omitzero"`
	Statuses    []DeploymentStatus `msg:"st,omitempty" json:"statuses,omitzero"` // by At, then ID
	ReadAt      Instant            `msg:"r" json:"readAt,omitzero"`              // server time of the last read
	HeaderAt    Instant            `msg:"h,omitempty" json:"headerAt,omitzero"`  // of the read that the fields above are of; 0: ReadAt
	GoneAt      Instant            `msg:"g,omitempty" json:"goneAt,omitzero"`
}

// DeploymentStatus is a state that a deployment took.
type DeploymentStatus struct {
	ID    string  `msg:"i" json:"id,omitzero"`    // node id
	State string  `msg:"s" json:"state,omitzero"` // success, failure, error, inactive, in_progress, queued, pending, waiting, …
	At    Instant `msg:"t" json:"at,omitzero"`
}

// Run is one attempt of a run of a workflow.
type Run struct {
	ID          int64   `msg:"i" json:"id"`
	Attempt     int     `msg:"a" json:"attempt,omitzero"`
	Workflow    string  `msg:"w" json:"workflow,omitzero"` // name of its file, without the directory
	Event       string  `msg:"e" json:"event,omitzero"`
	Branch      string  `msg:"b" json:"branch,omitzero"`
	OID         string  `msg:"o" json:"oid,omitzero"`
	Status      string  `msg:"s" json:"status,omitzero"`               // queued, in_progress, completed, …
	Conclusion  string  `msg:"x,omitempty" json:"conclusion,omitzero"` // success, failure, cancelled, …; "" until completed
	CreatedAt   Instant `msg:"c" json:"createdAt,omitzero"`            // of the run
	StartedAt   Instant `msg:"t,omitempty" json:"startedAt,omitzero"`  // of the attempt
	JobAt       Instant `msg:"j,omitempty" json:"jobAt,omitzero"`      // when its first job started; 0 while unknown
	CompletedAt Instant `msg:"f,omitempty" json:"completedAt,omitzero"`
	UpdatedAt   Instant `msg:"u" json:"updatedAt,omitzero"`
	ReadAt      Instant `msg:"r" json:"readAt,omitzero"`
}

// Milestone is an open milestone of a repository, with its issues as GitHub
// counted them; pull requests are not among them.
type Milestone struct {
	Number    int     `msg:"n" json:"number"`
	Title     string  `msg:"t" json:"title,omitzero"`
	Open      int     `msg:"o,omitempty" json:"open,omitzero"`   // issues
	Closed    int     `msg:"x,omitempty" json:"closed,omitzero"` // issues
	CreatedAt Instant `msg:"c" json:"createdAt,omitzero"`
	ReadAt    Instant `msg:"r" json:"readAt,omitzero"`
	GoneAt    Instant `msg:"g,omitempty" json:"goneAt,omitzero"` // when it was found to be closed or deleted
}

// Incident is an incident that something other than an issue told of: an alert
// or a pushed event.
type Incident struct {
	ID          string  `msg:"i" json:"id"`                             // unique within its source
	Source      string  `msg:"s" json:"source"`                         // alertmanager or events
	Environment string  `msg:"e,omitempty" json:"environment,omitzero"` // as configured; "" is production
	Severity    string  `msg:"v,omitempty" json:"severity,omitzero"`
	Deployment  string  `msg:"d,omitempty" json:"deployment,omitzero"` // id of the deployment that it blames
	OID         string  `msg:"o,omitempty" json:"oid,omitzero"`        // commit that it blames
	OpenedAt    Instant `msg:"t" json:"openedAt,omitzero"`
	ResolvedAt  Instant `msg:"x,omitempty" json:"resolvedAt,omitzero"`
}
