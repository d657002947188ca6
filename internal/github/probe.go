package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rawProbe is a repository and how far its connections have moved.
type rawProbe struct {
	rawRepository
	TypeName string        `json:"__typename"`
	Issues   *list[rawAge] `json:"issues"`
	Pulls    *list[rawAge] `json:"pullRequests"`

	Releases    *list[rawAge] `json:"releases"`
	Deployments *list[rawAge] `json:"deployments"`
}

type rawAge struct {
	UpdatedAt model.Instant `json:"updatedAt"`
}

// Probe asks how far each of the repositories has moved, any number of them,
// and gives the answers in their order. What cannot be read has an error of its
// own. Each is asked for by its home, and where that may not see it by others.
func (c *Client) Probe(ctx context.Context, repos []model.Repository) []Probe {
	rounds := make([]*probing, len(repos))
	for i, repo := range repos {
		rounds[i] = &probing{probe: Probe{NodeID: repo.NodeID}, want: want{call: probeCall(1).of(repo), priority: PriorityOf(ctx)}}
	}
	if err := c.prepared(ctx, probeCall(len(repos))); err != nil {
		for _, p := range rounds {
			p.probe.Err, p.done = err, true
		}
	}
	for c.probeRound(ctx, rounds) {
	}
	out := make([]Probe, len(repos))
	for i, p := range rounds {
		out[i] = p.probe
	}
	return out
}

func probeCall(n int) *call {
	what := graphQLCall("Probe", fmt.Sprintf("probe of %d repositories", n))
	what.divisible = true
	return what
}

// probing is a repository on its way to its probe.
type probing struct {
	want
	probe  Probe
	denied *Error // the most telling of those that may not see it
	done   bool
}

// probeRound asks each identity for the repositories that are to be read with
// it, side by side. It reports whether anything was asked.
func (c *Client) probeRound(ctx context.Context, all []*probing) bool {
	groups := map[*token][]*probing{}
	for _, p := range all {
		if p.done {
			continue
		}
		if tok, none := c.pool.place(&p.want); none == nil {
			groups[tok] = append(groups[tok], p)
		} else {
			c.nobody(none)
			p.give(none)
		}
	}
	var wg sync.WaitGroup
	for tok, group := range groups {
		for chunk := range slices.Chunk(group, ProbeBatch) {
			wg.Go(func() { c.probeAt(ctx, tok, chunk) })
		}
	}
	wg.Wait()
	return len(groups) > 0
}

// give ends a probe for want of a token that could go on with it.
func (p *probing) give(none *Error) {
	p.done = true
	e := *moreTelling(p.denied, none)
	e.Op = "probe of " + p.call.repo.FullName()
	p.probe.Err = &e
}

// probeAt asks for some repositories with one identity.
func (c *Client) probeAt(ctx context.Context, tok *token, some []*probing) {
	b := batch[*probing, Probe]{
		size: ProbeBatch,
		ask:  func(some []*probing) ([]Probe, error) { return c.probe(ctx, tok, some) },
		fail: func(p *probing, err error) Probe { return Probe{NodeID: p.probe.NodeID, Err: err} },
	}
	probes, err := b.run(some)
	for i, p := range some {
		p.probe.Err = err
		if i < len(probes) {
			p.probe = probes[i]
		}
		if !p.probe.Watched {
			p.probe.Repository.Watchers = p.call.repo.Watchers
		}
		c.probed(tok, p)
	}
}

// probed decides whether somebody else is to be asked, and learns who may see
// the repository.
func (c *Client) probed(tok *token, p *probing) {
	var e *Error
	if !errors.As(p.probe.Err, &e) {
		p.done = true
		if p.probe.Err == nil {
			c.pool.learn(tok, p.call, nil)
		}
		return
	}
	one := *e // the others' of the same request are their own
	e, p.probe.Err = &one, &one
	switch {
	case e.denial() && !e.unsent:
		p.call.lacking(e).advise(e, tok)
		c.pool.learn(tok, p.call, e)
	case e.Reason == reasonRateLimited, e.Reason == reasonUnauthorized && !e.Temporary:
	default:
		p.done = true
		return
	}
	p.denied = moreTelling(p.denied, e)
	p.without = append(p.without, tok.owner())
}

