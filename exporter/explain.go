package exporter

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// explanation tells how figures came about, to people and as JSON.
type explanation interface{ WriteText(w io.Writer) error }

// deployments are the explanations of those that one name means: one for each
// environment and source.
type deployments []*derive.DeploymentExplanation

// WriteText writes one after the other.
func (d deployments) WriteText(w io.Writer) error {
	for i, e := range d {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := e.WriteText(w); err != nil {
			return err
		}
	}
	return nil
}

var (
	errItemSyntax  = errors.New("is no item and no deployment; write OWNER/REPO#NUMBER (in an address, # is %23) or OWNER/REPO@DEPLOYMENT")
	errNotMirrored = errors.New("is not in the mirror")
	errNotReady    = errors.New("the mirror is being loaded; ask again in a moment")
)

func (e *Exporter) explain(subject string) (explanation, error) {
	eng := e.engine.Load()
	if eng == nil {
		return nil, errNotReady
	}
	return explain(e.mirror.Load(), eng.settings, eng.projectOf, subject)
}

// explain tells how the figures of an item (OWNER/REPO#NUMBER) or of a
// deployment (OWNER/REPO@ID) came about. A deployment is named by the id of its
// source, the name of its tag or the beginning of its commit's name.
func explain(m *mirror.Mirror, s *settings, projectOf func(int64) string, subject string) (explanation, error) {
	full, rest, mark := cutSubject(subject)
	owner, name, ok := strings.Cut(full, "/")
	if mark == 0 || !ok || owner == "" || name == "" || rest == "" {
		return nil, fmt.Errorf("%q %w", subject, errItemSyntax)
	}
	repo, found := m.RepositoryByName(owner, name)
	if !found {
		return nil, fmt.Errorf("repository %s %w; its first sync has not begun, or it belongs to no project", full, errNotMirrored)
	}
	rules, state := s.rules[projectOf(repo.ID)], m.State(repo.ID)
	if mark == '@' {
		return explainDeployment(state, rules, subject, rest)
	}
	number, err := strconv.Atoi(rest)
	if err != nil || number < 1 {
		return nil, fmt.Errorf("%q %w", subject, errItemSyntax)
	}
	item, err := m.Item(repo.ID, number)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", subject, err)
	}
	if item == nil {
		return nil, fmt.Errorf("%s %w; it was not read yet, or does not exist", subject, errNotMirrored)
	}
	e := derive.Explain(item, rules)
	if state != nil {
		e.Relate(state)
	}
	return e, nil
}

// cutSubject cuts a subject at its first mark, # or @; 0 where it has none.
func cutSubject(subject string) (full, rest string, mark byte) {
	at := strings.IndexAny(subject, "#@")
	if at < 0 {
		return "", "", 0
	}
	return subject[:at], subject[at+1:], subject[at]
}

func explainDeployment(state *model.State, rules derive.Rules, subject, name string) (explanation, error) {
	var found deployments
	if state != nil && state.Complete != 0 {
		found = derive.ExplainDeployment(state, rules, name)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("deployment %s %w; name it by the id that its source gives it, by its tag or by seven or more digits of its commit's name",
			subject, errNotMirrored)
	}
	return found, nil
}
