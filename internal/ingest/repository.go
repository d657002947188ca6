package ingest

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The streams of a repository, as metrics and the status page name them.
const (
	streamProbe          = "probe"
	streamIssues         = "issues"
	streamPulls          = "pulls"
	streamReviewComments = "review_comments"
	streamComments       = "comments"
	streamSweep          = "sweep"
	streamQueues         = "queues" // items read again, gaps, items that may be gone
	streamDeployments    = "deployments"
	streamReleases       = "releases"
	streamTags           = "tags"
	streamRuns           = "workflow_runs"
	streamBranch         = "branch" // commits
	streamMilestones     = "milestones"
)

// streams is the order in which they are shown.
var streams = []string{
	streamProbe, streamIssues, streamPulls, streamReviewComments, streamComments,
	streamDeployments, streamReleases, streamTags, streamRuns, streamBranch, streamMilestones, streamSweep, streamQueues,
}

// repository is what is known of one repository while the process runs. Its
// passes, of which there is never more than one at a time, use what is stored
// in the mirror and keep the copy here up to date, so that Status needs no I/O.
type repository struct {
	id     int64
	broken error // what could not be read of the mirror

	mu       sync.Mutex // guards what follows
	project  string
	needs    Needs
	repo     model.Repository
	complete bool
	absent   string // why it is not read; "" while it is
	probe    *github.Probe
	cursors  map[string]mirror.Cursor
	streams  map[string]*streamHealth
	queues   map[mirror.Queue]map[jobKey]mirror.Job
	counters map[string]int
	failure  failure // the last one
	dirty    bool    // the repository's record changed: to be published
	sweep    *sweepRun
	open     int           // deployments that may still go on
	held     bool          // history waits to be published until all of it was read
	doubted  map[int]doubt // items by number

	// What was found out since the start.
	mergesSought atomic.Bool // the commits of all merges were looked for
	runsSettled  atomic.Bool // no run goes on
}

// streamHealth is what went well and wrong with a stream since the start.
type streamHealth struct {
	success model.Instant
	errors  map[string]int
	failure failure
	waits   failure // for what limit, and until when
	denied  bool    // the token may not see it
}

// succeeded notes a success at a server time.
func (h *streamHealth) succeeded(at model.Instant) {
	h.success = max(h.success, at)
	h.failure, h.waits, h.denied = failure{}, failure{}, false
}

// failed notes an error and gives it. That a limit is reached is none.
func (h *streamHealth) failed(err error, now time.Time) (failure, bool) {
	if until, limited := limitedUntil(err); limited {
		h.waits = failure{waitText(err, until), model.At(until)}
		return failure{}, false
	}
	h.errors[reason(err)]++
	_, h.denied = absence(err)
	h.failure, h.waits = failure{err.Error(), model.At(now)}, failure{}
	return h.failure, true
}

// failure is an error, or what is waited for, as the status shows it.
type failure struct {
	text string
	at   model.Instant
}

// jobKey is what makes two jobs of a queue the same.
type jobKey struct {
	number     int
	node       string
	connection string
}

func keyOf(j mirror.Job) jobKey { return jobKey{j.Number, j.NodeID, j.Connection} }

// load makes a repository of what the mirror has of it. What cannot be read of
// the mirror makes every pass over the repository fail.
func load(m *mirror.Mirror, repo model.Repository) *repository {
	r := &repository{
		id: repo.ID, repo: repo,
		complete: m.Complete(repo.ID) != 0,
		cursors:  map[string]mirror.Cursor{},
		streams:  map[string]*streamHealth{},
		queues:   map[mirror.Queue]map[jobKey]mirror.Job{},
		counters: map[string]int{},
	}
	maps.Copy(r.counters, m.Counters(repo.ID))
	cursors, err := m.Cursors(repo.ID)
	r.broken = err
	maps.Copy(r.cursors, cursors)
	for _, name := range streams {
		r.streams[name] = &streamHealth{success: r.cursors[name].LastSuccess, errors: map[string]int{}}
	}
	for _, q := range []mirror.Queue{mirror.Overflow, mirror.Suspects, mirror.Gaps, mirror.Rereads, lostCommits} {
		jobs, err := m.Jobs(repo.ID, q)
		r.broken = errors.Join(r.broken, err)
		r.queues[q] = map[jobKey]mirror.Job{}
		for _, job := range jobs {
			r.queues[q][keyOf(job)] = job
		}
	}
	if repo.GoneAt != 0 {
		r.absent = cmp.Or(r.queues[mirror.Suspects][absenceKey].Reason, "not_found")
	}
	return r
}

// model gives the repository as it was last read.
func (r *repository) model() model.Repository {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repo
}

// cursor gives a stream's cursor.
func (r *repository) cursor(stream string) mirror.Cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cursors[stream]
}

// jobs gives a queue's jobs that are due at an instant, by number.
func (r *repository) jobs(q mirror.Queue, at model.Instant) []mirror.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	var due []mirror.Job
	for _, job := range r.queues[q] {
		if job.Next <= at {
			due = append(due, job)
		}
	}
	slices.SortFunc(due, func(a, b mirror.Job) int { return compareJobs(keyOf(a), keyOf(b)) })
	return due
}

// job gives the queued job of a key.
func (r *repository) job(q mirror.Queue, k jobKey) (mirror.Job, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	job, ok := r.queues[q][k]
	return job, ok
}

// succeeded notes a stream's success at a server time.
func (r *repository) succeeded(stream string, at model.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streams[stream].succeeded(at)
}

// healthy reports whether a stream was neither failed nor held up since its
// last success.
func (r *repository) healthy(stream string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.streams[stream]
	return h.failure == failure{} && h.waits == failure{}
}

// failed notes a stream's error.
func (r *repository) failed(stream string, err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.streams[stream].failed(err, now); ok {
		r.failure = f
	}
}

// whole reports whether nothing that was begun is half stored: what is shown
// must not change because a page is still missing.
func (r *repository) whole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queues[mirror.Overflow]) == 0 &&
		r.cursors[streamIssues].StartedAt == 0 && r.cursors[streamPulls].StartedAt == 0
}

func (r *repository) isComplete() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.complete
}

func (r *repository) setProject(p Project) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.project, r.needs = p.Name, p.Needs
}

// sweeping gives the sweep under way, or begins one.
func (r *repository) sweeping() *sweepRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sweep == nil {
		r.sweep = &sweepRun{}
	}
	return r.sweep
}

// stopSweep forgets the sweep under way.
func (r *repository) stopSweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep = nil
}

// nextJob gives when the next job of the queues is due, by the local clock;
// the zero time where there is none.
func (r *repository) nextJob() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var next model.Instant
	for _, q := range []mirror.Queue{mirror.Rereads, mirror.Gaps, mirror.Suspects} {
		for k, job := range r.queues[q] {
			if k != absenceKey && (next == 0 || job.Next < next) {
				next = max(1, job.Next)
			}
		}
	}
	return next.Time()
}

// standing tells whether the repository is out of reach, whether it was probed
// since the start, and whether its record waits to be published.
func (r *repository) standing() (absent, probed, dirty bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.absent != "", r.probe != nil, r.dirty
}

// lookAgain gives when to look again for a repository that was not found.
func (r *repository) lookAgain(now time.Time) time.Time {
	if absent, _, _ := r.standing(); absent {
		return now.Add(hourly)
	}
	job, _ := r.job(mirror.Suspects, absenceKey)
	return job.Next.Time()
}
