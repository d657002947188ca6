package github

import (
	"context"
	"errors"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Items reads items again by node id, any number of them, and gives the
// results in their order. An error concerns all; what was answered before it
// is returned with it.
func (c *Client) Items(ctx context.Context, repo model.Repository, ids []ItemID) ([]ItemResult, error) {
	b := batch[ItemID, ItemResult]{
		size: ItemsBatch,
		ask:  func(ids []ItemID) ([]ItemResult, error) { return c.itemsByID(ctx, repo, ids) },
		fail: func(id ItemID, err error) ItemResult { return ItemResult{ItemID: id, Err: err} },
	}
	return b.run(ids)
}

// itemsByID reads some items; one that is too heavy alone is read without the
// rest of its lists.
func (c *Client) itemsByID(ctx context.Context, repo model.Repository, ids []ItemID) ([]ItemResult, error) {
	results, err := c.itemsOnce(ctx, repo, ids, false)
	if len(ids) == 1 && errors.Is(err, ErrTooHeavy) {
		return c.itemsOnce(ctx, repo, ids, true)
	}
	return results, err
}

func (c *Client) itemsOnce(ctx context.Context, repo model.Repository, ids []ItemID, light bool) (results []ItemResult, err error) {
	what := graphQLCall("ItemsByID", fmt.Sprintf("%d items of %s", len(ids), repo.FullName())).within(repo)
	what.divisible = true
	nodes := make([]string, len(ids))
	for i, id := range ids {
		nodes[i] = id.NodeID
	}
	variables := nestedSizes(map[string]any{"ids": nodes}, light, model.Issue, model.PullRequest)
	err = c.query(ctx, what, document(what.query), variables, func(r *reply) (err error) {
		results, err = c.reader(repo).results(r, repo, ids)
		return err
	})
	return results, err
}

// results reads items one by one: each may be missing or refused alone.
func (rd reader) results(r *reply, repo model.Repository, ids []ItemID) ([]ItemResult, error) {
	var data struct {
		Nodes []*rawItem `json:"nodes"`
	}
	if e := r.decode(&data); e != nil {
		return nil, e
	}
	results := make([]ItemResult, len(ids))
	failed, e := r.elements(nodeIndex, func(i int, reason string) {
		if i < len(results) {
			results[i].Dropped = dropOne(results[i].Dropped, reason)
		}
	})
	if e != nil {
		return nil, e
	}
	if len(data.Nodes) != len(ids) {
		return nil, failure(reasonMalformed, fmt.Sprintf("%d answers to %d ids", len(data.Nodes), len(ids)))
	}
	for i, id := range ids {
		results[i].ItemID = id
		e := failed[i]
		if e == nil {
			e = rd.result(data.Nodes[i], repo, &results[i], r.serverTime)
		}
		if e != nil && e.Temporary {
			return nil, e
		}
		if e != nil {
			e.Op = fmt.Sprintf("%s#%d", repo.FullName(), id.Number)
			results[i].Err = e
		}
	}
	return results, nil
}

// result reads one item and makes sure that it is still the one that was meant.
func (rd reader) result(raw *rawItem, repo model.Repository, result *ItemResult, readAt model.Instant) *Error {
	switch {
	case raw == nil || raw.TypeName != typeNames[model.Issue] && raw.TypeName != typeNames[model.PullRequest]:
		return failure(reasonNotFound, "no such item")
	case raw.Repository == nil:
		return failure(reasonPartial, "an item without its repository")
	case raw.Repository.DatabaseID != repo.ID || result.Number != 0 && raw.Number != result.Number:
		return failure(reasonMoved, fmt.Sprintf("it is number %d of repository %d now", raw.Number, raw.Repository.DatabaseID))
	}
	d, e := rd.item(raw, readAt)
	if e != nil {
		return e
	}
	result.ItemID = ItemID{NodeID: d.item.NodeID, Number: d.item.Number, UpdatedAt: d.item.UpdatedAt}
	result.Item, result.Overflow = d.item, d.overflow
	for reason, n := range d.dropped {
		for range n {
			result.Dropped = dropOne(result.Dropped, reason)
		}
	}
	return nil
}

// Item reads an item again by its number. What it fails with is both the
// result's Err and the error.
func (c *Client) Item(ctx context.Context, repo model.Repository, number int) (ItemResult, error) {
	result, err := c.itemByNumber(ctx, repo, number, false)
	if errors.Is(err, ErrTooHeavy) {
		result, err = c.itemByNumber(ctx, repo, number, true)
	}
	result.Number, result.Err = number, err
	return result, err
}

func (c *Client) itemByNumber(ctx context.Context, repo model.Repository, number int, light bool) (result ItemResult, err error) {
	what := graphQLCall("ItemByNumber", fmt.Sprintf("%s#%d", repo.FullName(), number)).within(repo)
	what.divisible = true
	variables := nestedSizes(map[string]any{"repo": repo.NodeID, "number": number}, light, model.Issue, model.PullRequest)
	err = c.query(ctx, what, document(what.query), variables, func(r *reply) error {
		var data rawPage
		result = ItemResult{ItemID: ItemID{Number: number}}
		for _, e := range r.Errors {
			if !e.onLeaf() {
				return e.classify() // the path is the item itself, or the repository
			}
			result.Dropped = dropOne(result.Dropped, "forbidden")
		}
		if e := r.decode(&data); e != nil {
			return e
		}
		if e := data.check(repo); e != nil {
			return e
		}
		if e := c.reader(repo).result(data.Repository.Item, repo, &result, r.serverTime); e != nil {
			return e
		}
		return nil
	})
	return result, err
}
