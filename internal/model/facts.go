package model

import "unique"

// Facts is what is held in memory of an issue or a pull request: what happened
// when, without the objects it was read from. It is made from an Item by
// derive and never changes.
type Facts struct {
	Number    int32
	Kind      Kind
	AuthorBot bool
	Committed bool // FirstCommit is known
	Created   Instant
	Ready     Instant // when reviewers could start; Created for issues; 0 while never
	Gone      Instant // when its absence was found; 0 while present
	Merged    Instant
	// FirstCommit is the earliest author date of a merged pull request's
	// commits. Git's dates may be forged, so that every value is possible.
	FirstCommit Instant
	MergeOID    string                // "" unless merged
	Base        unique.Handle[string] // the branch that was merged to; the zero handle unless merged
	More        *More                 // nil for most
	Configured  *Configured           // nil where the rules' states and events come to nothing
	Observed    []Observation
	Spans       []Span
	LabelSpans  []LabelSpan
}

// More is what few items have: what their texts state of others, and what
// makes an issue an incident.
type More struct {
	Reverts  []Mention      // what a merged pull request reverts
	Closes   []int32        // issues of the repository that a merged pull request closes by keyword
	Hotfix   []Interval     // when a pull request was labelled as a hotfix
	Incident *IssueIncident // nil unless the issue is or was one
}

// IssueIncident is what makes an issue an incident.
type IssueIncident struct {
	Recognised Instant        // when it first bore a label of an incident while it was open
	Resolved   Instant        // its first closing after that; 0 while there is none
	Open       []IncidentSpan // while it was open and bore such a label, by severity
	OptedOut   []Interval     // while a label said that no change caused it
	Blames     []Blame        // by At
}

// Interval is the time [From, To), To 0 while it lasts.
type Interval struct{ From, To uint32 }

// Blame is what a text of an incident names as its cause, and when it was written.
type Blame struct {
	Mention
	At Instant
}

// BaseRef gives the branch that was merged to, "" unless merged.
func (f *Facts) BaseRef() string {
	if f.Base == (unique.Handle[string]{}) {
		return ""
	}
	return f.Base.Value()
}

// Reverts gives what a merged pull request reverts.
func (f *Facts) Reverts() []Mention {
	if f.More == nil {
		return nil
	}
	return f.More.Reverts
}

// Series numbers what is observed; derive gives the numbers their meaning.
type Series uint8

// Observation is something that happened once: a count has Value 0, a duration
// its seconds, a size its lines or pieces. It is 12 bytes because a large
// mirror holds millions.
type Observation struct {
	At     uint32 // Unix seconds
	Value  uint32
	Series Series
	Sub    uint8 // which of the series' label values
}

// Span is a time during which an item was in a state: [From, To), To 0 while it lasts.
type Span struct {
	From, To uint32
	State    SpanState
}

// SpanState is a state that a gauge counts.
type SpanState uint8

// The states of items over time.
const (
	SpanOpen SpanState = iota
	SpanClosed
	SpanMerged
	SpanDraft  // open and a draft, beside SpanOpen
	SpanQueued // in the merge queue, beside SpanOpen
)

// LabelSpan is a time during which an item bore a label.
type LabelSpan struct {
	From, To uint32
	Label    unique.Handle[string]
}

// Configured is what an item was and did of the states and events that the
// configuration names, by their numbers in derive's rules.
type Configured struct {
	States   []StateSpan
	Authored []Authored // by At
}

// StateSpan is a time during which an item was in a configured state:
// [From, To), To 0 while it is.
type StateSpan struct {
	From, To uint32
	State    uint8
}

// Authored is a configured event that is counted by who did it.
type Authored struct {
	At     uint32 // Unix seconds
	Event  uint8
	Author unique.Handle[string] // the login, "ghost" of a deleted account
}

// State is a repository as the mirror publishes it: immutable, shared by all readers.
type State struct {
	Repository Repository
	Items      []*Facts // by number
	// Complete is the server time at which the first sync ended; 0 before.
	Complete Instant
	Records  map[string]int // stored records by kind
	History  *History       // nil while nothing of it is stored
	Changes  *Changes       // nil while there is no history
}

// History is what a repository has beside its issues and pull requests. It is
// immutable; slices are sorted: tags by name, milestones by number, the others
// by id, runs by id and attempt.
type History struct {
	Head        string // of the default branch; "" where it is not known
	Graph       *Graph // nil where no commit is stored
	Tags        []Tag
	Releases    []Release
	Deployments []Deployment
	Runs        []Run
	Incidents   []Incident
	Milestones  []Milestone
}

// Changes is what a repository's history and its items' facts come to together:
// what shipped when, what failed and what is still to ship. Environments are
// numbered as the rules that it was made by list them. It never changes.
type Changes struct {
	Observed    []Change   // by At
	Deployments []Deployed // successes, by At
	Failures    []FailureSpan
	Incidents   []IncidentSpan
	Undeployed  []UndeployedSpan
	// Known is, by environment, the first success whose commit is known, from
	// which on it is known what is not deployed; 0 while there is none.
	Known     []uint32
	Workflows []WorkflowRuns // by file
	// Ignored is how many deployments were to environments that are not configured.
	Ignored int
}

// Change is something that happened once to deployments, changes or incidents,
// as Observation is to items.
type Change struct {
	At          uint32 // Unix seconds
	Value       uint32
	Series      Series
	Environment uint8
	Sub         uint8 // which of the series' other label values
}

// Deployed is a successful deployment.
type Deployed struct {
	At          uint32
	Environment uint8
	Rework      bool
}

// FailureSpan is a time during which an incident was linked to a deployment:
// [From, To), To 0 while it is.
type FailureSpan struct {
	From, To   uint32
	Deployment int32 // its number in Changes.Deployments
}

// IncidentSpan is a time during which an incident was open and of a severity.
type IncidentSpan struct {
	From, To uint32
	// First marks an incident's first span: the incident counts from From on,
	// by its source and severity. It may be empty.
	First    bool
	Source   uint8 // its number in derive's IncidentSources
	Severity unique.Handle[string]
}

// UndeployedSpan is a time during which a merged pull request was not deployed
// to an environment.
type UndeployedSpan struct {
	From, To    uint32
	Environment uint8
	OffBranch   bool // not on the default branch
}
