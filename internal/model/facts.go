package model

import "unique"

// Facts is what is held in memory of an issue or a pull request: what happened
// when, without the objects it was read from. It is made from an Item by
// derive and never changes.
type Facts struct {
	Number     int32
	Kind       Kind
	AuthorBot  bool
	Created    Instant
	Ready      Instant // when reviewers could start; Created for issues; 0 while never
	Gone       Instant // when its absence was found; 0 while present
	Merged     Instant
	MergeOID   string    // "" unless merged
	Reverts    []Mention // what a merged pull request reverts; almost always nil
	Observed   []Observation
	Spans      []Span
	LabelSpans []LabelSpan
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
	SpanDraft // open and a draft, beside SpanOpen
)

// LabelSpan is a time during which an item bore a label.
type LabelSpan struct {
	From, To uint32
	Label    unique.Handle[string]
}

// State is a repository as the mirror publishes it: immutable, shared by all readers.
type State struct {
	Repository Repository
	Items      []*Facts // by number
	// Complete is the server time at which the first sync ended; 0 before.
	Complete Instant
	Records  map[string]int // stored records by kind
}
