package mixin

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// Functions that take a range of counters, and those that take one of gauges.
var (
	ofCounters = []string{"rate", "irate", "increase", "resets"}
	ofGauges   = []string{"delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"}
)

// types notes metrics that are used as if they were of another type.
func (c *checker) types(root parser.Expr) {
	parser.Inspect(root, func(node parser.Node, path []parser.Node) error {
		n, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		m := c.metrics[n.Name]
		function := caller(path)
		grows := m.kind == "counter" || m.kind == "histogram"
		switch {
		case m.kind == "":
		case !grows && slices.Contains(ofCounters, function):
			c.problem("%s of %s, which is no counter", function, n.Name)
		case grows && slices.Contains(ofGauges, function):
			c.problem("%s of %s, which is no gauge", function, n.Name)
		case grows && !slices.Contains(ofCounters, function) && !compared(n, path) && !present(path):
			c.problem("%s only ever grows: it is used without rate or increase, or what it was before", n.Name)
		}
		return nil
	})
}

// caller gives the function that a selector's range is handed to.
func caller(path []parser.Node) string {
	for _, node := range slices.Backward(path) {
		switch n := node.(type) {
		case *parser.MatrixSelector, *parser.ParenExpr, *parser.StepInvariantExpr:
		case *parser.Call:
			return n.Func.Name
		default:
			return ""
		}
	}
	return ""
}

// compared reports whether a counter is compared with itself of another time,
// which tells its growth where it can't restart: some selector of the same
// metric below a subtraction or a comparison has an offset.
func compared(n *parser.VectorSelector, path []parser.Node) bool {
	for _, node := range path {
		difference, ok := node.(*parser.BinaryExpr)
		if !ok || difference.Op != parser.SUB && !difference.Op.IsComparisonOperator() {
			continue
		}
		offset := false
		parser.Inspect(difference, func(node parser.Node, _ []parser.Node) error {
			s, ok := node.(*parser.VectorSelector)
			offset = offset || ok && s.Name == n.Name && s.OriginalOffset != 0
			return nil
		})
		if offset {
			return true
		}
	}
	return false
}

// present reports whether a selector's values do not matter: all that is asked
// is whether there are any, or its value is multiplied away.
func present(path []parser.Node) bool {
	for _, node := range path {
		switch n := node.(type) {
		case *parser.Call:
			if slices.Contains([]string{"absent", "absent_over_time", "present_over_time", "count_over_time"}, n.Func.Name) {
				return true
			}
		case *parser.AggregateExpr:
			if n.Op == parser.COUNT || n.Op == parser.GROUP {
				return true
			}
		}
	}
	return false
}
