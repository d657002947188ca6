package githubtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Write writes the dataset as JSON Lines in an order of its own: the same data
// gives the same bytes.
func (d *Dataset) Write(w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for _, repo := range d.Repos {
		for rec := range repo.records {
			if err := encoder.Encode(rec); err != nil {
				return fmt.Errorf("write dataset of %s/%s: %w", repo.Owner, repo.Name, err)
			}
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write dataset: %w", err)
	}
	return nil
}

// records yields the repository's lines.
func (r *Repo) records(yield func(record) bool) {
	_ = yield(record{Repo: r}) &&
		each(r.Users, yield, func(v *User) record { return record{User: v} }) &&
		each(r.Labels, yield, func(v *Label) record { return record{Label: v} }) &&
		each(r.Milestones, yield, func(v *Milestone) record { return record{Milestone: v} }) &&
		each(r.Workflows, yield, func(v *Workflow) record { return record{Workflow: v} }) &&
		each(r.Items, yield, func(v *Item) record { return record{Item: v} }) &&
		each(r.Commits, yield, func(v *Commit) record { return record{Commit: v} }) &&
		each(r.Tags, yield, func(v *Tag) record { return record{Tag: v} }) &&
		each(r.Releases, yield, func(v *Release) record { return record{Release: v} }) &&
		each(r.Deployments, yield, func(v *Deployment) record { return record{Deployment: v} }) &&
		each(r.Runs, yield, func(v *Run) record { return record{Run: v} })
}

func each[T any](list []*T, yield func(record) bool, wrap func(*T) record) bool {
	for _, v := range list {
		if !yield(wrap(v)) {
			return false
		}
	}
	return true
}
