package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// life is an item's history from which reads are taken: what was true when.
type life struct {
	header  []Item // versions, by UpdatedAt
	events  []Event
	seen    []Instant // when each event came to be
	ends    []Instant // when it was deleted; 0: never
	commits []Commit
	pushed  []Instant
	heads   []string // by version of the header
	reviews []ReviewComment
	deleted []Instant // times at which the item was absent when looked for
	length  Instant
	texts   [][2]string // of each comment, before and after it is edited
}

func randomText(r *rand.Rand) string {
	var text string
	for range r.IntN(3) {
		text += []string{"/lgtm", "@bot go", "words", "/hold"}[r.IntN(4)] + "\n"
	}
	return text
}

// randomLife makes a pull request that changes at random instants of its life.
func randomLife(r *rand.Rand) life {
	l := life{length: 100}
	for v := range 2 + r.IntN(3) {
		at := Instant(1 + v*20 + r.IntN(15))
		l.heads = append(l.heads, fmt.Sprintf("head%d", r.IntN(2)))
		l.header = append(l.header, Item{
			Number: 7, Kind: PullRequest, NodeID: "PR_7", Author: Actor{Login: "ann"}, CreatedAt: 1, UpdatedAt: at,
			Additions: int64(r.IntN(3)), HeadOID: l.heads[v], BaseRef: "main",
			Labels:   []Label{{ID: "L1", Name: fmt.Sprint("label", r.IntN(3))}},
			Mentions: []Mention{{Kind: Closes, Item: ItemRef{Number: r.IntN(3)}}},
		})
	}
	for i := range 1 + r.IntN(8) {
		at := Instant(1 + r.IntN(90))
		e := Event{ID: fmt.Sprint("c", i), Kind: Commented, At: at, UpdatedAt: at, Actor: Actor{Login: "bob"}}
		if i%3 == 0 {
			e = Event{ID: fmt.Sprint("r", i), Kind: Reviewed, At: at, UpdatedAt: at, State: Approved, Actor: Actor{Login: "cat"}}
		}
		var end Instant
		if r.IntN(4) == 0 {
			end = at + Instant(r.IntN(40))
		}
		l.texts = append(l.texts, [2]string{randomText(r), randomText(r)})
		l.events, l.seen, l.ends = append(l.events, e), append(l.seen, at), append(l.ends, end)
		l.reviews = append(l.reviews, ReviewComment{ID: int64(i), CreatedAt: at, UpdatedAt: at, Author: Actor{Login: "dan"}})
	}
	for i := range r.IntN(5) {
		l.commits = append(l.commits, Commit{OID: fmt.Sprint("o", i), AuthoredAt: Instant(i), CommittedAt: Instant(r.IntN(9))})
		l.pushed = append(l.pushed, Instant(1+r.IntN(90)))
	}
	if r.IntN(2) == 0 {
		l.deleted = append(l.deleted, Instant(r.IntN(100)))
	}
	return l
}

// version gives the index of the header that holds at an instant.
func (l life) version(at Instant) int {
	v := 0
	for i, h := range l.header {
		if h.UpdatedAt <= at {
			v = i
		}
	}
	return v
}

// read gives what GitHub answers at an instant. A lagging replica shows an
// older header, accounts may be null, a review may be dismissed by then.
func (l life) read(r *rand.Rand, at Instant) []Item {
	v := l.version(at)
	if v > 0 && r.IntN(5) == 0 {
		v--
	}
	whole := l.header[v]
	whole.ReadAt = at
	if r.IntN(4) == 0 {
		whole.Author = Actor{}
	}
	for i, e := range l.events {
		if l.seen[i] > at || l.ends[i] != 0 && l.ends[i] <= at {
			continue
		}
		whole.ReviewComments = append(whole.ReviewComments, l.reviews[i])
		if e.Kind == Reviewed && at > 60 {
			e.State, e.UpdatedAt = Dismissed, 60
		}
		if e.Kind == Commented {
			e.Text = l.texts[i][0]
			if edit := e.At + 10; at >= edit {
				e.Text, e.UpdatedAt = l.texts[i][1], edit
			}
		}
		if r.IntN(4) == 0 {
			e.Actor = Actor{}
		}
		whole.Events = append(whole.Events, e)
	}
	for i, c := range l.commits {
		if l.pushed[i] <= at {
			c.Head = whole.HeadOID
			whole.Commits = append(whole.Commits, c)
		}
	}
	return split(r, whole)
}

