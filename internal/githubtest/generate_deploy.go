package githubtest

import (
	"slices"
	"time"
)

// plannedDeploy is a deployment that somebody will start.
type plannedDeploy struct {
	at       Time
	sure     bool // it succeeds
	rollback bool
	incident *incident // that it ends
}

// deployer makes the deployments to one environment.
type deployer struct {
	dice
	g           *generator
	environment string
	live        *Deployment // what succeeded last
	before      *Deployment // what succeeded before that
	free        Time        // from when on nothing is under way
}

// deploy makes the deployments to staging and production.
func (g *generator) deploy() {
	if g.opts.DeploysPerWeek < 0 || len(g.mainline) == 0 {
		return
	}
	d := newDice(g.opts.Seed, streamDeploy)
	staging := &deployer{dice: d, g: g, environment: "staging"}
	staging.all(g.stagingPlan(d))
	production := &deployer{dice: d, g: g, environment: "production"}
	production.all(g.productionPlan(d))
	slices.SortStableFunc(g.repo.Deployments, func(a, b *Deployment) int { return int(a.CreatedAt - b.CreatedAt) })
}

// stagingPlan follows the default branch, a few minutes behind.
func (g *generator) stagingPlan(d dice) []plannedDeploy {
	gap := Time(max(15*time.Minute, g.end.Sub(g.start)/20000) / time.Second)
	var plan []plannedDeploy
	last := Time(0)
	for _, c := range g.mainline {
		if at := c.LandedAt.Add(d.within(2*time.Minute, 10*time.Minute)); at-last > gap {
			plan = append(plan, plannedDeploy{at: at})
			last = at
		}
	}
	return plan
}

// productionPlan is a rhythm of working days, and what incidents need: something
// that caused them, and something that ended them.
func (g *generator) productionPlan(d dice) []plannedDeploy {
	var plan []plannedDeploy
	for midnight := g.start - g.start%86400; midnight < g.end; midnight += 86400 {
		if weekday := midnight.Time().Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			continue
		}
		perDay := float64(g.opts.DeploysPerWeek) / 5
		for perDay > 0 {
			if d.Float64() < perDay {
				plan = append(plan, plannedDeploy{at: midnight.Add(d.within(8*time.Hour, 16*time.Hour))})
			}
			perDay--
		}
	}
	for _, s := range g.opts.surges {
		plan = append(plan, s.plan(d)...)
	}
	for _, in := range g.incidents {
		plan = append(plan, in.deploys(d)...)
	}
	slices.SortStableFunc(plan, func(a, b plannedDeploy) int { return int(a.at - b.at) })
	return plan
}

func (in *incident) deploys(d dice) []plannedDeploy {
	var plan []plannedDeploy
	opened := in.issue.item.CreatedAt
	if in.cause != nil {
		from, to := in.cause.mergedAt+60, opened-300
		plan = append(plan, plannedDeploy{at: from + Time(d.Float64()*float64(to-from)), sure: true})
		if d.chance(0.35) {
			plan = append(plan, plannedDeploy{at: opened.Add(d.within(8*time.Minute, 45*time.Minute)), sure: true, rollback: true, incident: in})
		}
	}
	if in.fix != nil && in.fix.mergedAt != 0 {
		plan = append(plan, plannedDeploy{at: in.fix.mergedAt.Add(d.within(8*time.Minute, 40*time.Minute)), sure: true, incident: in})
	}
	return plan
}

// all carries out a plan, in the order of time.
func (d *deployer) all(plan []plannedDeploy) {
	for i := range plan {
		p := &plan[i]
		at := max(p.at, d.free)
		if at <= d.g.deploysFrom() || at > d.g.end {
			continue
		}
		oid := d.g.tipAt(at).OID
		if p.rollback {
			if d.before == nil || d.before.OID == d.live.OID {
				continue
			}
			oid = d.before.OID
		} else if d.live != nil && d.live.OID == oid {
			continue // nothing new
		}
		finished := d.one(at, oid, p.sure)
		d.free = finished + 2
		if p.incident != nil && p.incident.resolved == 0 {
			p.incident.resolved = finished.Add(d.within(3*time.Minute, 40*time.Minute))
		}
	}
}

// one deploys a commit, and again where it failed. It gives when it was live.
func (d *deployer) one(at Time, oid string, sure bool) Time {
	for {
		deployment := &Deployment{OID: oid, Ref: d.g.repo.DefaultBranch, Environment: d.environment, Creator: d.g.team.actions.login, CreatedAt: at}
		d.g.repo.Deployments = append(d.g.repo.Deployments, deployment)
		d.status(deployment, "queued", at+1)
		d.status(deployment, "in_progress", at.Add(d.within(4*time.Second, time.Minute)))
		at = at.Add(d.within(2*time.Minute, 14*time.Minute))
		if sure || !d.chance(0.07) {
			d.succeed(deployment, at)
			return at
		}
		d.status(deployment, pick(d.dice, []string{"failure", "failure", "error"}), at)
		at = at.Add(d.within(8*time.Minute, 50*time.Minute))
		if at > d.g.end || d.chance(0.3) {
			return at
		}
	}
}

// succeed makes a deployment the live one; the one before becomes inactive.
func (d *deployer) succeed(deployment *Deployment, at Time) {
	d.status(deployment, "success", at)
	if d.live != nil {
		d.status(d.live, "inactive", at+1)
	}
	d.before, d.live = d.live, deployment
}

// status adds a status unless that comes after the generator's end.
func (d *deployer) status(deployment *Deployment, state string, at Time) {
	if at <= d.g.end {
		deployment.Statuses = append(deployment.Statuses, DeploymentStatus{State: state, Creator: deployment.Creator, At: at})
	}
}
