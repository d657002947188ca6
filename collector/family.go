package collector

// Kind is the type of a metric.
type Kind uint8

// The types of metrics.
const (
	Gauge Kind = iota
	Counter
	Histogram
)

// Group is a set of families that are exported together.
type Group struct {
	Name     string
	Flag     string // NAME of --[no-]collector.NAME; "" where there is no choice
	Default  bool
	Help     string // what the flag turns on
	Families []Family
}

// Family is a metric: a row of its group.
type Family struct {
	Name    string
	Help    string // one sentence that says what absence means
	Kind    Kind
	Labels  []string // beside the scope's
	History bool     // can be evaluated as of an instant in the past
	Buckets []uint32
}