// split gives a read as pages: the first with the header, the others partial.
func split(r *rand.Rand, whole Item) []Item {
	first, rest := whole, Item{Number: whole.Number, ReadAt: whole.ReadAt}
	if r.IntN(2) == 0 {
		return []Item{first}
	}
	n := r.IntN(len(whole.Events) + 1)
	first.Events, rest.Events = whole.Events[:n], whole.Events[n:]
	m := r.IntN(len(whole.Commits) + 1)
	first.Commits, rest.Commits = whole.Commits[:m], whole.Commits[m:]
	rest.ReviewComments, first.ReviewComments = whole.ReviewComments, nil
	return []Item{first, rest}
}

// findings gives what a reconciliation at an instant finds to be gone.
func (l life) findings(at Instant) []Item {
	out := Item{Number: 7}
	for i, e := range l.events {
		if l.ends[i] != 0 && l.ends[i] <= at {
			out.Events = append(out.Events, Event{ID: e.ID, GoneAt: at})
			out.ReviewComments = append(out.ReviewComments, ReviewComment{ID: l.reviews[i].ID, GoneAt: at})
		}
	}
	if slices.Contains(l.deleted, at) {
		out.GoneAt, out.Gone = at, "deleted"
	}
	return []Item{out}
}

// reads gives some reads of a life, in the order of their instants.
func (l life) reads(r *rand.Rand) []Item {
	var out []Item
	for at := Instant(1); at <= l.length; at++ {
		switch {
		case at == 1 || r.IntN(15) == 0:
			out = append(out, l.read(r, at)...)
		case slices.Contains(l.deleted, at) || r.IntN(40) == 0:
			out = append(out, l.findings(at)...)
		}
	}
	return out
}

func fold(items []Item) *Item {
	var out *Item
	for i := range items {
		out = Merge(out, &items[i])
	}
	return out
}

// tree merges halves on their own first.
func tree(items []Item) *Item {
	if len(items) <= 1 {
		return fold(items)
	}
	half := len(items) / 2
	return Merge(tree(items[:half]), tree(items[half:]))
}

func TestMergeIgnoresOrderAndRepetition(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		reads := randomLife(r).reads(r)
		want := encode(fold(reads))
		mixed := slices.Clone(reads)
		for range r.IntN(4) {
			mixed = append(mixed, reads[r.IntN(len(reads))])
		}
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := encode(fold(mixed)); string(got) != string(want) {
			t.Fatalf("seed %d: another order or a repetition gives another item:\n%s", seed, cmp.Diff(fold(reads), fold(mixed)))
		}
		if got := encode(tree(mixed)); string(got) != string(want) {
			t.Fatalf("seed %d: another grouping gives another item:\n%s", seed, cmp.Diff(fold(reads), tree(mixed)))
		}
	}
}

func TestMergeIsIdempotent(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		it := fold(randomLife(r).reads(r))
		if diff := cmp.Diff(it, Merge(it, it)); diff != "" {
			t.Fatalf("seed %d: merging an item with itself changes it:\n%s", seed, diff)
		}
	}
}

func TestMergeDoesNotChangeItsArguments(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		reads := randomLife(r).reads(r)
		half := len(reads) / 2
		a, b := fold(reads[:half]), fold(reads[half:])
		if a == nil {
			continue
		}
		wantA, wantB := encode(a), encode(b)
		Merge(a, b)
		if string(wantA) != string(encode(a)) || string(wantB) != string(encode(b)) {
			t.Fatalf("seed %d: an argument changed", seed)
		}
	}
}

