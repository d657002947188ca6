package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestMain lets the test binary be the program: for testscript, and for tests
// that kill it.
func TestMain(m *testing.M) {
	childIfAsked()
	testscript.Main(m, map[string]func(){programName: func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := Main(ctx, os.Args[1:], Process{Stdout: os.Stdout, Stderr: os.Stderr, Mixin: os.DirFS(os.Getenv("CHECKOUT"))})
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs the stories in testdata/script, each of which has a
// simulated GitHub of its own. Beside testscript's commands they have:
//
//	github start|revoke|restore|delete ID|break|mend|at TIME
//	get [-post] [-until TEXT] [-status N] PATH
//	waitfile FILE TEXT
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"github": scriptGitHub, "get": scriptGet, "waitfile": scriptWaitFile,
		},
	})
}

// scriptWorld is what a story's commands share.
type scriptWorld struct {
	github *githubtest.Server
	clock  atomic.Int64 // Unix seconds at which GitHub is shown; 0: the real time
	mend   func()
}

type worldKey struct{}

func world(ts *testscript.TestScript) *scriptWorld { return ts.Value(worldKey{}).(*scriptWorld) }

// scriptDatasets are made once and only read: acme/api and acme/web, with half
// a year of life in 2024.
var scriptDatasets = sync.OnceValue(func() []*githubtest.Dataset {
	start := time.Date(2024, 1, 8, 8, 0, 0, 0, time.UTC)
	var out []*githubtest.Dataset
	for i, name := range []string{"api", "web"} {
		out = append(out, githubtest.Generate(githubtest.GenerateOptions{
			Seed: uint64(7 + i), Owner: "acme", Name: name, Start: start, End: start.AddDate(0, 6, 0),
			Issues: 40, PullRequests: 60, Bare: true,
		}))
	}
	return out
})

