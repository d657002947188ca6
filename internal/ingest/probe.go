package ingest

import (
	"cmp"
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// absenceKey is the suspect that stands for the repository itself.
var absenceKey = jobKey{}

// due reports whether a stream is to be read: something moved since the last
// run, that one is to be repeated, or it did not come to its end.
func (s itemStream) due(cur mirror.Cursor, probe *github.Probe) bool {
	return cur.StartedAt != 0 || cur.Again || !cur.Done || s.moved(cur, probe)
}

// moved reports whether GitHub has something else than before the last run.
func (s itemStream) moved(cur mirror.Cursor, probe *github.Probe) bool {
	mark := s.mark(probe)
	return cur.Total != mark.Count || cur.Seen != mark.UpdatedAt
}

// behind reports whether the last probe of a repository leaves something to be read.
func (in *Ingest) behind(r *repository) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.complete || r.dirty || len(r.queues[mirror.Overflow]) > 0 ||
		in.issues().due(r.cursors[streamIssues], r.probe) ||
		in.pulls().due(r.cursors[streamPulls], r.probe)
}

// probe asks how far some repositories have moved, in as few requests as can
// be, and gives what went wrong with each of them.
func (in *Ingest) probe(ctx context.Context, repos []*repository) map[*repository]error {
	errs := map[*repository]error{}
	asked := make([]model.Repository, len(repos))
	for i, r := range repos {
		asked[i] = r.model()
	}
	probes := in.client.Probe(ctx, asked)
	at := model.Instant(0)
	for i := range probes {
		at = max(at, probes[i].Repository.ReadAt)
	}
	for i, r := range repos {
		errs[r] = in.probed(ctx, r, &probes[i], at)
		if err := errs[r]; err != nil && ctx.Err() == nil {
			r.failed(streamProbe, err, in.now())
			in.complain("probe", err, "repository", r.model().FullName())
		}
	}
	return errs
}

// probed takes in one repository's probe.
func (in *Ingest) probed(ctx context.Context, r *repository, probe *github.Probe, at model.Instant) error {
	if probe.Err != nil {
		return in.unreadable(ctx, r, probe.Err, at)
	}
	if probe.Repository.ID != r.id {
		return fmt.Errorf("%w: asked for repository %d, got %d", github.ErrMalformed, r.id, probe.Repository.ID)
	}
	old := r.model()
	same := probe.Repository
	same.ReadAt = old.ReadAt
	if same != old {
		if err := in.changedRepository(r, probe.Repository); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.probe = probe
	r.mu.Unlock()
	r.succeeded(streamProbe, probe.Repository.ReadAt)
	in.unmoved(r, probe)
	if key(old.FullName()) != key(probe.Repository.FullName()) {
		in.log.Info("repository was renamed", "from", old.FullName(), "to", probe.Repository.FullName())
		return in.renamed(old.FullName(), probe.Repository)
	}
	return nil
}

// unmoved notes that the streams in which nothing moved are up to date.
func (in *Ingest) unmoved(r *repository, probe *github.Probe) {
	at := probe.Repository.ReadAt
	if !r.isComplete() {
		return
	}
	if !in.issues().due(r.cursor(streamIssues), probe) {
		r.succeeded(streamIssues, at)
	}
	if !in.pulls().due(r.cursor(streamPulls), probe) {
		r.succeeded(streamPulls, at)
		if r.healthy(streamReviewComments) {
			r.succeeded(streamReviewComments, at)
		}
	}
	in.unmovedHistory(r, at)
	if job := r.nextJob(); r.healthy(streamQueues) && (job.IsZero() || job.After(in.now())) {
		r.succeeded(streamQueues, at)
	}
}

// changedRepository stores what a probe says of the repository itself.
func (in *Ingest) changedRepository(r *repository, repo model.Repository) error {
	absence, was := r.job(mirror.Suspects, absenceKey)
	err := in.mirror.Update(r.id, func(tx *mirror.Tx) error {
		if was {
			tx.DeleteJob(mirror.Suspects, absence)
		}
		return tx.PutRepository(repo)
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.queues[mirror.Suspects], absenceKey)
	r.repo, r.absent, r.dirty = repo, "", true
	return nil
}

// unreadable decides on a repository that a probe could not read. One that is
// not found twice, or blocked, is no longer read until a later probe finds it;
// what is stored of it stays.
func (in *Ingest) unreadable(ctx context.Context, r *repository, cause error, at model.Instant) error {
	why, absent := absence(cause)
	if !absent {
		return cause
	}
	repo := r.model()
	named, err := in.client.Repository(ctx, repo.Owner, repo.Name)
	switch other, ok := absence(err); {
	case err == nil && named.ID == r.id:
		return cause // it is there after all
	case err == nil:
		if err := in.replaced(named); err != nil {
			return err
		}
	case ok && why == "not_found":
		why = other
	}
	at = cmp.Or(at, in.wall()) // an answer that is nothing but errors has no time
	if err := in.noteAbsence(r, repo, why, at); err != nil {
		return err
	}
	return cause
}

// noteAbsence records that a repository was not found, or is kept from us.
func (in *Ingest) noteAbsence(r *repository, repo model.Repository, why string, at model.Instant) error {
	job, _ := r.job(mirror.Suspects, absenceKey)
	job.Attempts++
	job.Reason, job.Next = why, in.wall()+in.confirmAfter()
	confirmed := job.Attempts > 1 || why == "blocked"
	if confirmed && repo.GoneAt == 0 {
		repo.GoneAt = at
		in.log.Error("repository is out of reach", "repository", repo.FullName(), "reason", why)
	}
	err := in.mirror.Update(r.id, func(tx *mirror.Tx) error {
		if err := tx.PutJob(mirror.Suspects, job); err != nil {
			return err
		}
		return tx.PutRepository(repo)
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queues[mirror.Suspects][absenceKey] = job
	r.dirty = r.dirty || repo != r.repo
	r.repo = repo
	if confirmed {
		r.absent = why
	}
	return nil
}
