package derive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Explanation tells how one item's figures came about.
type Explanation struct {
	Number     int                   `json:"number"`
	Kind       string                `json:"kind"`
	State      string                `json:"state"` // open, closed or merged, as last read
	Author     string                `json:"author"`
	AuthorKind string                `json:"authorKind"`
	Gone       string                `json:"gone,omitempty"` // deleted, transferred or converted
	GoneAt     model.Instant         `json:"goneAt,omitzero"`
	Symbols    []Symbol              `json:"symbols"`
	Timeline   []Entry               `json:"timeline"`
	Durations  []Duration            `json:"durations"`
	Stages     []Duration            `json:"stages,omitempty"`
	States     []StateExplanation    `json:"states,omitempty"` // those of the configuration
	Sizes      []Size                `json:"sizes,omitempty"`
	Counted    []Counted             `json:"counted"`
	RevertedBy int                   `json:"revertedBy,omitempty"` // the pull request that reverted it first
	Shipments  []Shipment            `json:"shipments,omitempty"`  // of pull requests, by environment
	Incidents  []IncidentExplanation `json:"incidents,omitempty"`

	rules *Rules
}

// Symbol is an instant that the definitions name.
type Symbol struct {
	Symbol  string        `json:"symbol"`
	Meaning string        `json:"meaning"`
	At      model.Instant `json:"at,omitzero"` // absent while there is none
}

// Entry is one event of the timeline.
type Entry struct {
	At    model.Instant `json:"at"`
	What  string        `json:"what"`
	About string        `json:"about,omitempty"` // label, review state, reason
	By    string        `json:"by,omitempty"`
	Bot   bool          `json:"bot,omitempty"`
	Notes []string      `json:"notes,omitempty"` // what it is to the figures
}

// Duration is a duration that is observed, or why it is not.
type Duration struct {
	Name    string        `json:"name"` // of its metric, or of the stage
	From    model.Instant `json:"from,omitzero"`
	To      model.Instant `json:"to,omitzero"`
	Seconds *int64        `json:"seconds,omitempty"`
	Missing Missing       `json:"missing,omitempty"`
}

// Size is a number that is observed at the merge, or why it is not.
type Size struct {
	Name    string  `json:"name"` // of its metric
	Value   *int64  `json:"value,omitempty"`
	Missing Missing `json:"missing,omitempty"`
}

// Counted is an observation: what the item added to which metric and when.
type Counted struct {
	At     model.Instant     `json:"at"`
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels,omitempty"`
	Value  uint32            `json:"value,omitempty"` // of histograms
}

// Explain tells how an item's figures came about, from the very reading that
// Digest makes facts of.
func Explain(item *model.Item, rules Rules) *Explanation {
	l := newLife(item, &rules)
	e := &Explanation{
		Number: item.Number, Kind: item.Kind.String(), State: item.State(),
		Author: login(item.Author), AuthorKind: byAuthor.Values[authorSub(l.bot)],
		Gone: item.Gone, GoneAt: item.GoneAt,
		Symbols: l.symbols(), Timeline: l.entries(), Counted: rules.counted(l.observations()), rules: &rules,
	}
	e.States = l.explainStates()
	for _, s := range l.stretches() {
		e.Durations = append(e.Durations, explained(Metric(s.series), s.from, s.to, s.missing))
	}
	if item.Kind == model.PullRequest {
		for _, st := range l.stages() {
			e.Stages = append(e.Stages, st.explained())
		}
		e.Sizes = l.explainSizes()
	}
	return e
}

// Relate adds what the other items of the repository and its history say of the item.
func (e *Explanation) Relate(state *model.State) {
	var reverts []*model.Facts
	for _, item := range state.Items {
		if len(item.Reverts()) > 0 {
			reverts = append(reverts, item)
		}
	}
	for target, revert := range revertedBy(state, reverts) {
		if int(target.Number) == e.Number {
			e.RevertedBy = int(revert.Number)
			e.Counted = append(e.Counted, Counted{
				At: revert.Merged, Metric: Metric(PullsReverted), Labels: map[string]string{byAuthor.Label: e.AuthorKind},
			})
		}
	}
	e.relateHistory(state)
}

// explained gives a duration; a value only where it is observed.
func explained(name string, from, to model.Instant, missing Missing) Duration {
	d := Duration{Name: name, From: from, To: to, Missing: missing}
	if missing == Observed {
		seconds := int64(to - from)
		d.Seconds = &seconds
	}
	return d
}

func (l *life) explainSizes() []Size {
	if l.merged == 0 {
		return nil
	}
	var sizes []Size
	for _, s := range l.sizes() {
		size := Size{Name: Metric(s.series), Missing: s.missing}
		if s.missing == Observed {
			size.Value = &s.value
		}
		sizes = append(sizes, size)
	}
	return sizes
}

func (r *Rules) counted(observations []model.Observation) []Counted {
	var list []Counted
	for _, o := range observations {
		n, sub := 0, o.Sub
		if seriesRows[o.Series].per.configured() {
			n, sub = int(o.Sub), 0
		}
		list = append(list, r.countedAs(o.Series, n, sub, model.Instant(o.At), o.Value))
	}
	return list
}

// countedAs gives an observation of a block with its labels by name.
func (r *Rules) countedAs(s model.Series, n int, sub uint8, at model.Instant, value uint32) Counted {
	c := Counted{At: at, Metric: Metric(s), Value: value}
	values, _ := r.blockValues(seriesRows[s].per, n)
	values = append(values, LabelSets(s)[sub]...)
	for i, name := range LabelNames(s) {
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		c.Labels[name] = values[i]
	}
	return c
}

