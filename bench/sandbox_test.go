package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// sandbox is a simulated GitHub, a configuration that reads it, and a mirror.
type sandbox struct {
	t      testing.TB
	github *githubtest.Server
	data   []*githubtest.Dataset
	dir    string
	mirror string // its directory below dir
	env    []string
}

// variable names the environment variable that holds a token.
func variable(token githubtest.Token) string {
	return strings.ToUpper(strings.ReplaceAll(token.Token, "-", "_"))
}

// setup says what a sandbox shows and reads.
type setup struct {
	data         []githubtest.GenerateOptions
	repositories string             // of the one project; "" names each of them
	intervals    string             // a YAML mapping; "" for the defaults
	unlimited    bool               // more than an hour's budget may be spent
	tokens       []githubtest.Token // read from the environment; none: one, which any GitHub takes
	latency      time.Duration      // of every answer, at least
	clock        func() time.Time   // of GitHub; nil: the real one
}

func newSandbox(t testing.TB, s setup) *sandbox {
	t.Helper()
	var sets []*githubtest.Dataset
	var names []string
	for _, o := range s.data {
		set := githubtest.Generate(o)
		sets = append(sets, set)
		names = append(names, set.Repos[0].Owner+"/"+set.Repos[0].Name)
	}
	opts := githubtest.Options{Datasets: sets, Tokens: s.tokens, Latency: s.latency, Clock: s.clock}
	if s.unlimited {
		opts.CoreLimit, opts.GraphQLLimit = 1e6, 1e6
		opts.Secondary = githubtest.SecondaryLimits{RESTPerMinute: -1, GraphQLPerMinute: -1}
	}
	box := &sandbox{t: t, github: githubtest.New(opts), data: sets, dir: t.TempDir(), mirror: "mirror"}
	if err := box.github.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.github.Close(); err != nil {
			t.Error(err)
		}
	})
	if s.repositories == "" {
		s.repositories = strings.Join(names, ", ")
	}
	if len(s.tokens) == 0 {
		s.tokens = []githubtest.Token{{Token: "bench"}}
	}
	var tokens []string
	for _, token := range s.tokens {
		name := variable(token)
		tokens = append(tokens, fmt.Sprintf("{name: %q, token_env: %s}", token.Token, name))
		box.env = append(box.env, name+"="+token.Token)
	}
	config := fmt.Sprintf("github: {api_url: %q, tokens: [%s]}\n", box.github.APIURL(), strings.Join(tokens, ", ")) +
		fmt.Sprintf("projects: {bench: {repositories: [%q], labels: [\"kind/*\", \"priority/*\"]}}\n", s.repositories)
	if s.intervals != "" {
		config += "intervals: " + s.intervals + "\n"
	}
	if err := os.WriteFile(box.config(), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return box
}

// small gives so many repositories of acme with so many items each.
func small(repositories, items int) []githubtest.GenerateOptions {
	out := make([]githubtest.GenerateOptions, repositories)
	for i := range out {
		// Ids follow the time of creation: no two may be the same.
		start := time.Date(2022, 7, 1, i, 0, 0, 0, time.UTC)
		out[i] = githubtest.GenerateOptions{
			Seed: uint64(i + 1), Name: fmt.Sprintf("repo-%03d", i), Start: start,
			Issues: items / 2, PullRequests: items - items/2, Bare: true,
		}
	}
	return out
}

func (b *sandbox) config() string { return filepath.Join(b.dir, "config.yml") }

// command prepares the program with the sandbox's configuration and mirror.
func (b *sandbox) command(args ...string) *exec.Cmd {
	b.t.Helper()
	file, err := binary()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(file, append([]string{"--config", b.config(), "--mirror.path", filepath.Join(b.dir, b.mirror)}, args...)...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), b.env...)
	return cmd
}

// pass is what one `sync` took and asked for.
type pass struct {
	spent
	took time.Duration
	cpu  time.Duration // of the program alone
}

// sync makes one full pass.
func (b *sandbox) sync() pass {
	b.t.Helper()
	cmd := b.command("sync", "--log.level=warn")
	b.github.ResetLog()
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("sync: %v\n%s", err, out)
	}
	took := time.Since(began)
	return pass{b.spent(), took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// upToDate makes passes until another one has nothing to read, and gives the first.
func (b *sandbox) upToDate() pass {
	b.t.Helper()
	first := b.sync()
	b.sync() // what is read again after a first sync
	return first
}
