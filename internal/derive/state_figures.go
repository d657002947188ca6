package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// StateFigure is how many items are in a configured state.
type StateFigure struct {
	Kind, State string
	Items       int
	Ages        []float64 // seconds of those by humans, in the order of Figures.Quantiles; nil if there is none
}

// InStates gives what is in each state of the rules, as they list them.
func (f *Figures) InStates() []StateFigure { return f.inStates }

// AuthorFigure is how often somebody did what is counted by author.
type AuthorFigure struct {
	Kind, Event, Window string
	Author              string // a login, or OtherLabel for all that are not listed
	Count               int
}

// ByAuthor gives those who did most within each window of the events that are
// counted by author, and OtherLabel always.
func (f *Figures) ByAuthor() []AuthorFigure { return f.byAuthor }

// maxAuthors is how many authors are told of an event in a window.
const maxAuthors = 50

// configuredTally sums up states and events of the rules.
type configuredTally struct {
	states  []stateTally          // by state
	authors [][]map[labelName]int // by event and window; nil unless it is counted by author
}

type stateTally struct {
	items int
	ages  []uint32
}

func newConfiguredTally(rules *Rules) configuredTally {
	t := configuredTally{states: make([]stateTally, len(rules.States)), authors: make([][]map[labelName]int, len(rules.Events))}
	for n := range rules.Events {
		for range rules.Windows {
			if rules.Events[n].ByAuthor {
				t.authors[n] = append(t.authors[n], map[labelName]int{})
			}
		}
	}
	return t
}

// configured adds what an item was and did of the rules' states and events.
func (e *evaluation) configured(item *model.Facts) {
	if item.Configured == nil {
		return
	}
	t := &e.chosen
	for _, s := range item.Configured.States {
		if int(s.State) >= len(t.states) || !holds(s.From, s.To, e.at) {
			continue
		}
		state := &t.states[s.State]
		state.items++
		if !item.AuthorBot {
			state.ages = append(state.ages, uint32(e.at-int64(s.From)))
		}
	}
	for _, a := range item.Configured.Authored {
		if int64(a.At) > e.at || int(a.Event) >= len(t.authors) {
			continue
		}
		for w, counts := range t.authors[a.Event] {
			if int64(a.At) > e.after[w] {
				counts[a.Author]++
			}
		}
	}
}

// addConfigured gives the figures what was summed up.
func (f *Figures) addConfigured(t *configuredTally) {
	for n := range t.states {
		s := &t.states[n]
		slices.Sort(s.ages)
		figure := StateFigure{Kind: f.rules.States[n].Kind.String(), State: f.rules.States[n].Name, Items: s.items}
		for _, q := range f.rules.Quantiles {
			if len(s.ages) > 0 {
				figure.Ages = append(figure.Ages, quantile(s.ages, q))
			}
		}
		f.inStates = append(f.inStates, figure)
	}
	room := f.rules.authorRoom()
	for n, windows := range t.authors {
		event := &f.rules.Events[n]
		for w, counts := range windows {
			f.authorsBeyond += max(min(len(counts), maxAuthors)-room, 0)
			for _, a := range mostly(counts, room) {
				a.Kind, a.Event, a.Window = event.Kind.String(), event.Name, WindowLabel(f.rules.Windows[w])
				f.byAuthor = append(f.byAuthor, a)
			}
		}
	}
}

// authorRoom gives how many authors the series limit has room for beside
// OtherLabel, of each event and window.
func (r *Rules) authorRoom() int {
	sets := 0
	for n := range r.Events {
		if r.Events[n].ByAuthor {
			sets += len(r.Windows)
		}
	}
	if r.SeriesLimit <= 0 || sets == 0 {
		return maxAuthors
	}
	return max(min(r.SeriesLimit/sets-1, maxAuthors), 0)
}

// mostly gives the authors with the highest counts, of equal ones the first by
// login, and behind them OtherLabel. Somebody of that name is not told apart from it.
func mostly(counts map[labelName]int, room int) []AuthorFigure {
	var list []AuthorFigure
	other := AuthorFigure{Author: OtherLabel}
	for author, count := range counts {
		if author.Value() == OtherLabel {
			other.Count += count
			continue
		}
		list = append(list, AuthorFigure{Author: author.Value(), Count: count})
	}
	slices.SortFunc(list, func(a, b AuthorFigure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Author, b.Author))
	})
	for _, a := range list[min(room, len(list)):] {
		other.Count += a.Count
	}
	return append(list[:min(room, len(list))], other)
}
