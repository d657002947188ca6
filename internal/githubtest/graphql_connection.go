package githubtest

import "fmt"

// connection is a list that is asked for page by page.
type connection struct {
	list  list
	args  pageArgs
	order string // which cursors are good for it
	found *page  // the page, once it was needed
}

// connect makes the connection that a field gives. order names what the list is sorted
// by: cursors of another order are refused.
func (c *call) connect(order string, l list) any {
	args, err := c.pageArguments(order)
	if err != nil {
		return err
	}
	return &connection{list: l, args: args, order: order}
}

// connectAll makes a connection of elements that are at hand in the right order.
func connectAll[T any](c *call, order string, all []T, show func(int, T) edge) any {
	edges := make([]edge, len(all))
	for i, element := range all {
		edges[i] = show(i, element)
	}
	return c.connect(order, &shortList{entries: edges})
}

// page gives the page that was asked for, and looks for it at the first call.
func (n *connection) page() *page {
	if n.found == nil {
		found := n.list.page(n.args)
		n.found = &found
	}
	return n.found
}

// empty makes a resolver of a connection without elements, for what the dataset does
// not know.
func empty(order string) resolver {
	return func(c *call, _ any) (any, error) {
		value := c.connect(order, &shortList{})
		if err, failed := value.(error); failed {
			return nil, err
		}
		return value, nil
	}
}

// countList is a list of which the dataset knows only the length.
type countList int

func (l countList) total() int         { return int(l) }
func (l countList) page(pageArgs) page { return page{unknown: true} }

// connectionTypes resolves what all connections and their edges have.
func connectionTypes() map[string]resolvers {
	return map[string]resolvers{
		"*Connection": {
			"nodes":         of(connectionNodes),
			"edges":         of(connectionEdges),
			"pageInfo":      of(connectionInfo),
			"totalCount":    of(func(_ *call, n *connection) any { return n.list.total() }),
			"filteredCount": of(timelineFilteredCount),
			"pageCount":     of(func(_ *call, n *connection) any { return len(n.page().entries) }),
			"updatedAt":     of(timelineUpdatedAt),
		},
		"*Edge": {
			"cursor": of(func(_ *call, e listEdge) any { return cursorAt(e.in.order, e.place) }),
			"node":   of(func(_ *call, e listEdge) any { return e.node }),
		},
		"PageInfo": {
			"hasNextPage":     of(func(_ *call, n *connection) any { return n.page().hasNext() }),
			"hasPreviousPage": of(func(_ *call, n *connection) any { return n.page().hasPrevious() }),
			"startCursor":     of(func(_ *call, n *connection) any { return n.cursorOf(0) }),
			"endCursor":       of(func(_ *call, n *connection) any { return n.cursorOf(len(n.page().entries) - 1) }),
		},
	}
}

// listEdge is an element in its connection.
type listEdge struct {
	edge
	in *connection
}

// cursorOf gives the cursor of an element of the page, nil if the page is empty.
func (n *connection) cursorOf(i int) any {
	if entries := n.page().entries; i >= 0 && i < len(entries) {
		return cursorAt(n.order, entries[i].place)
	}
	return nil
}

func connectionNodes(c *call, n *connection) any {
	if n.page().unknown {
		return c.onlyCounted()
	}
	nodes := make([]any, len(n.page().entries))
	for i, e := range n.page().entries {
		nodes[i] = e.node
	}
	return nodes
}

func connectionEdges(c *call, n *connection) any {
	if n.page().unknown {
		return c.onlyCounted()
	}
	edges := make([]any, len(n.page().entries))
	for i, e := range n.page().entries {
		edges[i] = node{c.field.Definition.Type.Name(), listEdge{e, n}}
	}
	return edges
}

func connectionInfo(c *call, n *connection) any {
	if n.page().unknown {
		return c.onlyCounted()
	}
	return node{"PageInfo", n}
}

// onlyCounted refuses the elements of a list whose length alone is known.
func (c *call) onlyCounted() error {
	return fmt.Errorf("simulated GitHub knows only the totalCount of this %s", c.field.ObjectDefinition.Name)
}

// orderBy reads the argument orderBy: the field to sort by, and whether downwards.
func (c *call) orderBy(standard string) (field string, descending bool) {
	order, ok := c.args["orderBy"].(map[string]any)
	if !ok {
		return standard, false
	}
	field, _ = order["field"].(string)
	return orString(field, standard), order["direction"] == "DESC"
}

// texts reads a list of strings or enum values; nil where the argument is not given.
func texts(value any) []string {
	list := asList(value)
	if list == nil {
		return nil
	}
	out := []string{}
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// asList reads a list, for which a single value may stand; nil where it is not given.
func asList(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}
