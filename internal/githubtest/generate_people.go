package githubtest

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// role is what a person does in a repository.
type role int

const (
	maintainer  role = iota // merges
	member                  // writes and reviews
	contributor             // writes now and then
	visitor                 // opens an item or two
	robot
)

// person is an account and its habits.
type person struct {
	login        string
	role         role
	weight       float64 // how much of the work is theirs
	joined, left Time
	zone         Time // seconds east of UTC
	begins, ends Time // of the working day, in seconds after local midnight
	weekends     float64
}

func (p *person) association() string {
	return [...]string{"MEMBER", "MEMBER", "CONTRIBUTOR", "NONE", "NONE"}[p.role]
}

// zones are where people sit, in seconds east of UTC.
var zones = []Time{-8 * 3600, -5 * 3600, -5 * 3600, 0, 3600, 3600, 3600, 7200, 7200, 3 * 3600, 5 * 3600, 8 * 3600}

// roster is everybody who has to do with a repository.
type roster struct {
	dice
	people   []*person // of the team and around it
	shares   []float64 // their weights, cumulated
	visitors []*person
	home     Time // zone of most of the team
	taken    map[string]bool
	users    map[string]*User

	ci, updates, reviewer, actions, sync, stale *person
}

// newRoster makes the people of a repository, and their accounts.
func newRoster(g *generator) *roster {
	r := &roster{dice: newDice(g.opts.Seed, streamPeople), taken: map[string]bool{}, users: map[string]*User{}}
	r.home = pick(r.dice, zones)
	r.addTeam(g)
	items := g.opts.Issues + g.opts.PullRequests
	for range 2 + items/12 {
		r.visitors = append(r.visitors, r.newPerson(visitor, g.start, g.end))
	}
	owner := strings.ToLower(g.opts.Owner)
	r.ci = newRobot(owner + "-ci[bot]")
	r.updates = newRobot("dependabot[bot]")
	r.reviewer = newRobot("code-review-helper[bot]")
	r.actions = newRobot("github-actions[bot]")
	r.sync = newRobot(owner + "-sync-bot")
	r.stale = newRobot("stale[bot]")
	r.addAccounts(g)
	return r
}

func newRobot(login string) *person { return &person{login: login, role: robot} }

// addTeam makes the team: a core that stays and others who come and go.
func (r *roster) addTeam(g *generator) {
	size := g.opts.People
	if size <= 0 {
		size = int(5 + math.Sqrt(float64(g.opts.Issues+g.opts.PullRequests))/3)
	}
	for i := range max(4, size) {
		p := r.newPerson(member, g.start, g.end)
		switch {
		case i < max(3, size/6):
			p.role, p.joined, p.left = maintainer, 0, 0
		case i >= max(5, size*3/5):
			p.role = contributor
		}
		p.weight = 1 / math.Pow(float64(i+1), 0.5)
		r.people = append(r.people, p)
	}
	total := 0.0
	for _, p := range r.people {
		total += p.weight
		r.shares = append(r.shares, total)
	}
}

func (r *roster) newPerson(as role, start, end Time) *person {
	p := &person{login: r.newLogin(), role: as, weekends: r.Float64() * 0.2}
	p.zone = r.home
	if as == visitor || r.chance(0.35) {
		p.zone = pick(r.dice, zones)
	}
	p.begins = Time(r.within(7*time.Hour+30*time.Minute, 10*time.Hour) / time.Second)
	p.ends = p.begins + Time(r.within(8*time.Hour, 10*time.Hour)/time.Second)
	span := end.Sub(start)
	if r.chance(0.4) {
		p.joined = start.Add(r.within(0, span*4/5))
	}
	if r.chance(0.25) {
		p.left = max(p.joined, start).Add(r.within(span/5, span))
	}
	return p
}

func (r *roster) newLogin() string {
	for {
		first, last := pick(r.dice, firstNames), pick(r.dice, lastNames)
		login := [...]string{first + last, first + "-" + last, first[:1] + last, first + last[:1], last + first[:2]}[r.IntN(5)]
		if r.chance(0.3) || len(r.taken) > 200 {
			login = fmt.Sprintf("%s%d", login, r.between(1, 99+len(r.taken)))
		}
		if !r.taken[login] {
			r.taken[login] = true
			return login
		}
	}
}

// addAccounts gives every person an account. Some visitors delete theirs.
func (r *roster) addAccounts(g *generator) {
	for _, p := range r.everybody() {
		user := &User{Login: p.login, Type: "User"}
		if strings.HasSuffix(p.login, "[bot]") {
			user.Type = "Bot"
		}
		if p.role == visitor && r.chance(0.03) {
			user.DeletedAt = g.start.Add(r.within(g.end.Sub(g.start)/3, g.end.Sub(g.start)))
		}
		g.repo.Users = append(g.repo.Users, user)
		r.users[p.login] = user
	}
}

func (r *roster) everybody() []*person {
	all := append([]*person{r.ci, r.updates, r.reviewer, r.actions, r.sync, r.stale}, r.people...)
	return append(all, r.visitors...)
}

// present reports whether the person is around at an instant.
func (p *person) present(at Time) bool { return p.joined <= at && (p.left == 0 || at < p.left) }

// someone gives a person of the team who is around, may do what least asks for
// (the role or a higher one) and is not one of those left out.
func (r *roster) someone(d dice, at Time, least role, except ...*person) *person {
	for range 24 {
		p := r.people[d.draw(r.shares)]
		if p.role <= least && p.present(at) && !contains(except, p) {
			return p
		}
	}
	for _, p := range r.people { // maintainers stay for ever, and there are at least three
		if p.present(at) && !contains(except, p) {
			return p
		}
	}
	return r.people[0]
}

func contains(people []*person, p *person) bool {
	for _, other := range people {
		if other == p {
			return true
		}
	}
	return false
}

// stranger gives somebody from outside whose account exists at an instant.
func (r *roster) stranger(d dice, at Time) *person {
	for range 8 {
		if p := pick(d, r.visitors); !r.users[p.login].DeletedAt.By(at) {
			return p
		}
	}
	return r.people[0]
}

// local gives the time of the day and the day of the week, 0 for Sunday, where
// the person is.
func (p *person) local(t Time) (clock, weekday Time) {
	local := t + p.zone
	return local % 86400, (local/86400 + 4) % 7 // 1970-01-01 was a Thursday
}

// works reports whether an instant is within the person's working hours.
func (p *person) works(t Time) bool {
	clock, weekday := p.local(t)
	return weekday != 0 && weekday != 6 && clock >= p.begins && clock < p.ends
}

// busy gives the instant at which the person gets to what came up at t: at once
// within working hours, else mostly on the next working day.
func (p *person) busy(d dice, t Time) Time {
	if p.role == robot {
		return t
	}
	clock, weekday := p.local(t)
	weekend := weekday == 0 || weekday == 6
	switch {
	case p.works(t):
		return t
	case weekend && d.chance(p.weekends), !weekend && clock >= p.ends && clock < 23*3600 && d.chance(0.15):
		return t
	}
	midnight := t - clock
	if clock >= p.begins {
		midnight += 86400
		weekday = (weekday + 1) % 7
	}
	for weekday == 0 || weekday == 6 {
		midnight += 86400
		weekday = (weekday + 1) % 7
	}
	return midnight + p.begins + Time(d.ExpFloat64()*45*60)
}