func TestMerge(t *testing.T) {
	ann, bob := Actor{Login: "ann"}, Actor{Login: "bob"}
	tests := []struct {
		name  string
		reads []Item
		want  Item
	}{{
		name:  "the newest update wins",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 9, BaseRef: "new"}, {Number: 1, UpdatedAt: 4, ReadAt: 10, BaseRef: "old"}},
		want:  Item{Number: 1, UpdatedAt: 5, ReadAt: 10, HeaderAt: 9, BaseRef: "new"},
	}, {
		name:  "of one update the latest read wins",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 10, BaseRef: "new"}, {Number: 1, UpdatedAt: 5, ReadAt: 9, BaseRef: "old"}},
		want:  Item{Number: 1, UpdatedAt: 5, ReadAt: 10, BaseRef: "new"},
	}, {
		name:  "a null author does not replace a known one",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 9, Author: ann, MergedBy: bob}, {Number: 1, UpdatedAt: 6, ReadAt: 10}},
		want:  Item{Number: 1, UpdatedAt: 6, ReadAt: 10, Author: ann, MergedBy: bob},
	}, {
		name:  "a renamed author is taken over",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 9, Author: ann}, {Number: 1, UpdatedAt: 6, ReadAt: 10, Author: bob}},
		want:  Item{Number: 1, UpdatedAt: 6, ReadAt: 10, Author: bob},
	}, {
		name: "the commands that a comment had stay when it is edited, whichever is read first",
		reads: []Item{
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", Text: "/hold\nwell", UpdatedAt: 7}}},
			{Number: 1, ReadAt: 8, Events: []Event{{ID: "c1", Text: "/lgtm\n/hold\nhm", UpdatedAt: 6}}},
			{Number: 1, ReadAt: 8, Events: []Event{{ID: "c1", Text: "@bot do", UpdatedAt: 5}}},
		},
		want: Item{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", Text: "/hold\nwell", Before: []string{"/lgtm", "@bot do"}, UpdatedAt: 7}}},
	}, {
		name: "a command that is written again is the text's",
		reads: []Item{
			{Number: 1, ReadAt: 8, Events: []Event{{ID: "c1", Text: "/hold", Before: []string{"/lgtm"}, UpdatedAt: 6}}},
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", Text: "/lgtm\n/hold", UpdatedAt: 7}}},
		},
		want: Item{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", Text: "/lgtm\n/hold", UpdatedAt: 7}}},
	}, {
		name: "a dismissed review keeps the state of its submission",
		reads: []Item{
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "r1", Kind: Reviewed, State: Approved, UpdatedAt: 5}}},
			{Number: 1, ReadAt: 10, Events: []Event{{ID: "r1", Kind: Reviewed, State: Dismissed, UpdatedAt: 7}}},
		},
		want: Item{Number: 1, ReadAt: 10, Events: []Event{{ID: "r1", Kind: Reviewed, State: Approved, UpdatedAt: 7}}},
	}, {
		name: "an event that a read leaves out stays",
		reads: []Item{
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", At: 4}}},
			{Number: 1, ReadAt: 10, Events: []Event{{ID: "c2", At: 3}}},
		},
		want: Item{Number: 1, ReadAt: 10, Events: []Event{{ID: "c2", At: 3}, {ID: "c1", At: 4, ReadAt: 9}}},
	}, {
		name: "an event that is read again is no longer gone",
		reads: []Item{
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", At: 4}}},
			{Number: 1, Events: []Event{{ID: "c1", GoneAt: 10}}},
			{Number: 1, ReadAt: 11, Events: []Event{{ID: "c1", At: 4}}},
		},
		want: Item{Number: 1, ReadAt: 11, Events: []Event{{ID: "c1", At: 4}}},
	}, {
		name: "an event that was found absent after its last read is gone",
		reads: []Item{
			{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", At: 4}}},
			{Number: 1, Events: []Event{{ID: "c1", GoneAt: 9}}},
			{Number: 1, ReadAt: 11},
		},
		want: Item{Number: 1, ReadAt: 11, Events: []Event{{ID: "c1", At: 4, ReadAt: 9, GoneAt: 9}}},
	}, {
		name: "commits of before a force-push keep their head",
		reads: []Item{
			{Number: 1, UpdatedAt: 5, ReadAt: 9, HeadOID: "h1", Commits: []Commit{{OID: "a", CommittedAt: 1, Head: "h1"}, {OID: "b", CommittedAt: 2, Head: "h1"}}},
			{Number: 1, UpdatedAt: 6, ReadAt: 10, HeadOID: "h2", Commits: []Commit{{OID: "b", CommittedAt: 2, Head: "h2"}}},
		},
		want: Item{Number: 1, UpdatedAt: 6, ReadAt: 10, HeadOID: "h2", Commits: []Commit{
			{OID: "a", CommittedAt: 1, Head: "h1", ReadAt: 9}, {OID: "b", CommittedAt: 2, Head: "h2"},
		}},
	}, {
		name:  "an item that is read after it was found gone is back",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 9}, {Number: 1, GoneAt: 10, Gone: "deleted"}, {Number: 1, UpdatedAt: 5, ReadAt: 11}},
		want:  Item{Number: 1, UpdatedAt: 5, ReadAt: 11},
	}, {
		name:  "a read of before it was found gone does not bring it back",
		reads: []Item{{Number: 1, UpdatedAt: 5, ReadAt: 9}, {Number: 1, GoneAt: 10, Gone: "deleted"}, {Number: 1, UpdatedAt: 5, ReadAt: 8}},
		want:  Item{Number: 1, UpdatedAt: 5, ReadAt: 9, GoneAt: 10, Gone: "deleted"},
	}, {
		name: "a partial read continues the labels",
		reads: []Item{
			{Number: 1, UpdatedAt: 5, ReadAt: 9, Labels: []Label{{Name: "a"}}},
			{Number: 1, ReadAt: 9, Labels: []Label{{Name: "a"}, {Name: "b"}}},
		},
		want: Item{Number: 1, UpdatedAt: 5, ReadAt: 9, Labels: []Label{{Name: "a"}, {Name: "b"}}},
	}, {
		name: "a removed label goes",
		reads: []Item{
			{Number: 1, UpdatedAt: 5, ReadAt: 9, Labels: []Label{{Name: "a"}, {Name: "b"}}},
			{Number: 1, UpdatedAt: 6, ReadAt: 10, Labels: []Label{{Name: "a"}}},
		},
		want: Item{Number: 1, UpdatedAt: 6, ReadAt: 10, Labels: []Label{{Name: "a"}}},
	}, {
		name: "a timeline is read on where a continuation ended",
		reads: []Item{
			{Number: 1, UpdatedAt: 5, ReadAt: 9, TimelineEnd: "page 1"},
			{Number: 1, ReadAt: 9, TimelineEnd: "page 2"},
			{Number: 1, UpdatedAt: 6, ReadAt: 10, TimelineEnd: "page 1"},
		},
		want: Item{Number: 1, UpdatedAt: 6, ReadAt: 10, TimelineEnd: "page 2"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(&tt.want, fold(tt.reads)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSameFactsIgnoresTimesOfReads(t *testing.T) {
	a := &Item{Number: 1, ReadAt: 9, Events: []Event{{ID: "c1", ReadAt: 3}}, Commits: []Commit{{OID: "a", ReadAt: 1}}}
	b := &Item{Number: 1, ReadAt: 10, HeaderAt: 9, Events: []Event{{ID: "c1"}}, Commits: []Commit{{OID: "a"}}}
	if !SameFacts(a, b) {
		t.Error("items that differ in times of reads only are said to differ")
	}
	b.Events[0].Text = "/lgtm"
	if SameFacts(a, b) {
		t.Error("items with different events are said to be the same")
	}
	if SameFacts(a, nil) || !SameFacts(nil, nil) {
		t.Error("nil is taken for an item")
	}
}
