package bench

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// prometheus asks as a Prometheus server does that was configured no further.
var prometheus = http.Header{
	"Accept": {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
		"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"},
	"Accept-Encoding": {"gzip"},
}

// client keeps its connection between scrapes and leaves bodies as they are.
var client = &http.Client{
	Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 2},
	Timeout:   patience,
}

// scrape is an answer of /metrics.
type scrape struct {
	took time.Duration // from the request to the last byte
	wire int           // bytes that were sent
	text string
}

// scrape asks for the figures once.
func (p *process) scrape() scrape {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+p.address+"/metrics", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header = prometheus
	began := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("a scrape was answered with %d, %v", resp.StatusCode, err)
	}
	text := body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		text = p.unpack(body)
	}
	return scrape{took: took, wire: len(body), text: string(text)}
}

func (p *process) unpack(body []byte) []byte {
	p.t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// series counts the samples in a scrape.
func (s scrape) series() (n int) {
	for line := range strings.Lines(s.text) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}

// delivery begins the names of the families of changes, deployments, workflows
// and states, and of their twins.
var delivery = regexp.MustCompile(`^github_dev_(?:project_)?(?:change|deployment|incident|dora|workflow|merge_queue|state|event|pull_request_events|milestone)`)

// sizes gives how many bytes the families of items and of the exporter itself
// have, which the limit is of, and how many those of delivery.
func (s scrape) sizes() (items, delivered int) {
	for line := range strings.Lines(s.text) {
		name := line
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == "#" {
			name = fields[2]
		}
		if delivery.MatchString(name) {
			delivered += len(line)
		} else {
			items += len(line)
		}
	}
	return items, delivered
}

// repositories counts those whose series have appeared; a repository's appear
// all at once.
func (s scrape) repositories() (n int) {
	for line := range strings.Lines(s.text) {
		if strings.HasPrefix(line, "github_dev_issues{") && strings.Contains(line, `state="open"`) {
			n++
		}
	}
	return n
}

// complete scrapes until the figures of so many repositories are served, and
// tells how long after its start the program answered with the first of them.
func (p *process) complete(repositories int) (s scrape, after time.Duration) {
	p.t.Helper()
	for time.Since(p.started) < 5*patience {
		s = p.scrape()
		if after = time.Since(p.started); s.repositories() == repositories {
			return s, after
		}
		time.Sleep(5*time.Millisecond + after/100)
	}
	p.t.Fatalf("%d of %d repositories are served:\n%s", s.repositories(), repositories, p.log.text())
	return s, 0
}
