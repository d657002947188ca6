package ingest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Status tells how far every repository of the projects is, by project, owner
// and name, as of now and without asking anybody. A configured name or glob
// that could not be looked up has an entry of its own, with ID 0 and under the
// name that is written in the configuration.
func (in *Ingest) Status() []model.RepositoryStatus {
	in.mu.Lock()
	repos := slices.Collect(maps.Values(in.repos))
	out := in.missing()
	in.mu.Unlock()
	for _, r := range repos {
		var records map[string]int
		if in.mirror != nil {
			records = in.mirror.Records(r.id)
		}
		out = append(out, r.status(records, in.wall()))
	}
	slices.SortFunc(out, func(a, b model.RepositoryStatus) int {
		return cmp.Or(strings.Compare(a.Project, b.Project), strings.Compare(a.Owner, b.Owner),
			strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// missing gives the entries of the configuration that were not found. Globs
// have one while their owner cannot be listed. The caller holds mu.
func (in *Ingest) missing() (out []model.RepositoryStatus) {
	for _, t := range in.targets {
		_, isOwner := t.owner()
		_, known := in.names[t.key]
		healthy := t.health.failure == failure{} && t.health.waits == failure{}
		if !t.needed || healthy && (isOwner || known) {
			continue
		}
		for _, e := range t.entries {
			owner, name, _ := strings.Cut(e.written, "/")
			out = append(out, model.RepositoryStatus{
				Project: e.project, Owner: owner, Name: name,
				Streams: []model.StreamStatus{t.health.status(streamDiscovery, 0, 0)},
				Records: map[string]int{}, Repairs: map[string]int{}, Dropped: map[string]int{},
				LastError: t.health.failure.text, LastErrorAt: t.health.failure.at, Waiting: t.health.waits.text,
			})
		}
	}
	return out
}

func (h *streamHealth) status(name string, stored, total int) model.StreamStatus {
	return model.StreamStatus{
		Name: name, Stored: stored, Total: total, LastSuccess: h.success,
		Errors: maps.Clone(h.errors), LastError: h.failure.text, LastErrorAt: h.failure.at,
	}
}

// status tells how far the repository is.
func (r *repository) status(records map[string]int, now model.Instant) model.RepositoryStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := model.RepositoryStatus{
		Project: r.project, Owner: r.repo.Owner, Name: r.repo.Name, ID: r.id,
		Complete: r.complete, Progress: r.progress(), Records: records,
		Repairs: r.counted("repairs"), Dropped: r.counted("dropped"),
		Gaps: len(r.queues[mirror.Gaps]), Gone: r.absent,
		LastError: r.failure.text, LastErrorAt: r.failure.at, Waiting: r.waiting(now),
	}
	for _, name := range streams {
		if !r.shows(name) {
			continue
		}
		stored, total := r.sizes(name, records)
		s.Streams = append(s.Streams, r.streams[name].status(name, stored, total))
	}
	return s
}

// waiting says what the stream waits for that has to wait longest.
func (r *repository) waiting(now model.Instant) string {
	var longest failure
	for _, name := range streams {
		if w := r.streams[name].waits; w.at > max(now, longest.at) {
			longest = w
		}
	}
	return longest.text
}

// shows reports whether a stream is read at all. The caller holds mu.
func (r *repository) shows(stream string) bool {
	for _, of := range historyDuties {
		if of == stream {
			return r.needs.has(stream)
		}
	}
	return true
}

// sizes gives how much of a stream is stored and how much GitHub counts.
func (r *repository) sizes(stream string, records map[string]int) (stored, total int) {
	switch stream {
	case streamIssues:
		stored = records[model.Issue.String()]
		if r.probe != nil {
			total = r.probe.Issues.Count
		}
	case streamPulls:
		stored = records[model.PullRequest.String()]
		if r.probe != nil {
			total = r.probe.Pulls.Count
		}
	case streamReviewComments:
		stored = records["review_comment"]
	case streamComments:
		stored = records["comment"]
	case streamDeployments:
		stored = records["deployment"]
		if r.probe != nil {
			total = r.probe.Deployments.Count
		}
	case streamReleases:
		stored = records["release"]
		if r.probe != nil {
			total = r.probe.Releases.Count
		}
	case streamTags:
		stored = records["tag"]
	case streamRuns:
		stored = records["workflow_run"]
	case streamMilestones:
		stored = records["milestone"]
	case streamBranch:
		stored, total = records["branch_commit"], r.cursors[stream].Total
	}
	return stored, total
}

// progress estimates how much of the first sync is done. Only the items are
// known beforehand; the lists and comments that follow them make up the rest.
func (r *repository) progress() float64 {
	if r.complete {
		return 1
	}
	if r.probe == nil {
		return 0
	}
	done, total := 0, r.probe.Issues.Count+r.probe.Pulls.Count
	for stream, count := range map[string]int{streamIssues: r.probe.Issues.Count, streamPulls: r.probe.Pulls.Count} {
		if cur := r.cursors[stream]; cur.Done {
			done += count
		} else {
			done += min(cur.Stored, count)
		}
	}
	if total == 0 {
		return 0
	}
	const items = 0.9
	progress := items * float64(done) / float64(total)
	if r.cursors[streamPulls].Done && len(r.queues[mirror.Overflow]) == 0 {
		progress += (1 - items) / 2
	}
	return progress
}

// counted gives the counters of a group by word.
func (r *repository) counted(group string) map[string]int {
	out := map[string]int{}
	for name, n := range r.counters {
		if word, ok := strings.CutPrefix(name, group+"/"); ok {
			out[word] = n
		}
	}
	return out
}
