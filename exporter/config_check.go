package exporter

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Environment is what the configuration is checked against besides itself.
type Environment struct {
	// Getenv reads an environment variable; nil is os.LookupEnv.
	Getenv func(string) (string, bool)
	// Offline leaves the tokens unchecked, for commands that send nothing.
	Offline bool
	// Partly lets tokens that cannot be read pass with a warning while another
	// can: what it reads goes on, and they may come.
	Partly bool
}

// Valid is a configuration in which nothing is wrong. Only Validate makes one.
type Valid struct {
	config   Config
	warnings Problems
	getenv   func(string) (string, bool)
}

// Config gives the configuration with its defaults filled in.
func (v Valid) Config() Config { return v.config }

// Warnings are what this version does not act on, a line each.
func (v Valid) Warnings() Problems { return v.warnings }

// Validate checks the whole configuration. The error is Problems: everything
// that is wrong, with file, line and column.
func (doc *Document) Validate(env Environment) (Valid, error) {
	if env.Getenv == nil {
		env.Getenv = os.LookupEnv
	}
	c := &checker{doc: doc, env: env, problems: slices.Clone(doc.problems)}
	if len(doc.problems) == 0 || len(doc.places) > 0 { // else it is not even YAML
		c.config(&doc.Config)
	}
	if len(c.problems) > 0 {
		return Valid{}, c.problems.sorted()
	}
	for _, key := range doc.soon {
		c.warn(key.path, "is checked but not acted on: this version does not have "+key.what+" yet")
	}
	return Valid{doc.Config, c.warnings.sorted(), env.Getenv}, nil
}

// checker collects what is wrong in a configuration that was read.
type checker struct {
	doc                *Document
	env                Environment
	problems, warnings Problems
	unreadable         []finding // of tokens
}

// finding is a problem whose weight is not known yet.
type finding struct{ key, text string }

func (c *checker) at(path, text string) Problem {
	p := c.doc.places.of(path)
	return Problem{c.doc.file, p.line, p.column, path, text}
}

// bad notes a problem, unless reading the key, or one below it, failed
// already: what is missing then was meant to be there.
func (c *checker) bad(path, format string, args ...any) {
	for _, p := range c.doc.problems {
		rest, below := strings.CutPrefix(p.Key, path)
		if below && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return
		}
	}
	c.problems = append(c.problems, c.at(path, fmt.Sprintf(format, args...)))
}

func (c *checker) warn(path, text string) { c.warnings = append(c.warnings, c.at(path, text)) }

func (c *checker) config(cfg *Config) {
	c.github(&cfg.GitHub)
	c.mirror(&cfg.Mirror)
	c.projects(cfg)
	c.windows(cfg.Windows)
	c.quantiles(cfg.Quantiles)
	if cfg.SeriesLimit < 1 {
		c.bad("series_limit", "is %d; write a number of 1 or more", cfg.SeriesLimit)
	}
	c.intervals(cfg.Intervals)
	c.pushed(cfg)
}

func (c *checker) github(g *GitHubConfig) {
	api := c.url("github.api_url", g.APIURL)
	if g.GraphQLURL != "" {
		c.url("github.graphql_url", g.GraphQLURL)
	} else if api != nil {
		g.GraphQLURL = graphQLURL(api)
	}
	c.tokens(g.Tokens)
	for _, f := range []struct{ key, file string }{
		{"tls_config.ca_file", g.HTTP.Client.TLSConfig.CAFile},
		{"tls_config.cert_file", g.HTTP.Client.TLSConfig.CertFile},
		{"tls_config.key_file", g.HTTP.Client.TLSConfig.KeyFile},
	} {
		if f.file != "" {
			c.readable("github.http_config."+f.key, f.file)
		}
	}
}

// url checks an address and completes it to end in a slash.
func (c *checker) url(key, text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		c.bad(key, "is no address; write one such as %s", publicAPIURL)
		return nil
	case u.User != nil:
		c.bad(key, "holds a user or a password; list tokens in github.tokens")
		return nil
	case u.RawQuery != "" || u.Fragment != "":
		c.bad(key, "has a ? or a # part; write the address without it")
		return nil
	}
	return u
}

