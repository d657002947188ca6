package githubtest

import "time"

// Demo makes the repositories that a demonstration shows: three of two teams,
// with two years of life up to now and six weeks beyond. For the first hours
// after now something happens every few seconds, so that whoever watches sees
// it; then it calms down over a week. The same now gives the same dataset.
//
// The account tallyworks-sync-bot is a bot that only its name gives away.
func Demo(now time.Time) *Dataset {
	demo := &Dataset{}
	for i, opts := range []GenerateOptions{
		{Owner: "tallyworks", Name: "payments", Theme: "payments", Issues: 520, PullRequests: 940, People: 11, DeploysPerWeek: 16},
		{Owner: "tallyworks", Name: "platform", Theme: "platform", Issues: 380, PullRequests: 620, People: 7, DeploysPerWeek: 5},
		{Owner: "bloomcart", Name: "web-shop", Theme: "shop", Issues: 690, PullRequests: 830, People: 12, DeploysPerWeek: 9, MergeQueue: true},
	} {
		opts.Seed = uint64(2718281 + i)
		opts.Start, opts.End = now.AddDate(-2, 0, 0), now.AddDate(0, 0, 42)
		opts.surges, opts.show = surgesFrom(TimeOf(now)), showsAt(TimeOf(now))[i]
		demo.Repos = append(demo.Repos, Generate(opts).Repos...)
	}
	return demo
}

// surgesFrom makes the first day of a demo lively, and the hours before, so that
// at its beginning work is under way.
func surgesFrom(now Time) []surge {
	const hour = 3600
	return []surge{
		{from: now - 5*hour, to: now, items: 20, pace: 0.08, every: 6 * time.Minute, deploys: 40 * time.Minute},
		{from: now, to: now + 3*hour, items: 22, pace: 0.06, every: 75 * time.Second, deploys: 20 * time.Minute},
		{from: now + 3*hour, to: now + 7*hour, items: 14, pace: 0.08, every: 75 * time.Second, deploys: 40 * time.Minute},
		{from: now + 7*hour, to: now + 24*hour, items: 8, pace: 0.5, every: 5 * time.Minute, deploys: 2 * time.Hour},
		{from: now + 24*hour, to: now + 7*24*hour, pace: 0.9, every: 40 * time.Minute, deploys: 12 * time.Hour},
	}
}

// showsAt says what is the matter in each of the demo's repositories: payments is
// down and its default branch broken, the nightly tests of the shop have failed
// for days and its incident drags on, and the platform was not deployed at first.
func showsAt(now Time) []*show {
	return []*show{
		{now: now, failing: map[string]int{"ci.yml": 3}, outages: []outage{{at: now.Add(-25 * time.Minute), ends: now.Add(4 * time.Hour), severity: 1}}},
		{now: now, deploysFrom: now.Add(-700 * day)},
		{now: now, failing: map[string]int{"e2e.yml": 4}, outages: []outage{{at: now.Add(-26 * time.Hour), ends: now.Add(3 * day), severity: 3}}},
	}
}
