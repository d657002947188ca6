package collector

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// scrape gathers and encodes everything, and counts series as Prometheus does:
// each line of the text that is no comment.
func scrape(tb testing.TB, r prometheus.Gatherer, out *bytes.Buffer) {
	out.Reset()
	families, err := r.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	encoder := expfmt.NewEncoder(out, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			tb.Fatal(err)
		}
	}
}

func seriesIn(text []byte) int {
	return bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte("# "))
}

// BenchmarkScrape holds the two budgets of a scrape: 5 ms and 100 kB of one
// repository, 10 µs a series of 500.
func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{1, 500} {
		b.Run(fmt.Sprintf("repositories=%d", n), func(b *testing.B) {
			p, builder, f := NewPublished(), NewBuilder(Options{}), figures(45)
			for i := range n {
				s := Scope{"mine", "octo", fmt.Sprintf("repository-%03d", i)}
				p.Set(s, builder.Repository(s, f))
			}
			r := prometheus.NewRegistry()
			r.MustRegister(p)
			var out bytes.Buffer
			for b.Loop() {
				scrape(b, r, &out)
			}
			b.ReportMetric(float64(seriesIn(out.Bytes())), "series")
			b.ReportMetric(float64(out.Len()), "bytes")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(seriesIn(out.Bytes())), "ns/series")
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	builder, f := NewBuilder(Options{}), figures(45)
	b.ReportAllocs()
	for b.Loop() {
		builder.Repository(scope, f)
	}
}

// A scrape stays within its size where the configuration has its defaults.
func TestScrapeSize(t *testing.T) {
	defaults := rules()
	defaults.Windows, defaults.Environments, defaults.Incidents = defaults.Windows[:1], defaults.Environments[:1], nil
	defaults.States, defaults.Events = nil, nil
	p, builder := NewPublished(), NewBuilder(Options{Histograms: "both"})
	p.Set(scope, builder.Repository(scope, derive.Evaluate([]*model.State{repository()}, defaults, t0+45*day)))
	p.Set(Scope{}, append(builder.Sync(statuses()[:1], Store{}), builder.Tokens(tokens(), api())...))
	r := prometheus.NewRegistry()
	r.MustRegister(p)
	var out bytes.Buffer
	scrape(t, r, &out)
	if out.Len() > 100_000 {
		t.Errorf("a scrape of one repository has %d bytes, want at most 100,000", out.Len())
	}
	t.Logf("%d series, %d bytes", seriesIn(out.Bytes()), out.Len())
}
