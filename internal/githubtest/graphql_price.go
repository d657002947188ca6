package githubtest

import (
	"encoding/json"
	"errors"
	"math"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// GitHub's limits on a query.
const (
	maxPage  = 100
	maxNodes = 500_000
	// maxFields bounds how many fields a query has once its fragments are spread.
	maxFields = 50_000
)

// Price gives what a query costs by GitHub's published formula, and how many nodes
// it may give: every connection is a request for each element that its ancestors may
// give, a hundred requests are a point, and the least is one point. The error says why
// GitHub would refuse the query.
func Price(document string, variables map[string]any, operation string) (points, nodes int, err error) {
	e, err := newEngine()
	if err != nil {
		return 0, 0, err
	}
	p := e.prepare(query{Document: document, Variables: variables, Operation: operation})
	for _, problem := range p.errors {
		err = errors.Join(err, problem)
	}
	return p.points, p.nodes, err
}

// pricer adds up what the connections of a query may request.
type pricer struct {
	document        *ast.QueryDocument
	variables       map[string]any
	requests, nodes int64
	fields          int
	tooBig          bool
}

// points gives the price in points.
func (p *pricer) points() int { return max(1, int(math.Round(float64(p.requests)/100))) }

// set prices selections that are made for each of parents elements.
func (p *pricer) set(sets []ast.SelectionSet, parents int64) {
	var order []*pricedField
	groups := map[[2]string]*pricedField{}
	for _, set := range sets {
		p.collect(set, "", groups, &order)
	}
	for _, group := range order {
		p.field(group, parents)
	}
}

// pricedField is all selections of one response key below one type condition: they
// are merged when they run, and priced once.
type pricedField struct {
	field *ast.Field
	sets  []ast.SelectionSet
}

func (p *pricer) collect(set ast.SelectionSet, on string, groups map[[2]string]*pricedField, order *[]*pricedField) {
	for _, selection := range set {
		if p.fields++; p.fields > maxFields {
			p.tooBig = true
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			if included(s.Directives, p.variables) {
				p.add(s, on, groups, order)
			}
		case *ast.InlineFragment:
			if included(s.Directives, p.variables) {
				p.collect(s.SelectionSet, orString(s.TypeCondition, on), groups, order)
			}
		case *ast.FragmentSpread:
			if included(s.Directives, p.variables) {
				p.collect(s.Definition.SelectionSet, s.Definition.TypeCondition, groups, order)
			}
		}
	}
}

func (p *pricer) add(f *ast.Field, on string, groups map[[2]string]*pricedField, order *[]*pricedField) {
	key := [2]string{on, f.Alias}
	group := groups[key]
	if group == nil {
		group = &pricedField{field: f}
		groups[key] = group
		*order = append(*order, group)
	}
	group.sets = append(group.sets, f.SelectionSet)
}

// field prices one field for each of parents elements.
func (p *pricer) field(group *pricedField, parents int64) {
	f := group.field
	if len(f.SelectionSet) == 0 || f.Definition == nil {
		return
	}
	switch {
	case isConnection(f.Definition.Type):
		p.requests = saturate(p.requests + parents)
		parents = saturate(parents * p.size(f))
		p.nodes = saturate(p.nodes + parents)
	case f.Name == "nodes" && f.ObjectDefinition != nil && f.ObjectDefinition.Name == "Query":
		parents = saturate(parents * int64(len(asList(p.argument(f, "ids")))))
	}
	p.set(group.sets, parents)
}

// size gives how many elements a connection may give: one for a connection of which
// only the total is wanted.
func (p *pricer) size(f *ast.Field) int64 {
	size := int64(0)
	for _, name := range []string{"first", "last"} {
		if n, ok := toInt(p.argument(f, name)); ok {
			size = max(size, int64(n))
		}
	}
	return max(1, size)
}

func (p *pricer) argument(f *ast.Field, name string) any {
	argument := f.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	value, err := argument.Value.Value(p.variables)
	if err != nil {
		return nil
	}
	return value
}

// isConnection reports whether the type is one of GitHub's paged lists.
func isConnection(t *ast.Type) bool { return strings.HasSuffix(t.Name(), "Connection") }

// saturate keeps sums of absurd queries from running over.
func saturate(n int64) int64 { return min(n, 1<<40) }

// included says whether @skip and @include leave a selection in.
func included(directives ast.DirectiveList, variables map[string]any) bool {
	for name, wanted := range map[string]bool{"include": true, "skip": false} {
		directive := directives.ForName(name)
		if directive == nil {
			continue
		}
		argument := directive.Arguments.ForName("if")
		if argument == nil {
			continue
		}
		if value, err := argument.Value.Value(variables); err == nil && value != wanted {
			return false
		}
	}
	return true
}

// toInt takes an integer as JSON or a document gives it.
func toInt(value any) (int, bool) {
	switch n := value.(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case float64:
		return int(n), n == math.Trunc(n) && math.Abs(n) < 1<<53
	case json.Number:
		i, err := n.Int64()
		return int(i), err == nil
	}
	return 0, false
}

func orString(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
