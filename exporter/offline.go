package exporter

import (
	"errors"
	"fmt"
	"os"

	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// offline is a mirror with the configuration it is looked at by: what commands
// that send nothing work on.
type offline struct {
	mirror   *mirror.Mirror
	settings *settings
	status   []model.RepositoryStatus
}

// openOffline opens an existing mirror; digested says whether its figures are wanted.
func (p *program) openOffline(valid Valid, groups map[string]bool, digested bool) (*offline, error) {
	path := p.path(valid)
	if err := mirrorExists(path); err != nil {
		return nil, err
	}
	s, err := newSettings(valid, groups)
	if err != nil {
		return nil, err
	}
	m, err := openMirror(path, valid, p.quiet())
	if err != nil {
		return nil, err
	}
	o := &offline{mirror: m, settings: s}
	o.status = ingest.New(ingest.Options{Mirror: m, Projects: s.projects, Logger: p.quiet(), Now: p.now}).Status()
	if !digested {
		return o, nil
	}
	if err := m.Redigest(s.digest(o.projectOf)); err != nil {
		return nil, errors.Join(fmt.Errorf("loading the mirror: %w%s", err, mirrorCure(err)), m.Close())
	}
	return o, nil
}

func (o *offline) projectOf(repo int64) string {
	for _, r := range o.status {
		if r.ID == repo {
			return r.Project
		}
	}
	return ""
}

var errNoMirror = errors.New("holds no mirror")

// mirrorExists keeps commands that only look from making an empty mirror.
func mirrorExists(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return fmt.Errorf("%s %w; fill one with `sync` or `run`, or give its directory with --mirror.path", path, errNoMirror)
	}
	if err != nil {
		return fmt.Errorf("looking for the mirror: %w%s", err, mirrorCure(err))
	}
	return nil
}
