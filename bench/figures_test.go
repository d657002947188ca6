package bench

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The limits of what is only printed.
const (
	maxScrape          = 5.0  // milliseconds, of one repository
	maxScrapePerSeries = 10.0 // microseconds, of many repositories
	maxResident        = 80.0 // megabytes
	maxRestart         = 1.0  // seconds
	maxReachability    = 2.0  // seconds, of 100,000 commits with 2,000 deployments
)

const (
	manyItems        = 40_000
	manyRepositories = 500
	scrapes          = 200
	restarts         = 7
)

// TestFigures measures everything that has a limit, and what may interest
// beside it, and prints the table.
func TestFigures(t *testing.T) {
	if !*figures {
		t.Skip("takes minutes and asserts nothing; make bench runs it")
	}
	out := table{t: t}
	out.budget()
	out.tokens()
	out.oneRepository()
	out.repositories()
	out.packages()
	fmt.Printf("\n%s/%s, %d processors %s, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), runtime.Version())
	if err := out.write(os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// budget adds what is asked of GitHub.
func (out *table) budget() {
	first := firstSync(out.t, "acme/*")
	note := "1,000 issues, 1,000 pull requests, 10,000 comments, 3,000 review comments"
	out.limited("first sync, GraphQL", maxFirstSyncPoints, float64(first.points()), "points", "%s", note)
	out.limited("first sync, REST", maxFirstSyncRequests, float64(first.REST), "requests", "the same; it took %s s against a simulated GitHub", number(first.took.Seconds()))
	s := probeRound(out.t)
	out.limited("probe round, GraphQL", probed/probedPerPoint, float64(s.points()), "points", "of %d repositories; nothing changed", probed)
	out.told("probe round, REST", float64(s.REST), "requests", "must be 0")
}

// oneRepository adds what it takes to serve one large repository, and one that
// is twice as large.
func (out *table) oneRepository() {
	box, twice := out.filled(manyItems), out.filled(2*manyItems)
	p := out.restarts(box)
	twin, _, _ := twice.restart(1)
	out.scrapes(p, twin)
	out.memory(manyItems, maxResident, p, "after a restart")
	out.memory(2*manyItems, 0, twin, "after a restart")
	out.reloads(box, p)
	p.stop()
	twin.stop()
	box.mirror = "anew"
	p = box.start()
	p.complete(1)
	out.memory(manyItems, maxResident, p, "after the first sync")
	p.stop()
}

// filled makes a mirror of so many items by a real first sync.
func (out *table) filled(items int) *sandbox {
	box := newSandbox(out.t, setup{data: current(items), unlimited: true})
	first := box.upToDate()
	out.told(fmt.Sprintf("first sync of %s items", grouped(items)), first.took.Seconds(), "s", "%s s of processor time, else paced as GitHub asks; %s, %s points, %s REST requests",
		number(first.cpu.Seconds()), composition(box.data), grouped(first.points()), grouped(first.REST))
	return box
}

// composition tells what the items of a dataset have on average.
func composition(sets []*githubtest.Dataset) string {
	var items, events, commits int
	for _, item := range sets[0].Repos[0].Items {
		items++
		events += len(item.Events) + len(item.Comments)
		if item.PR != nil {
			events += len(item.PR.Reviews)
			commits += len(item.PR.Commits)
		}
	}
	return fmt.Sprintf("%.1f events and %.1f commits an item", float64(events)/float64(items), float64(commits)/float64(items))
}

// restarts adds how long the program takes to serve its figures, and gives the
// last one that was started.
func (out *table) restarts(box *sandbox) (p *process) {
	var times sample
	var s spent
	for range restarts {
		if p != nil {
			p.stop()
		}
		var after time.Duration
		p, after, s = box.restart(1)
		times = append(times, after.Seconds())
	}
	out.limited(fmt.Sprintf("restart at %s items", grouped(manyItems)), maxRestart, times.median(), "s", "to the first complete scrape; %s", times.spread())
	out.told("lists read at a restart", float64(s.lists()), "requests", "must be 0")
	return p
}

// scrapes adds how long scrapes take, alternating between the two programs so
// that both see the same machine.
func (out *table) scrapes(p, twin *process) {
	var one, two, ratios sample
	for i := range scrapes {
		first, second := p, twin
		if i%2 == 1 {
			first, second = twin, p
		}
		a, b := milliseconds(first.scrape().took), milliseconds(second.scrape().took)
		if i%2 == 1 {
			a, b = b, a
		}
		one, two, ratios = append(one, a), append(two, b), append(ratios, b/a)
	}
	last := p.scrape()
	out.limited(fmt.Sprintf("scrape at %s items", grouped(manyItems)), maxScrape, one.median(), "ms", "%d series, gzip; %s", last.series(), one.spread())
	items, delivered := last.sizes()
	out.limited("the same, size", maxScrapeBytes/1000, float64(items)/1000, "kB", "without changes, deployments, workflows and states; all %s kB gzipped", number(float64(last.wire)/1000))
	out.limited("changes, deployments, workflows and states, size", maxDeliveryBytes/1000, float64(delivered)/1000, "kB", "in the same scrape")
	out.limited(fmt.Sprintf("scrape at %s items", grouped(2*manyItems)), 1, ratios.median(), "times", "as long as at half the items; %s ms, %s", number(two.median()), two.spread())
}

// repositories adds the scrape of many repositories.
func (out *table) repositories() {
	box := newSandbox(out.t, setup{repositories: "acme/*", data: small(manyRepositories, 20), unlimited: true})
	first := box.upToDate()
	out.told(fmt.Sprintf("first sync of %d repositories", manyRepositories), first.took.Seconds(), "s", "20 items each; %s s of processor time",
		number(first.cpu.Seconds()))
	p, after, _ := box.restart(manyRepositories)
	out.told(fmt.Sprintf("restart at %d repositories", manyRepositories), after.Seconds(), "s", "to the first complete scrape")
	var times sample
	var last scrape
	for range scrapes / 10 {
		last = p.scrape()
		times = append(times, 1000*milliseconds(last.took)/float64(last.series()))
	}
	out.limited(fmt.Sprintf("scrape of %d repositories", manyRepositories), maxScrapePerSeries, times.median(), "µs a series",
		"%s series, %s kB, %s kB gzipped; %s", grouped(last.series()), grouped(len(last.text)/1000), grouped(last.wire/1000), times.spread())
	out.memory(20*manyRepositories, 0, p, fmt.Sprintf("of %d repositories, after a restart", manyRepositories))
	p.stop()
}
