package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The words for which counters are zero from the start, so that a first
// occurrence is an increase. Others appear when they occur.
var (
	errorReasons = []string{
		"timeout", "network", "server_error", "malformed", "partial", "ratelimited", "secondary", "unauthorized",
		"forbidden", "not_found", "gone", "blocked", "too_heavy",
	}
	repairKinds = []string{"missing", "reappeared", "stale", "comments", "reviews", "active", "labels", "deleted", "transferred", "converted"}
	dropReasons = []string{"label", "event", "commit", "commit_date", "closing", "forbidden"}
	recordKinds = []string{
		"issue", "pull_request", "event", "comment", "review", "review_comment", "commit",
		"branch_commit", "tag", "release", "deployment", "workflow_run", "incident", "milestone",
	}
	components = []string{"lsm", "value_log"}
)

// unlisted ends the help of what every repository has from the first scrape on.
const unlisted = "; absent for a repository that a glob stands for until it is found."

func syncFamilies() []Family {
	return []Family{
		ofRepository("github_dev_sync_complete", Gauge, "Whether the first sync of the repository is complete"+unlisted,
			func(r *model.RepositoryStatus) float64 { return truth(r.Complete) }),
		ofRepository("github_dev_sync_progress_ratio", Gauge, "How much of the first sync is done, from 0 to 1"+unlisted,
			func(r *model.RepositoryStatus) float64 { return r.Progress }),
		{
			Name: "github_dev_sync_last_success_timestamp_seconds", Labels: withScope("stream"),
			Help: "When a stream was last read to its end, 0 until the first time" + unlisted,
			Emit: func(in *Input, out *Sink) {
				eachStream(in, func(r *model.RepositoryStatus, s *model.StreamStatus) {
					out.Value(float64(s.LastSuccess), r.Project, r.Owner, r.Name, s.Name)
				})
			},
		},
		{
			Name: "github_dev_sync_errors_total", Kind: Counter, Labels: withScope("stream", "reason"),
			Help: "Failed attempts to read a stream" + unlisted,
			Emit: func(in *Input, out *Sink) {
				eachStream(in, func(r *model.RepositoryStatus, s *model.StreamStatus) {
					for _, reason := range withZeros(s.Errors, errorReasons) {
						out.Value(float64(s.Errors[reason]), r.Project, r.Owner, r.Name, s.Name, reason)
					}
				})
			},
		},
		counted("github_dev_sync_repairs_total", Counter, "kind", "Records that a sweep found to differ from GitHub and repaired", repairKinds,
			func(r *model.RepositoryStatus) map[string]int { return r.Repairs }),
		ofRepository("github_dev_sync_gaps", Gauge, "Items that GitHub lists but does not give, tried again later"+unlisted,
			func(r *model.RepositoryStatus) float64 { return float64(r.Gaps) }),
		counted("github_dev_mirror_records", Gauge, "kind", "Records in the mirror", recordKinds,
			func(r *model.RepositoryStatus) map[string]int { return r.Records }),
		counted("github_dev_mirror_records_dropped_total", Counter, "reason", "Parts of GitHub's answers that were left out since they were null or unknown", dropReasons,
			func(r *model.RepositoryStatus) map[string]int { return r.Dropped }),
		{
			Name: "github_dev_mirror_size_bytes", Labels: []string{"component"},
			Help: "Size of the mirror on disk, in bytes; never absent.",
			Emit: func(in *Input, out *Sink) {
				sizes := map[string]int{}
				for component, size := range in.Store.Sizes {
					sizes[component] = int(size)
				}
				for _, component := range withZeros(sizes, components) {
					out.Value(float64(sizes[component]), component)
				}
			},
		},
		{
			Name: "github_dev_mirror_gc_failures_total", Kind: Counter,
			Help: "Garbage collections of the mirror that failed since the start; never absent.",
			Emit: func(in *Input, out *Sink) { out.Value(float64(in.Store.GCFailures)) },
		},
	}
}

func withScope(labels ...string) []string { return slices.Concat(scopeLabels, labels) }

// ofRepository makes a row with one series a repository.
func ofRepository(name string, kind Kind, help string, value func(*model.RepositoryStatus) float64) Family {
	return Family{
		Name: name, Kind: kind, Help: help, Labels: withScope(),
		Emit: func(in *Input, out *Sink) {
			for i := range in.Status {
				r := &in.Status[i]
				out.Value(value(r), r.Project, r.Owner, r.Name)
			}
		},
	}
}

// counted makes a row with a series for each word that is counted of a repository.
func counted(name string, kind Kind, label, what string, known []string, counts func(*model.RepositoryStatus) map[string]int) Family {
	return Family{
		Name: name, Kind: kind, Help: what + unlisted, Labels: withScope(label),
		Emit: func(in *Input, out *Sink) {
			for i := range in.Status {
				r := &in.Status[i]
				for _, word := range withZeros(counts(r), known) {
					out.Value(float64(counts(r)[word]), r.Project, r.Owner, r.Name, word)
				}
			}
		},
	}
}

func eachStream(in *Input, f func(*model.RepositoryStatus, *model.StreamStatus)) {
	for i := range in.Status {
		for j := range in.Status[i].Streams {
			f(&in.Status[i], &in.Status[i].Streams[j])
		}
	}
}
