package mixin

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long something is waited for before the test fails.
const patience = 3 * time.Minute

// stack is what a user runs: the exporter, as its demo, and a Prometheus that
// scrapes it and evaluates the rules.
type stack struct {
	t          testing.TB
	dir        string
	exporter   string // the program
	prometheus string // its address
}

// newStack starts both. Prometheus has a history of some days, as if the
// exporter had been scraped all the time.
func newStack(t testing.TB) *stack {
	t.Helper()
	prometheus := tool(t, "prometheus")
	s := &stack{t: t, dir: t.TempDir()}
	s.exporter = filepath.Join(s.dir, "github-dev-exporter")
	if out, err := exec.Command("go", "build", "-o", s.exporter, "..").CombinedOutput(); err != nil {
		t.Fatalf("building the exporter: %v\n%s", err, out)
	}
	s.backfill()
	address, _ := s.demo("live")
	s.configure(address)
	s.prometheus = freeAddress(t)
	s.start("prometheus", exec.Command(prometheus,
		"--config.file="+s.path("prometheus.yml"), "--storage.tsdb.path="+s.path("data"), "--storage.tsdb.retention.time=1y",
		"--web.listen-address="+s.prometheus, "--query.timeout=30s"))
	s.await("prometheus is ready", func() bool { return s.status("http://"+s.prometheus+"/-/ready") == http.StatusOK })
	return s
}

func (s *stack) path(name string) string { return filepath.Join(s.dir, name) }

// demo starts the exporter's demo, waits until its first sync is complete and gives its address.
func (s *stack) demo(name string) (address string, stop func()) {
	s.t.Helper()
	address = freeAddress(s.t)
	stop = s.start(name, exec.Command(s.exporter, "demo", "--collector.milestones", "--web.listen-address="+address, "--mirror.path="+s.path("mirror-"+name)))
	s.await("the demo's first sync is complete", func() bool { return complete(s.get("http://" + address + "/metrics")) })
	return address, stop
}

// complete reports whether the first sync of every repository is.
func complete(exposition string) bool {
	known, done := 0, 0
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(line, "github_dev_sync_complete{") {
			known++
			done += strings.Count(line, "} 1\n")
		}
	}
	return known > 0 && done == known
}

// instants are those of the backfilled history: twice a day, as far back as
// rules sum up, and in some minutes so long ago as records look back.
func instants(now time.Time) (out []time.Time) {
	for _, days := range []int{90, 30} {
		for minutes := 0; minutes < 16; minutes += 4 {
			out = append(out, now.AddDate(0, 0, -days).Add(time.Duration(minutes)*time.Minute))
		}
	}
	for hours := 9 * 24; hours >= 0; hours -= 12 {
		out = append(out, now.Add(-time.Duration(hours)*time.Hour-time.Minute))
	}
	return out
}

// backfill gives Prometheus the figures of the days before, as the exporter
// knows them from the mirror.
func (s *stack) backfill() {
	s.t.Helper()
	_, stop := s.demo("history")
	s.keepConfig()
	stop() // the mirror is its own until then
	s.blocks()
}

