package mixin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
)

// metric is what rules and dashboards must know of a name: its type and labels.
type metric struct {
	kind   string // gauge, counter, histogram, or record for what a rule makes
	labels []string
}

// target are the labels that Prometheus adds to what it scrapes.
var target = []string{"instance", "job"}

// foreign are metrics that are not the exporter's own: of Prometheus about the
// target, and of client_golang about the process.
var foreign = map[string]metric{
	"up":                                     {"gauge", nil},
	"scrape_duration_seconds":                {"gauge", nil},
	"scrape_samples_scraped":                 {"gauge", nil},
	"scrape_samples_post_metric_relabeling":  {"gauge", nil},
	"scrape_series_added":                    {"gauge", nil},
	"process_resident_memory_bytes":          {"gauge", nil},
	"process_cpu_seconds_total":              {"counter", nil},
	"process_start_time_seconds":             {"gauge", nil},
	"process_open_fds":                       {"gauge", nil},
	"process_max_fds":                        {"gauge", nil},
	"go_goroutines":                          {"gauge", nil},
	"go_memstats_heap_alloc_bytes":           {"gauge", nil},
	"promhttp_metric_handler_requests_total": {"counter", []string{"code"}},
}

// families gives the metrics of the collector's rows by name, and of histograms
// those that they consist of.
func families() map[string]metric {
	out := maps.Clone(foreign)
	for _, group := range collector.Groups() {
		for _, f := range group.Families {
			m := metric{f.Kind.String(), group.LabelsOf(f)}
			out[f.Name] = m
			if f.Kind == collector.Histogram {
				out[f.Name+"_sum"], out[f.Name+"_count"] = m, m
				out[f.Name+"_bucket"] = metric{m.kind, append(slices.Clone(m.labels), "le")}
			}
		}
	}
	for name, m := range out {
		m.labels = append(slices.Clone(m.labels), target...)
		out[name] = m
	}
	return out
}

// checker walks expressions and notes what does not fit the metrics.
type checker struct {
	metrics  map[string]metric
	extra    []string // labels that any series may have, as that of a cluster
	problems []string
	used     map[string]bool
}

func newChecker(metrics map[string]metric, extra ...string) *checker {
	return &checker{metrics: metrics, extra: extra, used: map[string]bool{}}
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// check notes the problems of an expression and gives the labels of its result.
func (c *checker) check(expr string) []string {
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		c.problem("%v", err)
		return nil
	}
	c.types(parsed)
	return c.labels(parsed)
}

// labels gives which labels the series of an expression's result may have, and
// notes those that are asked for and can't be there.
func (c *checker) labels(node parser.Expr) []string {
	switch n := node.(type) {
	case *parser.VectorSelector:
		return c.selector(n)
	case *parser.MatrixSelector:
		return c.labels(n.VectorSelector)
	case *parser.SubqueryExpr:
		return c.labels(n.Expr)
	case *parser.ParenExpr:
		return c.labels(n.Expr)
	case *parser.StepInvariantExpr:
		return c.labels(n.Expr)
	case *parser.UnaryExpr:
		return c.labels(n.Expr)
	case *parser.AggregateExpr:
		return c.aggregate(n)
	case *parser.BinaryExpr:
		return c.binary(n)
	case *parser.Call:
		return c.call(n)
	}
	return nil
}

func (c *checker) selector(n *parser.VectorSelector) []string {
	c.used[n.Name] = true
	m, ok := c.metrics[n.Name]
	if !ok {
		c.problem("no metric is named %q", n.Name)
		return nil
	}
	have := append(slices.Clone(m.labels), c.extra...)
	for _, matcher := range n.LabelMatchers {
		if matcher.Name == "le" {
			c.problem("%s is matched by a literal le, which is written in two ways", n.Name)
		}
		if matcher.Name != model.MetricNameLabel && !slices.Contains(have, matcher.Name) {
			c.problem("%s has no label %q", n.Name, matcher.Name)
		}
	}
	return have
}

func (c *checker) aggregate(n *parser.AggregateExpr) []string {
	inner := c.labels(n.Expr)
	if n.Without {
		return slices.DeleteFunc(inner, func(l string) bool { return slices.Contains(n.Grouping, l) })
	}
	for _, label := range n.Grouping {
		if !slices.Contains(inner, label) {
			c.problem("%s groups by %q, which nothing in it has", n, label)
		}
	}
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK:
		return inner
	case parser.COUNT_VALUES:
		return append(slices.Clone(n.Grouping), strings.Trim(n.Param.String(), `"`))
	}
	return slices.Clone(n.Grouping)
}

func (c *checker) binary(n *parser.BinaryExpr) []string {
	left, right := c.labels(n.LHS), c.labels(n.RHS)
	matching := n.VectorMatching
	switch {
	case left == nil:
		return right
	case right == nil, matching == nil:
		return left
	}
	for _, label := range matching.MatchingLabels {
		if matching.On && !(slices.Contains(left, label) && slices.Contains(right, label)) {
			c.problem("%s matches on %q, which one side lacks", n, label)
		}
	}
	switch {
	case n.Op == parser.LOR:
		return union(left, right)
	case n.Op.IsSetOperator():
		return left
	case matching.Card == parser.CardManyToOne:
		return union(left, matching.Include)
	case matching.Card == parser.CardOneToMany:
		return union(right, matching.Include)
	case matching.On:
		return slices.Clone(matching.MatchingLabels)
	}
	c.unmatched(n, left, right)
	return left
}

// unmatched notes sides of an operator that never find each other, since one of
// them has a label that the other lacks.
func (c *checker) unmatched(n *parser.BinaryExpr, left, right []string) {
	differ := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(l string) bool {
			return slices.Contains(b, l) || slices.Contains(c.extra, l) || slices.Contains(n.VectorMatching.MatchingLabels, l)
		})
	}
	if only := append(differ(left, right), differ(right, left)...); len(only) > 0 {
		c.problem("%s: only one side has %s", n, strings.Join(only, ", "))
	}
}

func (c *checker) call(n *parser.Call) []string {
	var all []string
	for _, arg := range n.Args {
		if l := c.labels(arg); l != nil {
			all = union(all, l)
		}
	}
	switch n.Func.Name {
	case "label_replace", "label_join":
		return union(all, []string{strings.Trim(n.Args[1].String(), `"`)})
	case "histogram_quantile":
		return slices.DeleteFunc(all, func(l string) bool { return l == "le" })
	case "scalar", "time", "vector":
		return nil
	}
	return all
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, l := range b {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
