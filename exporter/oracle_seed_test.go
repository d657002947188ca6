package exporter

import (
	"log/slog"
	"path"
	"path/filepath"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// seed puts the history of datasets into a mirror.
func (s *sandbox) seed(name string, datasets ...*githubtest.Dataset) {
	s.t.Helper()
	m, err := mirror.Open(filepath.Join(s.dir, name), mirror.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	defer m.Close()
	for _, d := range datasets {
		for _, r := range d.Repos {
			if err := m.Update(r.ID, func(tx *mirror.Tx) error { return s.seedRepo(tx, r) }); err != nil {
				s.t.Fatal(err)
			}
			if err := m.Publish(r.ID); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func (s *sandbox) seedRepo(tx *mirror.Tx, r *githubtest.Repo) error {
	seen := githubtest.TimeOf(s.now())
	d := &doraOracle{oracle: &oracle{repo: r, seen: seen}}
	if _, err := tx.PutHead(d.head()); err != nil {
		return err
	}
	var commits []model.BranchCommit
	for _, c := range r.Commits {
		commits = append(commits, model.BranchCommit{OID: c.OID, Parents: c.Parents, CommittedAt: model.Instant(c.Committer.At)})
	}
	if _, err := tx.PutCommits(commits); err != nil {
		return err
	}
	var tags []model.Tag
	for _, t := range d.tags() {
		tag := model.Tag{Name: t.Name, OID: t.OID, ReadAt: model.Instant(seen), CommittedAt: model.Instant(r.Commit(t.OID).Committer.At)}
		if t.TagOID != "" {
			tag.TaggedAt = model.Instant(t.At)
		}
		tags = append(tags, tag)
	}
	if _, err := tx.PutTags(tags); err != nil {
		return err
	}
	var releases []model.Release
	for _, x := range d.releases() {
		release := model.Release{ID: x.ID, Tag: x.Tag, Prerelease: x.Prerelease, PublishedAt: model.Instant(x.PublishedAt), ReadAt: model.Instant(seen)}
		for _, t := range d.tags() {
			if t.Name == x.Tag {
				release.OID = t.OID
			}
		}
		releases = append(releases, release)
	}
	if _, err := tx.PutReleases(releases); err != nil {
		return err
	}
	var deployments []model.Deployment
	for _, x := range r.Deployments {
		if x.CreatedAt > seen {
			continue
		}
		deployment := model.Deployment{ID: x.ID, OID: x.OID, Environment: x.Environment, CreatedAt: model.Instant(x.CreatedAt), ReadAt: model.Instant(seen)}
		for _, st := range x.Statuses {
			if st.At <= seen {
				deployment.Statuses = append(deployment.Statuses, model.DeploymentStatus{ID: strconv.FormatInt(st.ID, 10), State: st.State, At: model.Instant(st.At)})
			}
		}
		deployments = append(deployments, deployment)
	}
	if _, err := tx.PutDeployments(deployments); err != nil {
		return err
	}
	files := map[int64]string{}
	for _, w := range r.Workflows {
		files[w.ID] = path.Base(w.Path)
	}
	var runs []model.Run
	for _, x := range r.Runs {
		for i, a := range x.Attempts {
			if a.StartedAt > seen {
				continue
			}
			run := model.Run{ID: x.ID, Attempt: i + 1, Workflow: files[x.Workflow], Event: x.Event, Branch: x.Branch, OID: x.OID, CreatedAt: model.Instant(x.CreatedAt), ReadAt: model.Instant(seen)}
			if a.CompletedAt.By(seen) {
				run.Conclusion, run.CompletedAt = a.Conclusion, model.Instant(a.CompletedAt)
			}
			runs = append(runs, run)
		}
	}
	if _, err := tx.PutRuns(runs); err != nil {
		return err
	}
	tx.SetHistoryComplete(model.Instant(seen))
	return nil
}
