package exporter

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sort"
	"strings"
	"testing"
	"time"
)

// This file states figures of a real repository from its dataset alone, by
// arithmetic that shares nothing with the code that is tested: no import of
// derive, no mirror, just the lines of the file and the definitions' words.

// realDataset is where the dataset lies beside a checkout.
const realDataset = "../../shared/data/mls-protocol.jsonl.gz"

type factItem struct {
	Number    int
	Author    string
	CreatedAt time.Time
	Comments  []struct {
		Author    string
		CreatedAt time.Time
	}
	Events []struct {
		Kind string
		At   time.Time
	}
	PR *struct {
		Additions, Deletions int
		StatsUnknown         bool
		MergeOID             string
		Commits              []struct{ OID string }
		Reviews              []struct {
			Author, State string
			SubmittedAt   time.Time
			Comments      []struct{ CreatedAt time.Time }
		}
	}
}

// readFacts reads the dataset's items.
func readFacts(t *testing.T) []factItem {
	t.Helper()
	var items []factItem
	for _, line := range readLines[struct{ Item *factItem }](t) {
		if line.Item != nil {
			items = append(items, *line.Item)
		}
	}
	return items
}

// readLines reads every line of the dataset, or skips where it is absent; under
// CI its absence fails.
func readLines[T any](t *testing.T) []T {
	t.Helper()
	f, err := os.Open(realDataset)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("skipped: the real repository's dataset is not at %s", realDataset)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var read []T
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line T
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		read = append(read, line)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return read
}

// at gives when an event of the kind happened, zero if never.
func (it *factItem) at(kind string) time.Time {
	for _, e := range it.Events {
		if e.Kind == kind {
			return e.At
		}
	}
	return time.Time{}
}

// happened tells whether t is set and not after T.
func happened(t, T time.Time) bool { return !t.IsZero() && !t.After(T) }

// other tells whether the account is not the item's author. Deleted accounts
// are empty here, and never the same person.
func (it *factItem) other(login string) bool { return login == "" || login != it.Author }

// firstReview gives the submission of the first review by somebody else, up to the merge.
func (it *factItem) firstReview(approving bool) time.Time {
	merged := it.at("merged")
	var first time.Time
	for _, r := range it.PR.Reviews {
		if !it.other(r.Author) || r.SubmittedAt.Before(it.CreatedAt) || approving && r.State != "APPROVED" {
			continue
		}
		if !merged.IsZero() && r.SubmittedAt.After(merged) {
			continue
		}
		if first.IsZero() || r.SubmittedAt.Before(first) {
			first = r.SubmittedAt
		}
	}
	return first
}

// firstResponse gives the first comment or review by somebody else.
func (it *factItem) firstResponse() time.Time {
	var first time.Time
	consider := func(login string, at time.Time) {
		if it.other(login) && !at.Before(it.CreatedAt) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for _, c := range it.Comments {
		consider(c.Author, c.CreatedAt)
	}
	if it.PR != nil {
		for _, r := range it.PR.Reviews {
			consider(r.Author, r.SubmittedAt)
		}
	}
	return first
}

// factsAt gives the figures as of T, keyed as the exposition writes them.
func factsAt(items []factItem, T time.Time, window time.Duration) map[string]float64 {
	s := map[string]float64{}
	durations := map[string][]float64{}
	span := func(name string, from, to time.Time) {
		if !happened(to, T) || to.Before(from) {
			return
		}
		s[name+"_count"]++
		s[name+"_sum"] += to.Sub(from).Seconds()
		if to.After(T.Add(-window)) {
			durations[name] = append(durations[name], to.Sub(from).Seconds())
		}
	}
	for i := range items {
		it := &items[i]
		if !happened(it.CreatedAt, T) {
			continue
		}
		if it.PR == nil {
			issueFacts(s, it, T, span)
		} else {
			pullFacts(s, it, T, span)
		}
	}
	for name, values := range durations {
		s[name+" median"] = median(values)
	}
	return s
}

func issueFacts(s map[string]float64, it *factItem, T time.Time, span func(string, time.Time, time.Time)) {
	closed := it.at("closed")
	s["issues_opened_total"]++
	if happened(closed, T) {
		s["issues closed"]++
	} else {
		s["issues open"]++
		if T.Sub(it.CreatedAt) > 90*24*time.Hour {
			s["issues_open_older_than 90d"]++
		}
	}
	span("issue_close_seconds", it.CreatedAt, closed)
	span("issue_first_response_seconds", it.CreatedAt, it.firstResponse())
	for _, c := range it.Comments {
		if happened(c.CreatedAt, T) {
			s["issue_comments_total"]++
		}
	}
}

func pullFacts(s map[string]float64, it *factItem, T time.Time, span func(string, time.Time, time.Time)) {
	merged, closed := it.at("merged"), it.at("closed")
	if !merged.IsZero() {
		closed = time.Time{} // the closing that a merge makes is none
	}
	s["pull_requests_opened_total"]++
	switch {
	case happened(merged, T):
		s["pull_requests merged"]++
		if first := it.firstAnyReview(merged); first.IsZero() {
			s["pull_requests_merged_unreviewed_total"]++
		}
		if !it.PR.StatsUnknown {
			s["pull_request_size_lines_count"]++
			s["pull_request_size_lines_sum"] += float64(it.PR.Additions + it.PR.Deletions)
		}
		s["pull_request_commits_count"]++
		s["pull_request_commits_sum"] += float64(len(it.PR.Commits))
	case happened(closed, T):
		s["pull_requests closed"]++
	default:
		s["pull_requests open"]++
	}
	span("pull_request_merge_seconds", it.CreatedAt, merged)
	span("pull_request_close_seconds", it.CreatedAt, closed)
	span("pull_request_first_review_seconds", it.CreatedAt, it.firstReview(false))
	span("pull_request_first_approval_seconds", it.CreatedAt, it.firstReview(true))
	span("pull_request_first_response_seconds", it.CreatedAt, it.firstResponse())
	for _, c := range it.Comments {
		if happened(c.CreatedAt, T) {
			s["comments conversation"]++
		}
	}
	for _, r := range it.PR.Reviews {
		if happened(r.SubmittedAt, T) {
			s["reviews "+strings.ToLower(r.State)]++
		}
		for _, c := range r.Comments {
			if happened(c.CreatedAt, T) && happened(r.SubmittedAt, T) {
				s["comments review"]++
			}
		}
	}
}

// firstAnyReview gives a review by somebody else up to the merge, whenever it began.
func (it *factItem) firstAnyReview(merged time.Time) time.Time {
	for _, r := range it.PR.Reviews {
		if it.other(r.Author) && !r.SubmittedAt.After(merged) {
			return r.SubmittedAt
		}
	}
	return time.Time{}
}

// median is NumPy's: the middle value, or the mean of the two middle ones.
func median(values []float64) float64 {
	sort.Float64s(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