func (c *Client) probe(ctx context.Context, tok *token, some []*probing) ([]Probe, error) {
	var probes []Probe
	ids := make([]string, len(some))
	for i, p := range some {
		ids[i] = p.probe.NodeID
	}
	what := probeCall(len(some))
	what.at = tok
	text := document(what.query)
	if len(some) <= WatchedBatch {
		text = strings.Replace(text, "issues(", "watchers { totalCount } issues(", 1)
	}
	err := c.query(ctx, what, text, map[string]any{"ids": ids}, func(r *reply) (err error) {
		probes, err = readProbes(r, ids)
		return err
	})
	return probes, err
}

func readProbes(r *reply, ids []string) ([]Probe, error) {
	var data struct {
		Nodes []*rawProbe `json:"nodes"`
	}
	if err := r.decode(&data); err != nil {
		return nil, err
	}
	r, denied := r.withoutDenials()
	failed, e := r.elements(nodeIndex, func(int, string) {})
	if e != nil {
		return nil, e
	}
	if len(data.Nodes) != len(ids) {
		return nil, failure(reasonMalformed, fmt.Sprintf("%d answers to %d ids", len(data.Nodes), len(ids)))
	}
	probes := make([]Probe, len(ids))
	for i, id := range ids {
		probes[i].NodeID = id
		if failed[i] == nil {
			failed[i] = data.Nodes[i].read(&probes[i], denied[i], r.serverTime)
		}
		if e := failed[i]; e != nil {
			if e.Temporary {
				return nil, e
			}
			e.Op = "probe of " + id
			probes[i].Err = e
		}
	}
	return probes, nil
}

// optional are the lists of a probe that a repository is read without where the
// token may not see them.
var optional = []string{"releases", "deployments"}

// withoutDenials gives the answer without the errors that say of such a list
// that it may not be seen, and names these lists by element.
func (r *reply) withoutDenials() (kept *reply, denied map[int][]string) {
	kept, denied = &reply{&envelope{Data: r.Data, limit: r.limit}, r.serverTime}, map[int][]string{}
	for _, e := range r.Errors {
		if i, ok := nodeIndex(e.Path); ok && len(e.Path) == 3 && e.classify().Reason == reasonForbidden {
			if name, _ := e.Path[2].(string); slices.Contains(optional, name) {
				denied[i] = append(denied[i], name)
				continue
			}
		}
		kept.Errors = append(kept.Errors, e)
	}
	return kept, denied
}

// read fills in a probe.
func (raw *rawProbe) read(p *Probe, denied []string, readAt model.Instant) (e *Error) {
	if raw == nil || raw.TypeName != "Repository" {
		return failure(reasonNotFound, "no such repository, or not to be seen with this token")
	}
	if p.Watched = raw.Watchers != nil; !p.Watched {
		raw.Watchers = &count{}
	}
	if p.Repository, e = raw.repository(readAt); e != nil {
		return e
	}
	if branch := raw.DefaultBranch; branch != nil {
		if branch.Target == nil {
			return failure(reasonPartial, "a branch without its head")
		}
		p.Head = branch.Target.OID
	}
	for _, l := range []struct {
		name string
		list *list[rawAge]
		mark *Watermark
	}{
		{"issues", raw.Issues, &p.Issues},
		{"pullRequests", raw.Pulls, &p.Pulls},
		{"releases", raw.Releases, &p.Releases},
		{"deployments", raw.Deployments, &p.Deployments},
	} {
		if l.mark.Denied = slices.Contains(denied, l.name); l.mark.Denied {
			continue
		}
		if *l.mark, e = watermark(l.list); e != nil {
			return e
		}
	}
	return nil
}

// watermark reads the newest update of a connection.
func watermark(l *list[rawAge]) (w Watermark, e *Error) {
	switch {
	case l == nil, len(l.Nodes) > 0 && l.Nodes[0] == nil:
		return w, failure(reasonPartial, "a repository without its lists")
	case len(l.Nodes) > 0:
		w.UpdatedAt = l.Nodes[0].UpdatedAt
	}
	w.Count = l.TotalCount
	return w, nil
}
