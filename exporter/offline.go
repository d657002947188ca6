package exporter

import (
	"errors"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// offline is a mirror with the configuration it is looked at by: what commands
// that send nothing work on.
type offline struct {
	mirror   *mirror.Mirror
	settings *settings
	owners   map[int64]string // the projects of the repositories
	status   []model.RepositoryStatus
}

// openOffline opens an existing mirror.
func (p *program) openOffline(valid Valid, groups map[string]bool) (*offline, error) {
	path := p.path(valid)
	if err := mirrorExists(path); err != nil {
		return nil, err
	}
	s, err := newSettings(valid, groups)
	if err != nil {
		return nil, err
	}
	m, err := openMirror(path, valid, p.quiet(), s.digestFor(func() *engine { return nil }))
	if err != nil {
		return nil, err
	}
	owners, err := ingest.Owners(m, s.projects)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the mirror: %w%s", err, mirrorCure(err)), m.Close())
	}
	status := ingest.New(ingest.Options{Mirror: m, Projects: s.projects, Logger: p.quiet(), Now: p.now}).Status()
	return &offline{m, s, owners, status}, nil
}

func (o *offline) projectOf(repo int64) string { return o.owners[repo] }