func setUpScript(env *testscript.Env) error {
	w := &scriptWorld{}
	w.github = githubtest.New(githubtest.Options{
		Datasets: freshDatasets(),
		Clock: func() time.Time {
			if at := w.clock.Load(); at != 0 {
				return time.Unix(at, 0)
			}
			return time.Now()
		},
		Tokens: []githubtest.Token{{Token: "good-token", Login: "octocat"}},
	})
	if err := w.github.Start("127.0.0.1:0"); err != nil {
		return err
	}
	env.Defer(func() { _ = w.github.Close() })
	address, err := freeAddress()
	if err != nil {
		return err
	}
	env.Values[worldKey{}] = w
	env.Setenv("GITHUB_TOKEN", "good-token")
	env.Setenv("API", w.github.APIURL())
	env.Setenv("ADDR", address)
	checkout, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	env.Setenv("CHECKOUT", checkout)
	for file, project := range map[string]string{
		"config.yml": "repositories: [acme/api, acme/web]",
		"shop.yml":   "repositories: [acme/shop], incidents: [{source: issues, labels: [incident], severity: \"severity/*\"}, {source: reverts}]",
	} {
		text := fmt.Sprintf("github: {api_url: %q}\nprojects: {team: {%s}}\nintervals: {probe: 1s, rate_limits: 1s}\n", w.github.APIURL(), project)
		if err := os.WriteFile(filepath.Join(env.Cd, file), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// shop is a repository whose deployments can be followed by hand.
var shop = sync.OnceValue(func() *githubtest.Dataset {
	s := newDoraStory("shop", 9)
	root := s.tip
	s.change(h(1)) // #1
	s.live(h(2))
	bad := s.change(h(3)) // #2
	s.live(h(4))
	s.change(h(5)) // #3
	s.deploys("production", s.tip, status(h(5)+600, "failure"), status(h(6), "success"))
	in := s.incident(h(7)).labeled(h(7), "severity/1").tells(h(8), "root cause: "+bad.PR.MergeOID) // #4
	s.reverting(h(9), bad).closes(in)                                                              // #5
	s.live(h(10))
	in.closed(h(10)+900, "completed")
	s.live(h(11), root)
	s.live(h(12), strings.Repeat("0f", 20))
	s.aside(h(13), root) // #6
	s.change(h(14))      // #7
	s.pull("bob", h(15)) // #8
	s.deploys("preview", s.tip, status(h(16), "success"))
	s.Index()
	return &githubtest.Dataset{Repos: []*githubtest.Repo{s.Repo}}
})

// freshDatasets copies the datasets, since stories change their repositories.
func freshDatasets() []*githubtest.Dataset {
	var out []*githubtest.Dataset
	for _, d := range append(slices.Clone(scriptDatasets()), shop()) {
		copied := *d.Repos[0]
		out = append(out, &githubtest.Dataset{Repos: []*githubtest.Repo{&copied}})
	}
	return out
}

// nextPort counts upwards so that no two stories get one port; it begins where
// no system takes the ports of outgoing connections from.
var nextPort atomic.Int64

// freeAddress is one that nothing listened on a moment ago.
func freeAddress() (string, error) {
	nextPort.CompareAndSwap(0, int64(11000+os.Getpid()%15000))
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(nextPort.Add(1), 10))
		if l, err := net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", errors.New("no port is free")
}

// scriptGitHub changes the simulated GitHub.
func scriptGitHub(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	switch args[0] {
	case "revoke":
		w.github.SetTokens([]githubtest.Token{{Token: "another-token", Login: "octocat"}})
	case "restore":
		w.github.SetTokens([]githubtest.Token{{Token: "good-token", Login: "octocat"}})
	case "delete":
		for _, d := range scriptDatasets() {
			if d.Repos[0].Name == args[1] {
				ts.Check(w.github.DeleteRepository(d.Repos[0].ID))
			}
		}
	case "break":
		w.mend = w.github.AddFault(githubtest.Fault{Kind: githubtest.FaultTruncated, GraphQL: args[1]})
	case "mend":
		w.mend()
	case "at":
		at, err := time.Parse(time.RFC3339, args[1])
		ts.Check(err)
		w.clock.Store(at.Unix())
	default:
		ts.Fatalf("github %s: no such command", args[0])
	}
}

const scriptPatience = 30 * time.Second

// scriptGet asks the exporter until its answer is as wanted, and leaves it in
// the file got.
func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	method, until, status, path := http.MethodGet, "", http.StatusOK, ""
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-post":
			method = http.MethodPost
		case "-until":
			i++
			until = args[i]
		case "-status":
			i++
			n, err := strconv.Atoi(args[i])
			ts.Check(err)
			status = n
		default:
			path = args[i]
		}
	}
	var last string
	err := eventually(func() error {
		code, body, err := ask(method, "http://"+ts.Getenv("ADDR")+path)
		last = body
		switch {
		case err != nil:
			return err
		case code != status:
			return fmt.Errorf("status %d, not %d: %s", code, status, body)
		case strings.Contains(body, until) == neg && until != "":
			return fmt.Errorf("%q: wanted %v", until, !neg)
		}
		return nil
	})
	if err != nil {
		ts.Fatalf("%s %s: %v\n%s", method, path, err, last)
	}
	ts.Check(os.WriteFile(ts.MkAbs("got"), []byte(last), 0o600))
}

func ask(method, url string) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Close = true
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// scriptWaitFile waits until a file holds a text.
func scriptWaitFile(ts *testscript.TestScript, _ bool, args []string) {
	err := eventually(func() error {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && !strings.Contains(string(text), args[1]) {
			err = fmt.Errorf("no %q in\n%s", args[1], text)
		}
		return err
	})
	ts.Check(err)
}

var errPatience = errors.New("not in time")

// eventually tries until there is no error.
func eventually(try func() error) error {
	deadline := time.Now().Add(scriptPatience)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(errPatience, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
