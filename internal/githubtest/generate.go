package githubtest

import (
	"slices"
	"time"
)

// GenerateOptions says what Generate makes. The zero value gives an empty
// repository; what is in brackets stands for a zero field.
type GenerateOptions struct {
	Seed         uint64
	Owner, Name  string    // [acme, widgets]
	Start, End   time.Time // of all that happens [two years up to 2024-07-01]
	Issues       int       // exactly so many
	PullRequests int       // exactly so many
	// Comments and ReviewComments are exact totals of the comments in conversations and of those on
	// lines [as many as seem natural]; below 0 for none. Without pull requests nothing has lines.
	Comments, ReviewComments int

	People         int    // in the team [as many as its work takes]
	Theme          string // what the work is about: payments, shop, platform [platform]
	MergeMethod    string // squash, merge, rebase [mostly squash]
	MergeQueue     bool
	DeploysPerWeek int  // to production [7]; below 0 for no deployments
	Bare           bool // no tags, releases, deployments and workflow runs

	surges []surge
	show   *show
}

// Generate makes a repository with the life that its options ask for. The same
// options give the same dataset, byte for byte.
//
// What it makes is meant to look familiar to whoever runs a repository: most
// items are small and a few are huge, people work in office hours of their time
// zone, join and leave, bots label, comment and update dependencies, reviews
// take rounds, some work is abandoned, some merges are reverted, some
// deployments fail.
func Generate(opts GenerateOptions) *Dataset {
	g := newGenerator(opts)
	g.plan()
	for _, s := range g.sketches {
		if s.pull {
			g.livePull(s)
		}
	}
	g.growHistory()
	g.deploy()
	for _, s := range g.sketches {
		if !s.pull {
			g.liveIssue(s)
		}
	}
	g.publishReleases()
	g.runWorkflows()
	g.failWorkflows()
	g.fillSurges()
	g.fillQueue()
	g.settleCounts()
	g.finish()
	return &Dataset{Repos: []*Repo{g.repo}}
}

// generator makes one repository.
type generator struct {
	dice
	opts       GenerateOptions
	start, end Time
	repo       *Repo
	theme      *theme
	team       *roster
	sketches   []*sketch // by number
	wanting    []*sketch // open issues that a pull request shall close
	merged     []*sketch // pull requests that were merged, by number
	incidents  []*incident
	releases   []*plannedRelease
	roots      []root
	pushes     []push
	mainline   []*Commit // of the default branch, by time of landing
	life       life      // its buffers serve one item after the other
}

// sketch is an item of which little more is fixed than who opens it and when.
type sketch struct {
	item     *Item
	author   *person
	pull     bool
	incident *incident // the item is an incident, or fixes it
	outage   *outage   // the item is one that a show asks for

	// Of issues: when and by what it is closed, once that is known.
	closeAt  Time
	closedBy *sketch
	wants    bool // a pull request that closes it

	// Of pull requests, once it was merged.
	mergedAt Time
	merger   *person // and who closed the issue by it
	method   string
	reverts  *sketch
	branch   *plannedRelease // nil: to the default branch
	root     *Commit         // the first commit of those that it has in the end
	first    int             // where its commits begin among the repository's
}

const day = 24 * time.Hour

func newGenerator(opts GenerateOptions) *generator {
	opts.defaults()
	g := &generator{
		opts: opts, dice: newDice(opts.Seed, streamPlan), start: TimeOf(opts.Start), end: TimeOf(opts.End),
		theme: themeOf(opts.Theme),
	}
	g.repo = &Repo{
		Owner: opts.Owner, OwnerType: "Organization", Name: opts.Name, DefaultBranch: "main", CreatedAt: g.start,
		Description: g.theme.description, Language: g.theme.language, Visibility: "public",
	}
	g.life.g = g
	g.team = newRoster(g)
	g.addLabels()
	return g
}

func (o *GenerateOptions) defaults() {
	o.Owner, o.Name = or(o.Owner, "acme"), or(o.Name, "widgets")
	if o.End.IsZero() {
		o.End = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Start.IsZero() {
		o.Start = o.End.AddDate(-2, 0, 0)
	}
	if o.DeploysPerWeek == 0 {
		o.DeploysPerWeek = 7
	}
	if o.Bare {
		o.DeploysPerWeek = -1
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// plan fixes how many items there are, when they are opened and by whom, and
// gives them their numbers.
func (g *generator) plan() {
	g.planReleases()
	days := newCalendar(g)
	for range g.opts.Issues {
		g.sketches = append(g.sketches, g.sketchIssue(days.issueTime()))
	}
	for range g.opts.PullRequests {
		g.sketches = append(g.sketches, g.sketchPull(days.pullTime()))
	}
	for _, s := range g.opts.surges {
		g.sketchSurge(s)
	}
	g.sketchOutages()
	slices.SortStableFunc(g.sketches, func(a, b *sketch) int { return int(a.item.CreatedAt - b.item.CreatedAt) })
	for i, s := range g.sketches {
		s.item.Number = i + 1
		g.repo.Items = append(g.repo.Items, s.item)
	}
	g.planIncidents()
	for _, s := range g.sketches {
		if s.wants {
			g.wanting = append(g.wanting, s)
		}
	}
}

func (g *generator) sketchIssue(at Time, author *person) *sketch {
	s := &sketch{author: author, item: &Item{CreatedAt: at, Author: author.login, AuthorAssociation: author.association()}}
	s.wants = g.chance(0.55)
	return s
}

func (g *generator) sketchPull(at Time, author *person) *sketch {
	return &sketch{
		author: author, pull: true,
		item: &Item{CreatedAt: at, Author: author.login, AuthorAssociation: author.association(), PR: &PR{}},
	}
}

// finish gives ids to everything and makes the lookups.
func (g *generator) finish() {
	g.growFigures()
	slices.SortStableFunc(g.repo.Commits, func(a, b *Commit) int { return int(a.Committer.At - b.Committer.At) })
	g.assignIDs()
	g.repo.Index()
}
