package ingest

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// openFor is for how many seconds a deployment that has not come to an end is
// read again.
const openFor = 7 * 24 * 60 * 60

// deployments reads the deployments that are new, and those again that may
// have gone on.
func (p *pass) deployments(ctx context.Context) error {
	needs := p.r.needed()
	if !needs.Deployments {
		return nil
	}
	c := p.deploymentList(&needs)
	if !p.r.cursor(c.name).Done || p.r.behindIn(dutyDeployments) {
		if err := c.follow(ctx, false); err != nil {
			return err
		}
	} else if err := p.openAgain(ctx, c); err != nil {
		return p.note(ctx, c.name, err)
	}
	return p.note(ctx, c.name, p.countOpen(c))
}

// countOpen notes how many deployments are to be read again.
func (p *pass) countOpen(c *catalog[model.Deployment]) error {
	known, err := c.stored()
	if err == nil {
		p.r.setOpenDeployments(len(p.unsettled(known)))
	}
	return err
}

// sweepDeployments reads all of them once a week: that one becomes inactive
// because of another, or is deleted, is told by nothing else.
func (p *pass) sweepDeployments(ctx context.Context) error {
	needs := p.r.needed()
	c := p.deploymentList(&needs)
	if !p.weekly(c.name) {
		return nil
	}
	return c.follow(ctx, true)
}

func (p *pass) deploymentList(needs *Needs) *catalog[model.Deployment] {
	c := &catalog[model.Deployment]{
		pass: p, name: streamDeployments,
		empty: p.probe.Deployments.Count == 0 && !p.probe.Deployments.Denied,
		mark: func(probe *github.Probe, cur *mirror.Cursor) {
			cur.Total, cur.Seen = probe.Deployments.Count, probe.Deployments.UpdatedAt
		},
		read: func(ctx context.Context, after string) (catalogPage[model.Deployment], error) {
			page, err := p.in.client.Deployments(ctx, p.repo, after)
			return catalogPage[model.Deployment]{page.PageInfo, page.Deployments, page.Dropped}, err
		},
		stored: func() ([]model.Deployment, error) { return p.in.mirror.Deployments(p.r.id) },
		put:    (*mirror.Tx).PutDeployments,
		lose: func(tx *mirror.Tx, at model.Instant, gone []model.Deployment) (int, error) {
			ids := make([]int64, len(gone))
			for i := range gone {
				ids[i] = gone[i].ID
			}
			return tx.MarkDeploymentsGone(at, ids)
		},
		card: func(d *model.Deployment) card {
			return card{
				id: strconv.FormatInt(d.ID, 10), created: d.CreatedAt, readAt: d.ReadAt, goneAt: d.GoneAt,
				ships: needs.ships(d.Environment),
			}
		},
		enough: func(rows []model.Deployment, watermark model.Instant) bool {
			return len(rows) > 0 && rows[len(rows)-1].CreatedAt < watermark-overlap
		},
	}
	c.more = func(ctx context.Context, listed map[string]bool, rows, known []model.Deployment) (read, gone []model.Deployment, err error) {
		some := slices.Concat(p.unsettled(known), superseded(rows, known))
		return p.again(ctx, slices.DeleteFunc(some, func(d model.Deployment) bool { return listed[c.card(&d).id] }))
	}
	return c
}

// openAgain reads the open deployments again.
func (p *pass) openAgain(ctx context.Context, c *catalog[model.Deployment]) error {
	known, err := c.stored()
	if err != nil {
		return err
	}
	open := p.unsettled(known)
	if len(open) == 0 {
		p.r.succeeded(c.name, p.server)
		return nil
	}
	read, gone, err := p.again(ctx, open)
	if err != nil {
		return err
	}
	cur := p.r.cursor(c.name)
	cur.LastSuccess = p.server
	return c.store(cur, read, gone, nil)
}

// unsettled gives the stored deployments that may still take a state which counts.
func (p *pass) unsettled(known []model.Deployment) (out []model.Deployment) {
	for i := range known {
		if p.open(&known[i]) {
			out = append(out, known[i])
		}
	}
	return out
}

// superseded gives for each environment that was deployed to now the newest
// deployment before, which GitHub makes inactive then. No hook and no order
// of a list tells of that.
func superseded(rows, known []model.Deployment) (out []model.Deployment) {
	now, before := map[string]bool{}, map[string]model.Deployment{}
	for _, d := range rows {
		now[d.Environment] = true
	}
	for _, d := range slices.Backward(known) { // later ones have higher ids
		n := len(d.Statuses)
		if n == 0 || d.GoneAt != 0 || d.Statuses[n-1].State != "success" || !now[d.Environment] {
			continue
		}
		listed := slices.ContainsFunc(rows, func(o model.Deployment) bool { return o.ID == d.ID })
		if _, found := before[d.Environment]; !found && !listed {
			before[d.Environment] = d
		}
	}
	for _, d := range sorted(before) {
		out = append(out, d)
	}
	return out
}

// open reports whether a deployment may still take a state that counts.
func (p *pass) open(d *model.Deployment) bool {
	return d.GoneAt == 0 && d.CreatedAt > p.server-openFor && !slices.ContainsFunc(d.Statuses, func(s model.DeploymentStatus) bool {
		switch s.State {
		case "success", "failure", "error", "inactive":
			return true
		}
		return false
	})
}

// again reads deployments by their node ids. One that is not found any more is
// gone; one that cannot be read is left as it is.
func (p *pass) again(ctx context.Context, some []model.Deployment) (read, gone []model.Deployment, err error) {
	if len(some) == 0 {
		return nil, nil, nil
	}
	ids := make([]string, len(some))
	for i := range some {
		ids[i] = some[i].NodeID
	}
	results, err := p.in.client.DeploymentsByID(ctx, p.repo, ids)
	if err != nil {
		return nil, nil, err
	}
	for i, res := range results {
		switch {
		case res.Err == nil:
			read = append(read, res.Deployment)
			p.saw(res.Deployment.ReadAt)
		case errors.Is(res.Err, github.ErrNotFound):
			gone = append(gone, some[i])
		default:
			p.r.failed(streamDeployments, res.Err, p.in.now())
		}
	}
	return read, gone, nil
}

// openDeployments gives how many deployments were open when they were read last.
func (r *repository) openDeployments() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

func (r *repository) setOpenDeployments(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = n
}