// keepConfig keeps the demo's configuration, which goes with the demo.
func (s *stack) keepConfig() {
	s.t.Helper()
	text, err := os.ReadFile(s.path("history.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "Its configuration is in ")
	file, _, _ := strings.Cut(after, "\n")
	config, err := os.ReadFile(strings.TrimSuffix(file, "."))
	if !found || err != nil {
		s.t.Fatalf("the demo does not say where its configuration is: %v\n%s", err, text)
	}
	write(s.t, s.path("demo.yml"), string(config))
}

// blocks writes blocks of Prometheus's store.
func (s *stack) blocks() {
	s.t.Helper()
	file, err := os.Create(s.path("history.om"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	for _, at := range instants(time.Now()) {
		cmd := exec.Command(s.exporter, "metrics", "--config="+s.path("demo.yml"), "--mirror.path="+s.path("mirror-history"), "--at="+at.UTC().Format(time.RFC3339))
		cmd.Env = append(os.Environ(), "DEMO_TOKEN=demo", "RELEASE_TOKEN=demo")
		out, err := cmd.Output()
		if err != nil {
			s.t.Fatalf("the figures as of %s: %v\n%s", at, err, err.(*exec.ExitError).Stderr)
		}
		openMetrics(w, string(out), at)
	}
	fmt.Fprintln(w, "# EOF")
	if err := w.Flush(); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(tool(s.t, "promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", s.path("history.om"), s.path("data")).CombinedOutput(); err != nil {
		s.t.Fatalf("writing blocks: %v\n%s", err, out)
	}
}

// job and instance are the labels of the exporter as a target.
const targetLabels = `instance="demo",job="github-dev-exporter"`

// Prometheus writes the bounds of buckets as floats, whatever it reads.
var wholeBound = regexp.MustCompile(`le="(\d+)"`)

// openMetrics writes samples as of an instant, with the labels of the target.
func openMetrics(w io.Writer, text string, at time.Time) {
	for line := range strings.Lines(text) {
		line = wholeBound.ReplaceAllString(strings.TrimSpace(line), `le="$1.0"`)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cut := strings.LastIndexByte(line, ' ')
		series, value := line[:cut], line[cut+1:]
		if inner, ok := strings.CutSuffix(series, "}"); ok {
			series = inner + "," + targetLabels + "}"
		} else {
			series += "{" + targetLabels + "}"
		}
		fmt.Fprintf(w, "%s %s %d\n", series, value, at.Unix())
	}
}

// configure writes Prometheus's configuration. Everything happens every other second.
func (s *stack) configure(target string) {
	s.t.Helper()
	files := render(s.t, mixin+` + { _config+:: { ruleInterval: "2s" } }`)
	write(s.t, s.path("recording.yaml"), files[recordingFile])
	write(s.t, s.path("alerts.yaml"), files[alertsFile])
	write(s.t, s.path("prometheus.yml"), fmt.Sprintf(`
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
rule_files: [recording.yaml, alerts.yaml]
scrape_configs:
  - job_name: github-dev-exporter
    honor_labels: true
    static_configs: [{targets: [%q], labels: {instance: demo}}]
`, target))
}

// start runs a program until the test ends, or until it is stopped.
func (s *stack) start(name string, cmd *exec.Cmd) (stop func()) {
	s.t.Helper()
	out := s.output(name)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it may tell that it was interrupted
	})
	s.t.Cleanup(func() {
		stop()
		if text, err := os.ReadFile(out.Name()); s.t.Failed() && err == nil {
			s.t.Logf("%s wrote:\n%s", name, text[max(0, len(text)-4000):])
		}
	})
	return stop
}

// output is the file for what a program writes.
func (s *stack) output(name string) *os.File {
	s.t.Helper()
	file, err := os.Create(s.path(name + ".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { file.Close() })
	return file
}

func (s *stack) await(what string, done func() bool) {
	s.t.Helper()
	for began := time.Now(); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Since(began) > patience {
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (s *stack) get(url string) string {
	resp, err := client.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

func (s *stack) status(url string) int {
	resp, err := client.Get(url)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

var client = &http.Client{Timeout: time.Minute}

// api asks Prometheus's API and decodes what it gives.
func (s *stack) api(path string, params url.Values, data any) error {
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	text := s.get("http://" + s.prometheus + "/api/v1/" + path + "?" + params.Encode())
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return fmt.Errorf("%w: %q", err, text)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s", answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

// answer is what a query gives.
type answer struct {
	Result []struct {
		Metric map[string]string
		Values [][2]any // of a query over a range of time
	}
}

// series gives how many series an expression has now.
func (s *stack) series(expr string) (int, error) {
	var a answer
	err := s.api("query", url.Values{"query": {expr}}, &a)
	return len(a.Result), err
}

// seriesOverTime gives how many it has had in two days.
func (s *stack) seriesOverTime(expr string) (int, error) {
	var a answer
	end := time.Now()
	err := s.api("query_range", url.Values{
		"query": {expr}, "step": {"3600"},
		"start": {end.AddDate(0, 0, -2).Format(time.RFC3339)}, "end": {end.Format(time.RFC3339)},
	}, &a)
	return len(a.Result), err
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
