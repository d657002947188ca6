package ingest

import (
	"slices"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How fast one identity can ask.
const (
	// callsPerMinute is how many GraphQL calls GitHub answers: it allows 60
	// seconds of its processors' time a minute, and a page of items takes up to
	// 3. It is the pessimistic figure, and bounds the time.
	callsPerMinute = 20
	// requestsPerMinute is how many REST requests are sent: half of what
	// GitHub's secondary limit allows.
	requestsPerMinute = 450
)

// window is after what time GitHub grants a budget anew.
const window = time.Hour

// PlanIdentity is what an identity would spend, and has left.
type PlanIdentity struct {
	Name     string
	Requests int // REST
	Points   int // GraphQL
	Core     github.Allowance
	GraphQL  github.Allowance
	Duration time.Duration // waiting for budgets included
}

// part is one identity's part of a plan.
type part struct {
	calls, points int // GraphQL
	requests      int // REST
}

// homeOf names the identity that the first of some repositories is read with.
// Where there is none, it is the first that can be used, which asks in vain.
func (in *Ingest) homeOf(repos ...model.Repository) string {
	if len(repos) > 0 && repos[0].ID != 0 {
		if home := in.client.Home(repos[0]); home != "" {
			return home
		}
	}
	for _, identity := range in.client.Identities() {
		if identity.Up {
			return identity.Name
		}
	}
	return ""
}

// spend notes GraphQL calls of an identity and gives their price.
func (p *Plan) spend(identity, operation string, calls int) (points int) {
	price, known := p.prices[operation]
	if !known {
		price = 1
	}
	of := p.parts[identity]
	of.calls += calls
	of.points += calls * price
	p.parts[identity] = of
	return calls * price
}

// request notes REST requests of an identity and gives their number.
func (p *Plan) request(identity string, requests int) int {
	of := p.parts[identity]
	of.requests += requests
	p.parts[identity] = of
	return requests
}

// share adds up what the identities are to do, and how long they take. Those
// work side by side, and so do REST and GraphQL.
func (p *Plan) share(identities []github.IdentityStatus, now model.Instant) {
	for _, who := range identities {
		of := p.parts[who.Name]
		out := PlanIdentity{Name: who.Name, Requests: of.requests, Points: of.points, Core: who.Core, GraphQL: who.GraphQL}
		out.Duration = max(
			takes(of.calls, callsPerMinute, of.points, who.GraphQL, now),
			takes(of.requests, requestsPerMinute, of.requests, who.Core, now),
		)
		p.Duration = max(p.Duration, out.Duration)
		p.Identities = append(p.Identities, out)
	}
	for _, of := range p.parts {
		p.Points += of.points
		p.Requests += of.requests
	}
	p.Identities = slices.DeleteFunc(p.Identities, func(i PlanIdentity) bool { return p.parts[i.Name] == part{} })
}

// Left is how much of a budget may be spent until it is granted anew.
func Left(a github.Allowance) int { return max(0, a.Remaining-a.Floor) }

// takes gives how long it takes to ask so often, at so many calls a minute
// and for so much in all. What a budget does not suffice for is asked when it
// has been granted anew, as often as need be.
func takes(calls, perMinute, cost int, a github.Allowance, now model.Instant) time.Duration {
	asking := time.Duration(calls) * time.Minute / time.Duration(perMinute)
	rest, each := cost-Left(a), a.Limit-a.Floor
	if a.Unlimited || a.Limit == 0 || rest <= 0 || each <= 0 {
		return asking
	}
	waits := ceil(rest, each)
	rest -= (waits - 1) * each
	waiting := max(0, time.Duration(a.Reset-now)*time.Second) + time.Duration(waits-1)*window
	return max(asking, waiting+asking*time.Duration(rest)/time.Duration(cost))
}
