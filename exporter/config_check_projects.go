package exporter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func (c *checker) projects(cfg *Config) {
	if len(cfg.Projects) == 0 {
		c.bad("projects", "is empty; list at least one: {mine: {repositories: [owner/repo]}}")
	}
	owners := map[string]string{} // repository → the key that listed it first
	for _, p := range cfg.Projects {
		key := join("projects", p.Name)
		c.name(key, "project", p.Name)
		c.repositories(key, p, owners)
		c.patterns(key+".labels", p.Labels, "label")
		c.patterns(key+".bots", p.Bots, "login")
		c.patterns(key+".workflows", p.Workflows, "workflow file")
		c.environments(key, p)
		c.deployments(key, p)
		c.incidents(key, p)
		c.states(key, p)
		c.events(key, p, cfg.Mirror.CommentBodies)
		if p.IncidentWindow <= 0 {
			c.bad(key+".incident_window", "is %s; write a positive duration such as 72h", p.IncidentWindow)
		}
	}
}

// An owner is a login; enterprise-managed users have an underscore in it.
var (
	ownerName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$`)
	repoName  = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

func isGlob(s string) bool { return strings.ContainsAny(s, `*?[\`) }

func (c *checker) repositories(key string, p ProjectConfig, owners map[string]string) {
	if len(p.Repositories) == 0 {
		c.bad(key+".repositories", "is empty; list OWNER/REPO or OWNER/*")
	}
	for i, full := range p.Repositories {
		at := fmt.Sprintf("%s.repositories[%d]", key, i)
		owner, name, ok := strings.Cut(full, "/")
		switch {
		case full == "":
			c.bad(at, "is empty; write OWNER/REPO")
		case !ok || strings.Contains(name, "/") || name == "":
			c.bad(at, "%q is no repository; write OWNER/REPO", full)
		case !ownerName.MatchString(owner):
			c.bad(at, "%q has no owner that can be listed; write the owner's login before the /, without patterns", full)
		case isGlob(name):
			c.glob(at, full)
		case !repoName.MatchString(name) || name == "." || name == "..":
			c.bad(at, "%q is no repository; a name has letters, digits, -, _ and . only", full)
		default:
			c.unique(at, full, owners)
		}
	}
	for i, full := range p.Exclude {
		at := fmt.Sprintf("%s.exclude[%d]", key, i)
		if strings.Count(full, "/") != 1 {
			c.bad(at, "%q is no repository; write OWNER/REPO or OWNER/GLOB", full)
			continue
		}
		c.glob(at, full)
	}
}

// unique notes a repository that was listed before: names are compared as
// GitHub does, without case.
func (c *checker) unique(at, full string, owners map[string]string) {
	k := strings.ToLower(full)
	first, twice := owners[k]
	if !twice {
		owners[k] = at
		return
	}
	p := c.doc.places.of(first)
	c.bad(at, "%s is listed in %s (line %d) already; a repository belongs to one project: remove one", full, first, p.line)
}

// patterns checks names, globs and re: expressions as derive matches them.
func (c *checker) patterns(key string, patterns []string, what string) {
	for i, p := range patterns {
		c.pattern(fmt.Sprintf("%s[%d]", key, i), p, what)
	}
}

func (c *checker) pattern(key, pattern, what string) {
	if pattern == "" {
		c.bad(key, "is empty; name a %s or remove it", what)
	} else if err := derive.CheckPattern(pattern); err != nil {
		c.bad(key, "%v; write a name, a glob with * and ?, or re: and a regular expression", err)
	}
}

func (c *checker) environments(key string, p ProjectConfig) {
	if len(p.Environments) == 0 {
		c.bad(key+".environments", "is empty; name at least one: {production: [production, prod]}")
	}
	if n := len(p.Environments); n > derive.MaxEnvironments {
		c.bad(key+".environments", "has %d environments; name at most %d, a glob may stand for many of GitHub's", n, derive.MaxEnvironments)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Environments)) {
		at := join(key+".environments", name)
		c.name(at, "environment", name)
		if len(p.Environments[name]) == 0 {
			c.bad(at, "is empty; list the names that GitHub's deployments use")
		}
		c.patterns(at, p.Environments[name], "environment")
	}
}

// sourceKeys are the keys of a deployment's or an incident's source besides source.
type sourceKeys map[string][]string

var (
	deploymentKeys = sourceKeys{
		"deployments": {}, "events": {},
		"workflow": {"workflow", "environment"}, "releases": {"environment"},
		"tags": {"match", "environment"}, "merges": {"branch", "environment"},
	}
	incidentKeys = sourceKeys{"issues": {"labels", "severity"}, "reverts": {}, "alertmanager": {}, "events": {}}
)

// belong checks that only keys of the source are set.
func (c *checker) belong(at, source string, keys sourceKeys, set map[string]bool) {
	allowed, known := keys[source]
	if !known {
		if source == "" {
			c.bad(at+".source", "is missing; write one of %s", strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
		}
		return
	}
	for _, k := range slices.Sorted(maps.Keys(set)) {
		if set[k] && !slices.Contains(allowed, k) {
			c.bad(join(at, k), "means nothing for source %s; remove it", source)
		}
	}
}

func (c *checker) deployments(key string, p ProjectConfig) {
	for i, d := range p.Deployments {
		at := fmt.Sprintf("%s.deployments[%d]", key, i)
		c.belong(at, d.Source, deploymentKeys, map[string]bool{
			"workflow": d.Workflow != "", "environment": d.Environment != "", "match": d.Match != "", "branch": d.Branch != "",
		})
		if d.Source == "workflow" && d.Workflow == "" {
			c.bad(at+".workflow", "is missing; name the workflow's file, such as deploy.yml")
		}
		if _, ok := p.Environments[d.Environment]; d.Environment != "" && !ok {
			c.bad(at+".environment", "%q is none of %s.environments; name one of them", d.Environment, key)
		}
		if d.Match != "" {
			c.regexp(at+".match", d.Match)
		}
	}
}

func (c *checker) incidents(key string, p ProjectConfig) {
	for i, in := range p.Incidents {
		at := fmt.Sprintf("%s.incidents[%d]", key, i)
		c.belong(at, in.Source, incidentKeys, map[string]bool{"labels": len(in.Labels) > 0, "severity": in.Severity != ""})
		if in.Source == "issues" && len(in.Labels) == 0 {
			c.bad(at+".labels", "is missing; list the labels that make an issue an incident")
		}
		c.patterns(at+".labels", in.Labels, "label")
		if in.Severity != "" {
			c.pattern(at+".severity", in.Severity, "label")
		}
	}
}

// pushed checks who may push what.
func (c *checker) pushed(cfg *Config) {
	if cfg.Webhook != nil {
		if len(cfg.Webhook.SecretFiles) == 0 {
			c.bad("webhook.secret_files", "is empty; name a file that holds the webhook's secret")
		}
		for i, file := range cfg.Webhook.SecretFiles {
			c.secretFile(fmt.Sprintf("webhook.secret_files[%d]", i), file)
		}
	}
	if cfg.Events == nil {
		return
	}
	if len(cfg.Events.Tokens) == 0 {
		c.bad("events.tokens", "is empty; list a token, or remove events")
	}
	names := map[string]bool{}
	for i, t := range cfg.Events.Tokens {
		at := fmt.Sprintf("events.tokens[%d]", i)
		c.name(at+".name", "token", t.Name)
		if names[t.Name] {
			c.bad(at+".name", "%q is the name of another token too; give each its own", t.Name)
		}
		names[t.Name] = true
		c.secretFile(at+".token_file", t.TokenFile)
		if len(t.Projects) == 0 {
			c.bad(at+".projects", "is empty; list the projects it may push to")
		}
		for j, name := range t.Projects {
			if !slices.ContainsFunc(cfg.Projects, func(p ProjectConfig) bool { return p.Name == name }) {
				c.bad(fmt.Sprintf("%s.projects[%d]", at, j), "%q is none of projects; name one of them", name)
			}
		}
	}
}

func (c *checker) secretFile(key, file string) {
	if c.env.Offline {
		return
	}
	text, ok := c.readable(key, file)
	if ok && strings.TrimSpace(string(text)) == "" {
		c.bad(key, "the file %s is empty; put the secret into it", file)
	}
}
