package collector

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Sink takes the samples of a family.
type Sink struct {
	family  *compiled
	pairs   *labelPairs
	scope   []string // values of the scope's labels; none where there is no scope
	created *timestamppb.Timestamp
	style   histogramStyle
	samples []prometheus.Metric
}

// compiled is a family with what is the same for all its samples.
type compiled struct {
	Family
	desc  *prometheus.Desc
	names []string // of the labels: the scope's, then the family's
	order []int    // of the names, sorted
}

func compile(f Family, subject Subject) *compiled {
	c := &compiled{Family: f, names: slices.Concat(subject.labels(), f.Labels)}
	for i := range c.names {
		c.order = append(c.order, i)
	}
	slices.SortFunc(c.order, func(a, b int) int { return strings.Compare(c.names[a], c.names[b]) })
	c.desc = prometheus.NewDesc(f.Name, f.Help, c.names, nil)
	return c
}

// labelPairs keeps one pair for each name and value, since every series of a
// repository repeats the same few.
type labelPairs struct{ known sync.Map }

func (l *labelPairs) pair(name, value string) *dto.LabelPair {
	key := [2]string{name, value}
	if known, ok := l.known.Load(key); ok {
		return known.(*dto.LabelPair)
	}
	pair, _ := l.known.LoadOrStore(key, &dto.LabelPair{Name: proto.String(name), Value: proto.String(value)})
	return pair.(*dto.LabelPair)
}

// labels makes the sorted label pairs of a sample of the current family.
func (s *Sink) labels(values []string) []*dto.LabelPair {
	if len(s.scope)+len(values) != len(s.family.names) {
		panic("collector: " + s.family.Name + " has other labels than its row says")
	}
	pairs := make([]*dto.LabelPair, 0, len(s.family.names))
	for _, i := range s.family.order {
		value := ""
		if i < len(s.scope) {
			value = s.scope[i]
		} else {
			value = values[i-len(s.scope)]
		}
		pairs = append(pairs, s.pairs.pair(s.family.names[i], strings.ToValidUTF8(value, "\uFFFD")))
	}
	return pairs
}

// Value adds a sample of a gauge or counter.
func (s *Sink) Value(v float64, labels ...string) {
	sample := &sample{desc: s.family.desc, labels: s.labels(labels)}
	if s.family.Kind == Counter {
		sample.counter = &dto.Counter{Value: proto.Float64(v), CreatedTimestamp: s.created}
	} else {
		sample.gauge = &dto.Gauge{Value: proto.Float64(v)}
	}
	s.samples = append(s.samples, sample)
}

// Distribution adds a sample of a histogram of what was derived.
func (s *Sink) Distribution(d derive.Distribution, labels ...string) {
	h := &dto.Histogram{
		SampleCount: proto.Uint64(d.Count), SampleSum: proto.Float64(float64(d.Sum)), CreatedTimestamp: s.created,
	}
	if s.style.native && d.Native != nil {
		addNative(h, d.Native)
	}
	if s.style.classic || h.Schema == nil {
		for i, bound := range d.Bounds {
			h.Bucket = append(h.Bucket, &dto.Bucket{
				UpperBound: proto.Float64(float64(bound)), CumulativeCount: proto.Uint64(d.Buckets[i]),
			})
		}
	}
	s.samples = append(s.samples, &sample{desc: s.family.desc, labels: s.labels(labels), histogram: h})
}

// Requests adds a sample of a histogram of request durations.
func (s *Sink) Requests(d model.Durations, labels ...string) {
	h := &dto.Histogram{SampleCount: proto.Uint64(d.Count), SampleSum: proto.Float64(d.Sum)}
	for i, bound := range d.Bounds {
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCount: proto.Uint64(d.Counts[i])})
	}
	s.samples = append(s.samples, &sample{desc: s.family.desc, labels: s.labels(labels), histogram: h})
}

// addNative adds native buckets: counts as the difference to the one before,
// as the protocol has them. All lie in one span, since people's times leave few gaps.
func addNative(h *dto.Histogram, n *derive.Native) {
	h.Schema = proto.Int32(derive.NativeSchema)
	h.ZeroThreshold = proto.Float64(zeroThreshold)
	h.ZeroCount = proto.Uint64(n.Zero)
	// A span without buckets says that the histogram is native though empty.
	h.PositiveSpan = []*dto.BucketSpan{{Offset: proto.Int32(n.First), Length: proto.Uint32(uint32(len(n.Counts)))}}
	before := uint64(0)
	for _, count := range n.Counts {
		h.PositiveDelta = append(h.PositiveDelta, int64(count-before))
		before = count
	}
}

// zeroThreshold is client_golang's default: only 0 is in the zero bucket.
var zeroThreshold = math.Ldexp(1, -128)

// number writes a label value as short as it can be.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// sample is a series' value as it was when it was built; a scrape shares it.
type sample struct {
	desc      *prometheus.Desc
	labels    []*dto.LabelPair
	gauge     *dto.Gauge
	counter   *dto.Counter
	histogram *dto.Histogram
}

// Desc gives the family's descriptor.
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write points to what was built.
func (s *sample) Write(out *dto.Metric) error {
	out.Label, out.Gauge, out.Counter, out.Histogram = s.labels, s.gauge, s.counter, s.histogram
	return nil
}