// symbols gives the instants that the definitions name, those that there are
// not without one.
func (l *life) symbols() []Symbol {
	symbols := []Symbol{{"c", "created", l.item.CreatedAt}}
	if l.item.Kind == model.PullRequest {
		first, _ := l.firstCommit()
		symbols = append(symbols,
			Symbol{"k", "earliest author date of its commits", first},
			Symbol{"r", "reviewers could start", l.ready},
			Symbol{"f", "first review by a human who is not the author", l.firstReview},
			Symbol{"a1", "first approval", l.firstApproval},
			Symbol{"aL", "last approval that stood at the merge", l.lastApproval},
			Symbol{"m", "merged", l.merged})
	}
	meaning := "closed"
	if l.item.Kind == model.PullRequest {
		meaning = "closed without a merge"
	}
	for _, c := range l.turns.closings {
		symbols = append(symbols, Symbol{"x", meaning, c.at})
	}
	return symbols
}

// entries gives the timeline in order, with what each event is to the figures.
func (l *life) entries() []Entry {
	entries := []Entry{{At: l.item.CreatedAt, What: "opened", By: login(l.item.Author), Bot: l.bot}}
	if l.draft {
		entries[0].About = "as a draft"
	}
	entries[0].Notes = l.countedAs(nil, l.item.CreatedAt)
	response := l.firstResponse()
	for i := range l.events {
		e := &l.events[i]
		entry := Entry{At: e.At, What: e.Kind.String(), About: l.about(e), By: login(e.Actor), Bot: l.rules.bot(e.Actor)}
		entry.Notes = l.notesOn(e, response)
		entries = append(entries, entry)
	}
	for _, c := range l.item.Commits {
		if l.lastApproval != 0 && c.Head == l.item.HeadOID && l.reviewed(c.CommittedAt) {
			entries = append(entries, Entry{At: c.CommittedAt, What: "committed", About: c.OID})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return int(a.At - b.At) })
	return entries
}

// login names an account, a deleted one as GitHub does.
func login(a model.Actor) string { return cmp.Or(a.Login, "ghost") }

// about gives an event's object.
func (l *life) about(e *model.Event) string {
	switch e.Kind {
	case model.Labeled, model.Unlabeled:
		return e.Label.Name
	case model.Reviewed:
		if at := reviewOf(l.reviews, e.ID); at >= 0 {
			return l.reviews[at].state.String()
		}
	case model.ReviewDismissed:
		return e.State.String()
	case model.Closed, model.RemovedFromMergeQueue:
		return e.Reason
	}
	return e.Ref
}

// notesOn says what an event is to the figures, and why a comment or a review
// is nothing to them.
func (l *life) notesOn(e *model.Event, response model.Instant) []string {
	var notes []string
	note := func(holds bool, text string) {
		if holds {
			notes = append(notes, text)
		}
	}
	speaks := e.Kind == model.Commented || e.Kind == model.Reviewed
	other := l.other(e.Actor)
	note(e.GoneAt != 0, "gone since; it still counts")
	note(speaks && l.rules.bot(e.Actor), "a bot never responds or reviews")
	note(speaks && e.Actor.Same(l.item.Author), "the author's own")
	note(speaks && other && l.ready == 0, "before it was ready for review")
	note(speaks && other && l.ready != 0 && e.At < l.ready, "before it was ready for review")
	note(speaks && other && e.At == response, "first response")
	note(e.Kind == model.ReadyForReview && l.draft && e.At == l.ready, "r")
	note(e.Kind == model.Reviewed && other && e.At == l.firstReview, "f")
	note(e.Kind == model.Reviewed && l.approves(e) && e.At == l.firstApproval, "a1")
	note(e.Kind == model.Reviewed && l.approves(e) && e.At == l.lastApproval, "aL")
	note(e.Kind == model.Reviewed && l.dismissedAt(e.ID) != 0, "dismissed later")
	note(e.Kind == model.Reviewed && other && l.merged != 0 && e.At > l.merged, "after the merge")
	note(e.Kind == model.Merged && e.At == l.merged, "m")
	note(e.Kind == model.Closed, l.closingNote(e))
	notes = append(notes, l.countedAs(e, e.At)...)
	return slices.DeleteFunc(notes, func(s string) bool { return s == "" })
}

// dismissedAt gives the instant at which a review was dismissed, 0 if it never was.
func (l *life) dismissedAt(reviewID string) model.Instant {
	if at := reviewOf(l.reviews, reviewID); at >= 0 {
		return l.reviews[at].dismissed
	}
	return 0
}

// approves reports whether a review was submitted as an approval by a human
// who is not the author.
func (l *life) approves(e *model.Event) bool {
	at := reviewOf(l.reviews, e.ID)
	return at >= 0 && l.reviews[at].other && l.reviews[at].state == model.Approved
}

// closingNote says whether a closed event is a closing.
func (l *life) closingNote(e *model.Event) string {
	at := slices.IndexFunc(l.turns.closings, func(c closing) bool { return c.at == e.At })
	switch {
	case at >= 0 && l.turns.closings[at].moved:
		return "by or after a transfer or conversion: no duration"
	case at >= 0:
		return "x"
	case l.merged != 0 && e.At >= l.merged-aroundMerge:
		return "made by the merge: no closing of its own"
	}
	return "closed already: no closing"
}

// title names the item in one line.
func (e *Explanation) title() string {
	kind := strings.ReplaceAll(e.Kind, "_", " ")
	title := fmt.Sprintf("%s #%d, opened by %s (%s), %s", kind, e.Number, e.Author, e.AuthorKind, e.State)
	if e.Gone != "" {
		title += fmt.Sprintf(", %s (found %s)", e.Gone, e.GoneAt)
	}
	if e.RevertedBy != 0 {
		title += fmt.Sprintf(", reverted by #%d", e.RevertedBy)
	}
	return title
}