// graphQLURL is where the GraphQL API is beside a REST API.
// https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql
func graphQLURL(api *url.URL) string {
	u := *api
	root := strings.TrimSuffix(u.Path, "/")
	if before, ok := strings.CutSuffix(root, "/v3"); ok {
		root = before
	}
	u.Path = root + "/graphql"
	return u.String()
}

func (c *checker) mirror(m *MirrorConfig) {
	if m.Path == "" {
		c.bad("mirror.path", "is empty; name a directory")
	}
	if m.EncryptionKeyFile == "" {
		return
	}
	const path = "mirror.encryption_key_file"
	key, ok := c.readable(path, m.EncryptionKeyFile)
	if n := len(trimKey(key)); ok && n != 16 && n != 24 && n != 32 {
		c.bad(path, "holds a key of %d bytes; it must have 16, 24 or 32", n)
	}
}

// trimKey takes the line's end off a key.
func trimKey(key []byte) []byte {
	return []byte(strings.TrimRight(string(key), "\r\n"))
}

// readable reads a file, or tells why it cannot be.
func (c *checker) readable(key, file string) ([]byte, bool) {
	if file == "" {
		c.bad(key, "is missing; name a file")
		return nil, false
	}
	text, problem := readText(file)
	if problem != "" {
		c.bad(key, "%s", problem)
	}
	return text, problem == ""
}

// readText reads a file, or tells what is wrong with it.
func readText(file string) (text []byte, problem string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Sprintf("cannot be read (%v); name a file that this user may read", err)
	}
	return text, ""
}

const maxWindow = 3660 * day

func (c *checker) windows(windows []Duration) {
	if len(windows) == 0 || len(windows) > 10 {
		c.bad("windows", "has %d entries; list 1 to 10, such as [30d]", len(windows))
	}
	for i, w := range windows {
		key := fmt.Sprintf("windows[%d]", i)
		switch d := time.Duration(w); {
		case d%day != 0 || d < day || d > maxWindow:
			c.bad(key, "is %s; write whole days, 1d to %dd", w, maxWindow/day)
		case slices.Index(windows, w) < i:
			c.bad(key, "is listed twice; remove one")
		}
	}
}

func (c *checker) quantiles(quantiles []float64) {
	if len(quantiles) == 0 || len(quantiles) > 10 {
		c.bad("quantiles", "has %d entries; list 1 to 10, such as [0.5, 0.9]", len(quantiles))
	}
	for i, q := range quantiles {
		key := fmt.Sprintf("quantiles[%d]", i)
		switch {
		case !(q >= 0 && q <= 1): // NaN is neither
			c.bad(key, "is %v; write a number from 0 to 1, such as 0.5 for the median", q)
		case slices.Index(quantiles, q) < i:
			c.bad(key, "is listed twice; remove one")
		}
	}
}

func (c *checker) intervals(in IntervalsConfig) {
	for _, i := range []struct {
		key string
		d   Duration
	}{
		{"probe", in.Probe},
		{"comments", in.Comments},
		{"workflow_runs", in.WorkflowRuns},
		{"sweep", in.Sweep},
		{"rate_limits", in.RateLimits},
	} {
		if d := time.Duration(i.d); d < time.Second || d > 366*day {
			c.bad("intervals."+i.key, "is %s; write 1s to 366d", i.d)
		}
	}
}

// name checks what becomes the value of a label.
func (c *checker) name(key, what, name string) {
	switch {
	case name == "":
		c.bad(key, "is empty; give the %s a name", what)
	case len(name) > 100:
		c.bad(key, "is longer than 100 bytes; shorten it")
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		c.bad(key, "begins or ends with a space or has a character that cannot be seen; remove it")
	}
}

// glob checks a pattern of repositories' names.
func (c *checker) glob(key, pattern string) {
	if _, err := path.Match(pattern, ""); err != nil {
		c.bad(key, "%q is no readable pattern; close its [ or write \\[ for a bracket", pattern)
	}
}

// regexp checks a regular expression.
func (c *checker) regexp(key, pattern string) *regexp.Regexp {
	re, err := regexp.Compile(pattern)
	if err != nil {
		c.bad(key, "%s; see https://github.com/google/re2/wiki/Syntax", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}
