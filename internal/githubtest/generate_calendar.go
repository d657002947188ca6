package githubtest

import (
	"math"
	"time"
)

// calendar knows how much happens on each day.
type calendar struct {
	g      *generator
	shares []float64 // of the days, cumulated
	first  Time      // midnight of the first day
}

// newCalendar makes a calendar with weekends, holidays, better and worse weeks,
// and slow growth.
func newCalendar(g *generator) *calendar {
	c := &calendar{g: g, first: g.start - g.start%86400}
	total, week := 0.0, 1.0
	days := int((g.end-c.first)/86400) + 1
	for i := range days {
		if i%7 == 0 {
			week = math.Exp(g.NormFloat64() * 0.22)
		}
		date := (c.first + Time(i)*86400).Time()
		weight := week * (0.65 + 0.5*float64(i)/float64(days))
		weight *= [...]float64{0.12, 1, 1.1, 1.1, 1.05, 0.85, 0.15}[date.Weekday()]
		if date.YearDay() >= 357 || date.YearDay() <= 2 {
			weight *= 0.25
		}
		total += weight
		c.shares = append(c.shares, total)
	}
	return c
}

// issueTime gives when an issue is opened and by whom.
func (c *calendar) issueTime() (Time, *person) {
	return c.time(func(at Time) *person {
		switch {
		case c.g.chance(0.4):
			return c.g.team.stranger(c.g.dice, at)
		case c.g.chance(0.02):
			return c.g.team.ci
		}
		return c.g.team.someone(c.g.dice, at, contributor)
	})
}

// pullTime gives when a pull request is opened and by whom.
func (c *calendar) pullTime() (Time, *person) {
	return c.time(func(at Time) *person {
		switch {
		case c.g.chance(0.11):
			return c.g.team.updates
		case c.g.chance(0.02):
			return c.g.team.sync
		case c.g.chance(0.06):
			return c.g.team.stranger(c.g.dice, at)
		}
		return c.g.team.someone(c.g.dice, at, contributor)
	})
}

// time gives a time of a day by the days' shares and of the hours of whom it chose for that day.
func (c *calendar) time(choose func(Time) *person) (Time, *person) {
	for range 16 {
		midnight := c.first + Time(c.g.draw(c.shares))*86400
		who := choose(max(midnight, c.g.start))
		at := midnight + who.hour(c.g.dice)
		if at > c.g.start && at <= c.g.end && (who.role == robot || who.role == visitor || who.present(at)) {
			return at, who
		}
	}
	at := c.g.start.Add(c.g.within(time.Second, c.g.end.Sub(c.g.start)))
	return at, choose(at)
}

// hour gives when on a day in UTC the person opens something, in seconds.
func (p *person) hour(d dice) Time {
	switch p.role {
	case robot:
		return Time(4*3600 + d.IntN(2*3600)) // they run at night
	case visitor:
		return Time(d.IntN(86400))
	}
	middle := float64(p.begins+p.ends) / 2
	at := middle + d.NormFloat64()*float64(p.ends-p.begins)/3.4
	return Time(at) - p.zone
}

// surge is a time of lively work, for those who watch a demo: so many more items,
// of which everything happens faster, and never a silence longer than every.
type surge struct {
	from, to Time
	items    int
	pace     float64       // how long everything takes, against 1
	every    time.Duration // 0: as it comes
	deploys  time.Duration // about how often to production; 0: on working days alone
}

// pace gives how long things take at an instant, against 1.
func (g *generator) pace(at Time) float64 {
	for _, s := range g.opts.surges {
		if at >= s.from && at < s.to {
			return s.pace
		}
	}
	return 1
}

func (g *generator) sketchSurge(s surge) {
	for range s.items {
		at := s.from.Add(g.within(0, s.to.Sub(s.from)))
		if g.chance(0.38) {
			author := g.team.someone(g.dice, at, contributor)
			if g.chance(0.3) {
				author = g.team.stranger(g.dice, at)
			}
			g.sketches = append(g.sketches, g.sketchIssue(at, author))
			continue
		}
		g.sketches = append(g.sketches, g.sketchPull(at, g.team.someone(g.dice, at, contributor)))
	}
}
