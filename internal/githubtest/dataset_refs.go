package githubtest

import (
	"fmt"
	"slices"
	"strings"
)

// references reports every record of the repository that names something it does
// not have. Commits may name logins without a user line, and parents without a
// commit line: Git knows more than the accounts and the history that is kept.
func (c *checker) references(repo *Repo, report func(line int, err error)) {
	for _, at := range c.lines {
		var err error
		switch v := at.record.(type) {
		case *Item:
			err = repo.itemReferences(v)
		case *Tag:
			err = repo.commits(v.OID)
		case *Deployment:
			err = firstError(repo.commits(v.OID), repo.logins(v.Creator))
		case *Run:
			err = firstError(repo.logins(v.Actor), repo.workflow(v.Workflow))
		}
		if err != nil {
			report(at.line, err)
		}
	}
	c.lines = c.lines[:0]
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Repo) logins(logins ...string) error {
	for _, login := range logins {
		if login != "" && r.User(login) == nil {
			return fmt.Errorf("no user %q in this repository: add a user line, or leave the name empty for a deleted account", login)
		}
	}
	return nil
}

func (r *Repo) labels(names ...string) error {
	for _, name := range names {
		if name != "" && r.Label(name) == nil {
			return fmt.Errorf("no label %q in this repository: add a label line", name)
		}
	}
	return nil
}

func (r *Repo) commits(oids ...string) error {
	for _, oid := range oids {
		if oid != "" && r.Commit(oid) == nil {
			return fmt.Errorf("no commit %q in this repository: add a commit line", oid)
		}
	}
	return nil
}

func (r *Repo) milestone(title string) error {
	if title == "" || slices.ContainsFunc(r.Milestones, func(m *Milestone) bool { return m.Title == title }) {
		return nil
	}
	return fmt.Errorf("no milestone %q in this repository: add a milestone line", title)
}

func (r *Repo) workflow(id int64) error {
	if slices.ContainsFunc(r.Workflows, func(w *Workflow) bool { return w.ID == id }) {
		return nil
	}
	return fmt.Errorf("no workflow %d in this repository: add a workflow line", id)
}

func (r *Repo) itemReferences(it *Item) error {
	err := firstError(r.logins(it.Author), r.logins(it.Assignees...), r.labels(it.Labels...), r.milestone(it.Milestone))
	if err != nil {
		return err
	}
	for i := range it.Comments {
		if err := r.logins(it.Comments[i].Author); err != nil {
			return err
		}
	}
	for i := range it.Events {
		e := &it.Events[i]
		who := e.Who
		if strings.HasPrefix(who, "team:") {
			who = ""
		}
		if err := firstError(r.logins(e.Actor, who), r.labels(e.Label), r.milestone(e.Milestone)); err != nil {
			return err
		}
	}
	if it.PR == nil {
		return nil
	}
	return r.pullReferences(it.PR)
}

func (r *Repo) pullReferences(pr *PR) error {
	for i := range pr.Commits {
		if err := r.commits(pr.Commits[i].OID); err != nil {
			return err
		}
	}
	for i := range pr.Reviews {
		if err := r.logins(pr.Reviews[i].Author); err != nil {
			return err
		}
	}
	return r.commits(pr.MergeOID)
}
