package githubtest

import (
	"slices"
	"strings"
)

// repoView is a repository at the instant of its view.
type repoView struct {
	*repository
	view        *view
	owner, name string // now
}

// now is the instant of the view.
func (rv *repoView) now() Time { return rv.view.now }

// fullName gives OWNER/NAME as they are now.
func (rv *repoView) fullName() string { return rv.owner + "/" + rv.name }

// archived reports whether the repository is archived now.
func (rv *repoView) archived() bool { return rv.ArchivedAt.By(rv.now()) }

// visibility gives public, private or internal.
func (rv *repoView) visibility() string {
	if rv.Visibility == "" {
		return "public"
	}
	return rv.Visibility
}

// stars, forks, watchers and sizeKB give the repository's counters now.
func (rv *repoView) stars() int    { return CountAt(rv.Stars, rv.now()) }
func (rv *repoView) forks() int    { return CountAt(rv.Forks, rv.now()) }
func (rv *repoView) watchers() int { return CountAt(rv.Watchers, rv.now()) }
func (rv *repoView) sizeKB() int   { return CountAt(rv.SizeKB, rv.now()) }

// user gives the account of a login. It is nil, which is shown as a deleted
// account, for "", for what the dataset does not know and for accounts that are
// deleted by now.
func (rv *repoView) user(login string) *User {
	user := rv.User(login)
	if login == "" || user == nil || user.DeletedAt.By(rv.now()) {
		return nil
	}
	return user
}

// bot reports whether an account is a bot, and gives its login without "[bot]",
// as GraphQL has it.
func (u *User) bot() (login string, ok bool) {
	login, suffixed := strings.CutSuffix(u.Login, "[bot]")
	return login, suffixed || u.Type == "Bot"
}

// labelView is a label at the instant of a view.
type labelView struct {
	*Label
	repo *repoView
	name string // now
}

// label gives the label that had that name first, nil if it does not exist now.
func (rv *repoView) label(first string) *labelView {
	label := rv.Label(first)
	if label == nil || label.CreatedAt > rv.now() || label.DeletedAt.By(rv.now()) {
		return nil
	}
	return &labelView{Label: label, repo: rv, name: label.NameAt(rv.now())}
}

// labels gives the labels that exist, by their creation.
func (rv *repoView) labels() []*labelView {
	var out []*labelView
	for _, label := range rv.Labels {
		if lv := rv.label(label.Name); lv != nil {
			out = append(out, lv)
		}
	}
	sortLabels(out)
	return out
}

// sortLabels orders labels by creation, GitHub's default.
func sortLabels(labels []*labelView) {
	slices.SortStableFunc(labels, func(a, b *labelView) int {
		if a.CreatedAt != b.CreatedAt {
			return int(a.CreatedAt - b.CreatedAt)
		}
		return int(a.ID - b.ID)
	})
}

// milestone gives the milestone with that title, nil if it does not exist now.
func (rv *repoView) milestone(title string) *Milestone {
	for _, m := range rv.Milestones {
		if m.Title == title && rv.hasMilestone(m) {
			return m
		}
	}
	return nil
}

// milestones gives the milestones that exist, by number.
func (rv *repoView) milestones() []*Milestone {
	out := filter(rv.Milestones, rv.hasMilestone)
	slices.SortFunc(out, func(a, b *Milestone) int { return a.Number - b.Number })
	return out
}

func (rv *repoView) hasMilestone(m *Milestone) bool {
	return m.CreatedAt <= rv.now() && !m.DeletedAt.By(rv.now())
}

// releases gives the releases that are published and not deleted, the newest first.
func (rv *repoView) releases() []*Release {
	out := filter(rv.Releases, func(r *Release) bool {
		return r.PublishedAt.By(rv.now()) && !r.DeletedAt.By(rv.now())
	})
	slices.SortStableFunc(out, func(a, b *Release) int {
		if a.CreatedAt != b.CreatedAt {
			return int(b.CreatedAt - a.CreatedAt)
		}
		return int(b.ID - a.ID)
	})
	return out
}

// tags gives the tags that exist, by name as REST and git order them.
func (rv *repoView) tags() []*Tag {
	out := filter(rv.Tags, func(t *Tag) bool { return t.At <= rv.now() && !t.DeletedAt.By(rv.now()) })
	slices.SortFunc(out, func(a, b *Tag) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// deployments gives the deployments that exist, the oldest first.
func (rv *repoView) deployments() []*deploymentView {
	var out []*deploymentView
	for _, d := range rv.Deployments {
		if d.CreatedAt <= rv.now() {
			out = append(out, &deploymentView{Deployment: d, repo: rv})
		}
	}
	slices.SortStableFunc(out, func(a, b *deploymentView) int { return int(a.CreatedAt - b.CreatedAt) })
	return out
}

// deploymentView is a deployment at the instant of a view.
type deploymentView struct {
	*Deployment
	repo *repoView
}

// statuses gives the statuses that were reported by now, the oldest first.
func (d *deploymentView) statuses() []*DeploymentStatus {
	var out []*DeploymentStatus
	for i := range d.Statuses {
		if d.Statuses[i].At <= d.repo.now() {
			out = append(out, &d.Statuses[i])
		}
	}
	return out
}

// latest gives the status that holds, nil before the first.
func (d *deploymentView) latest() *DeploymentStatus {
	statuses := d.statuses()
	if len(statuses) == 0 {
		return nil
	}
	return statuses[len(statuses)-1]
}

// updatedAt is the time of the last status, else of creation.
func (d *deploymentView) updatedAt() Time {
	if status := d.latest(); status != nil {
		return status.At
	}
	return d.CreatedAt
}

// filter gives the elements that keep wants, in their order.
func filter[T any](all []T, keep func(T) bool) []T {
	var out []T
	for _, x := range all {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}
