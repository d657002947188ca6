package exporter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTooManyEnvironments is what figures cannot number.
func TestTooManyEnvironments(t *testing.T) {
	list := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("e%d: [x]", i))
		}
		return "projects: {mine: {repositories: [o/r], deployments: [{source: deployments}], environments: {" + strings.Join(names, ", ") + "}}}\n"
	}
	for n, want := range map[int]string{
		255: "",
		256: "c.yml:1:78: projects.mine.environments: has 256 environments; name at most 255, a glob may stand for many of GitHub's",
	} {
		_, err := ParseConfig("c.yml", []byte(list(n))).Validate(Environment{Getenv: func(string) (string, bool) { return "x", true }})
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%d environments: %v, want %q", n, err, want)
		}
	}
}

// TestProblems holds each kind of bad input against the lines it yields.
func TestProblems(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty file", "", `c.yml:1:1: projects: is empty; list at least one: {mine: {repositories: [owner/repo]}}`},
		{"comment only", "# nothing\n", `c.yml:1:1: projects: is empty; list at least one: {mine: {repositories: [owner/repo]}}`},
		{"not YAML", "projects:\n  a: [\n", `c.yml:2:1: is not valid YAML: did not find expected node content; check the indentation and quotes here and in the line before`},
		{"a list", "- a\n", `c.yml:1:1: is a list where a mapping of github, mirror, projects, windows, quantiles, histograms, series_limit, intervals, webhook, events, alertmanager is wanted
c.yml:1:1: projects: is empty; list at least one: {mine: {repositories: [owner/repo]}}`},
		{"two documents", leastConfig + "---\na: b\n", `c.yml:2:1: a second document begins here; keep one configuration in a file`},
		{
			"unknown keys", leastConfig + "mirorr: {}\nfoo: 1\nmirror: {pth: x}\n",
			`c.yml:2:1: mirorr: is no key; did you mean mirror?
c.yml:3:1: foo: is no key; use one of github, mirror, projects, windows, quantiles, histograms, series_limit, intervals, webhook, events, alertmanager
c.yml:4:10: mirror.pth: is no key; did you mean path?`,
		},
		{"key twice", leastConfig + "windows: [7d]\nwindows: [30d]\n", `c.yml:3:1: windows: is given twice, first in line 2; remove one`},
		{"merge", leastConfig + "mirror:\n  <<: {path: x}\n", `c.yml:3:3: mirror: merging with << is not supported; write the keys out`},
		{
			"wrong types", "projects: {mine: {repositories: owner/repo, bots: {a: b}, labels: [1]}}\nwindows: 30d\nseries_limit: many\nquantiles: [x]\nmirror: data\ngithub: {tokens: [{name: 5, token_env: GITHUB_TOKEN, monitor_only: 1}]}",
			`c.yml:1:33: projects.mine.repositories: is text where a list ([a, b], or one - a line each) is wanted
c.yml:1:51: projects.mine.bots: is a mapping where a list ([a, b], or one - a line each) is wanted
c.yml:1:68: projects.mine.labels[0]: is a number where text (in quotes) is wanted
c.yml:2:10: windows: is text where a list ([a, b], or one - a line each) is wanted
c.yml:3:15: series_limit: is text where a whole number is wanted
c.yml:4:13: quantiles[0]: is text where a number is wanted
c.yml:5:9: mirror: is text where a mapping of path, comment_bodies, encryption_key_file is wanted
c.yml:6:26: github.tokens[0].name: is a number where text (in quotes) is wanted
c.yml:6:68: github.tokens[0].monitor_only: is a number where true or false is wanted`,
		},
		{
			"words", leastConfig + "histograms: sparse\nmirror: {comment_bodies: some}\n",
			`c.yml:2:13: histograms: "sparse" is none of classic, native, both; write one of them
c.yml:3:26: mirror.comment_bodies: "some" is none of none, commands, full; write one of them`,
		},
		{
			"repositories", `projects:
  a:
    repositories: [owner/repo, nonsense, "*/x", "https://github.com/o/r", "o/[", "o/a b", ""]
    exclude: [x, "o/["]
  b:
    repositories: [Owner/Repo]
  c: {repositories: []}
  d:
`,
			`c.yml:3:32: projects.a.repositories[1]: "nonsense" is no repository; write OWNER/REPO
c.yml:3:42: projects.a.repositories[2]: "*/x" has no owner that can be listed; write the owner's login before the /, without patterns
c.yml:3:49: projects.a.repositories[3]: "https://github.com/o/r" is no repository; write OWNER/REPO
c.yml:3:75: projects.a.repositories[4]: "o/[" is no readable pattern; close its [ or write \[ for a bracket
c.yml:3:82: projects.a.repositories[5]: "o/a b" is no repository; a name has letters, digits, -, _ and . only
c.yml:3:91: projects.a.repositories[6]: is empty; write OWNER/REPO
c.yml:4:15: projects.a.exclude[0]: "x" is no repository; write OWNER/REPO or OWNER/GLOB
c.yml:4:18: projects.a.exclude[1]: "o/[" is no readable pattern; close its [ or write \[ for a bracket
c.yml:6:20: projects.b.repositories[0]: Owner/Repo is listed in projects.a.repositories[0] (line 3) already; a repository belongs to one project: remove one
c.yml:7:7: projects.c.repositories: is empty; list OWNER/REPO or OWNER/*
c.yml:8:3: projects.d: is empty; give it keys or remove it`,
		},
		{
			"bots and labels", "projects: {mine: {repositories: [o/r], bots: [\"re:(\", \"*-bot\", ok], labels: [\"a[\", \"\"], workflows: [\"[\"]}}",
			`c.yml:1:47: projects.mine.bots[0]: bad pattern "re:(": error parsing regexp: missing closing ): ` + "`(`" + `; write a name, a glob with * and ?, or re: and a regular expression
c.yml:1:78: projects.mine.labels[0]: bad pattern "a[": a set is opened by [ and not closed; write a name, a glob with * and ?, or re: and a regular expression
c.yml:1:84: projects.mine.labels[1]: is empty; name a label or remove it
c.yml:1:101: projects.mine.workflows[0]: bad pattern "[": a set is opened by [ and not closed; write a name, a glob with * and ?, or re: and a regular expression`,
		},
		{
			"durations", leastConfig + "windows: [30d, 12h, 5x, 30d, 0d]\nintervals: {probe: 0s, sweep: fast}\n",
			`c.yml:2:16: windows[1]: is 12h; write whole days, 1d to 3660d
c.yml:2:21: windows[2]: is no duration; write a number and a unit: 90s, 5m, 72h, 30d
c.yml:2:25: windows[3]: is listed twice; remove one
c.yml:2:30: windows[4]: is 0s; write whole days, 1d to 3660d
c.yml:3:13: intervals.probe: is 0s; write 1s to 366d
c.yml:3:31: intervals.sweep: is no duration; write a number and a unit: 90s, 5m, 72h, 30d`,
		},
		{
			"quantiles", leastConfig + "quantiles: [0.5, 2, -0.1, .nan, 0.5]\nseries_limit: 0\n",
			`c.yml:2:18: quantiles[1]: is 2; write a number from 0 to 1, such as 0.5 for the median
c.yml:2:21: quantiles[2]: is -0.1; write a number from 0 to 1, such as 0.5 for the median
c.yml:2:27: quantiles[3]: is NaN; write a number from 0 to 1, such as 0.5 for the median
c.yml:2:33: quantiles[4]: is listed twice; remove one
c.yml:3:1: series_limit: is 0; write a number of 1 or more`,
		},
		{
			"none listed", leastConfig + "windows: []\nquantiles: []\ngithub: {tokens: []}\n",
			`c.yml:2:1: windows: has 0 entries; list 1 to 10, such as [30d]
c.yml:3:1: quantiles: has 0 entries; list 1 to 10, such as [0.5, 0.9]
c.yml:4:10: github.tokens: has no token that may be used; list one with token_file, token_env or app and without monitor_only`,
		},
		{
			"addresses", leastConfig + "github: {api_url: api.github.com, graphql_url: \"https://user:pass@host/graphql\"}\n",
			`c.yml:2:10: github.api_url: is no address; write one such as https://api.github.com/
c.yml:2:35: github.graphql_url: holds a user or a password; list tokens in github.tokens`,
		},
		{
			"http_config", leastConfig + `github:
  http_config:
    authorization: {credentials: hunter2}
    proxy: x
    tls_config: {insecure: true}
`,
			`c.yml:4:5: github.http_config.authorization: GitHub's credentials are not set here; list them in github.tokens
c.yml:5:5: github.http_config.proxy: is no key; see Prometheus's http_config
c.yml:6:18: github.http_config.tls_config.insecure: is no key; see Prometheus's http_config`,
		},
		{
			"http_config files", leastConfig + "github: {http_config: {ca_file: absent.pem}}\n",
			`c.yml:2:10: github.http_config.tls_config.ca_file: cannot be read (open absent.pem: no such file or directory); name a file that this user may read`,
		},
		{
			"tokens", leastConfig + `github:
  tokens:
    - {token_file: absent}
    - {name: default, token_env: NOT_SET}
    - {name: c, token_env: EMPTY}
    - {name: d, token_env: TWO_LINES}
    - {name: e, token_env: ghp_0123456789abcdef0123456789abcdef0123}
    - {name: f, token_env: GITHUB_TOKEN, token_file: x}
    - {name: g}
    - {name: "", token_env: GITHUB_TOKEN}
    - {name: h, token_file: github_pat_0123456789abcdef0123456789}
    - {name: i, token_env: "$TOKEN"}
    - {name: j, token: ghp_0123456789abcdef0123456789abcdef0123}
`,
			`c.yml:4:8: github.tokens[0].token_file: cannot be read (open absent: no such file or directory); name a file that this user may read
c.yml:5:8: github.tokens[1].name: "default" is the name of another token too; give each its own
c.yml:5:23: github.tokens[1].token_env: the environment variable NOT_SET is not set; set it to a token, or use token_file
c.yml:6:17: github.tokens[2].token_env: the environment variable EMPTY is empty; put a token into it
c.yml:7:17: github.tokens[3].token_env: the environment variable TWO_LINES holds more than a token; put one line with the token alone into it
c.yml:8:17: github.tokens[4].token_env: looks like a token itself; write the name of the environment variable that holds it, and revoke the token if others could read this file
c.yml:9:7: github.tokens[5]: has 2 sources; give it one of token_file, token_env and app
c.yml:10:7: github.tokens[6]: has 0 sources; give it one of token_file, token_env and app
c.yml:11:8: github.tokens[7].name: is empty; give the token a name
c.yml:12:17: github.tokens[8].token_file: looks like a token itself; write the name of the file that holds it, and revoke the token if others could read this file
c.yml:13:17: github.tokens[9].token_env: is no name of an environment variable; write one such as GITHUB_TOKEN
c.yml:14:17: github.tokens[10].token: is no key; use one of name, token_file, token_env, app, monitor_only`,
		},
		{
			"apps", leastConfig + `github:
  tokens:
    - {name: a, app: {private_key_file: absent}}
    - {name: b, app: {client_id: Iv1.x, app_id: 5, private_key_file: config_test.go}}
    - {name: c, app: {client_id: 0123456789abcdef0123456789abcdef01234567, private_key_file: "", installation: https://github.com/acme}}
    - {name: d, app: {client_id: "Iv 1", private_key_file: "-----BEGIN RSA PRIVATE KEY-----\n0123456789abcdef", installation: 5}}
    - {name: e, app: {app_id: -5}}
    - {name: a/acme, token_env: GITHUB_TOKEN}
    - {name: ghp_0123456789abcdef0123456789abcdef0123, token_env: GITHUB_TOKEN}
`,
			`c.yml:4:17: github.tokens[0].app: needs one of client_id and app_id; give it one
c.yml:4:23: github.tokens[0].app.private_key_file: cannot be read (open absent: no such file or directory); name a file that this user may read
c.yml:5:17: github.tokens[1].app: needs one of client_id and app_id; give it one
c.yml:5:52: github.tokens[1].app.private_key_file: the file config_test.go cannot be used: it is no PEM file: want the private key that GitHub gave for download
c.yml:6:23: github.tokens[2].app.client_id: looks like a client secret; write the client id, which begins with Iv, and revoke the secret if others could read this file
c.yml:6:76: github.tokens[2].app.private_key_file: is missing; name a file
c.yml:6:98: github.tokens[2].app.installation: is no account; write the login of a user or an organisation alone, such as kubernetes
c.yml:7:23: github.tokens[3].app.client_id: is no client id; copy it from the App's page, where it begins with Iv
c.yml:7:42: github.tokens[3].app.private_key_file: is the key itself; write the name of the file that holds it, and revoke the key if others could read this file
c.yml:7:127: github.tokens[3].app.installation: is a number where text (in quotes) is wanted
c.yml:8:17: github.tokens[4].app.private_key_file: is missing; name a file
c.yml:8:23: github.tokens[4].app.app_id: is negative; copy it from the App's page
c.yml:9:8: github.tokens[5].name: "a/acme" is what an installation of the App a may be called; choose another name
c.yml:10:8: github.tokens[6].name: looks like a token itself; write a word that may be read by all, and revoke the token if others could read this file`,
		},
		{
			"app that is only watched", leastConfig + "github: {tokens: [{app: {app_id: 5, private_key_file: absent}, monitor_only: true}]}\n",
			`c.yml:2:10: github.tokens: has no token that may be used; list one with token_file, token_env or app and without monitor_only
c.yml:2:37: github.tokens[0].app.private_key_file: cannot be read (open absent: no such file or directory); name a file that this user may read`,
		},
		{
			"deployments and incidents", `projects:
  mine:
    repositories: [o/r]
    environments: {production: [], "": [x]}
    deployments: [{source: ftp}, {}, {source: workflow, match: x}, {source: tags, match: "(", environment: qa}]
    incidents: [{source: issues}, {source: reverts, labels: [x]}]
    incident_window: 0s
`,
			`c.yml:4:20: projects.mine.environments.production: is empty; list the names that GitHub's deployments use
c.yml:4:36: projects.mine.environments.: is empty; give the environment a name
c.yml:5:28: projects.mine.deployments[0].source: "ftp" is none of deployments, workflow, releases, tags, merges, events; write one of them
c.yml:5:34: projects.mine.deployments[1].source: is missing; write one of deployments, events, merges, releases, tags, workflow
c.yml:5:38: projects.mine.deployments[2].workflow: is missing; name the workflow's file, such as deploy.yml
c.yml:5:57: projects.mine.deployments[2].match: means nothing for source workflow; remove it
c.yml:5:83: projects.mine.deployments[3].match: missing closing ): ` + "`(`" + `; see https://github.com/google/re2/wiki/Syntax
c.yml:5:95: projects.mine.deployments[3].environment: "qa" is none of projects.mine.environments; name one of them
c.yml:6:17: projects.mine.incidents[0].labels: is missing; list the labels that make an issue an incident
c.yml:6:53: projects.mine.incidents[1].labels: means nothing for source reverts; remove it
c.yml:7:5: projects.mine.incident_window: is 0s; write a positive duration such as 72h`,
		},
		{
			"states and events", `projects:
  mine:
    repositories: [o/r]
    states:
      - {name: a, kind: issue, when: [opened, "!merged", "labeled:", "approved:x", sleeping]}
      - {name: a, kind: issue, when: [[opened], []]}
      - {name: b}
    events:
      - {name: a, kind: pull_request, event: reopened}
      - {name: b, kind: issue}
      - {name: c, kind: issue, event: "unlabeled:x", comment: "^LGTM"}
      - {name: d, kind: issue, comment: "("}
`,
			`c.yml:5:47: projects.mine.states[0].when[1]: "merged" never holds for kind issue; remove it
c.yml:5:58: projects.mine.states[0].when[2]: "labeled:" names no label; write labeled:NAME
c.yml:5:70: projects.mine.states[0].when[3]: "approved:x" has a name that means nothing; write approved
c.yml:5:84: projects.mine.states[0].when[4]: "sleeping" is no part; write one of opened, closed, merged, draft, labeled:NAME, approved, changes_requested, review_requested, commented
c.yml:6:10: projects.mine.states[1].name: "a" is another state of this kind too; give each its own
c.yml:6:49: projects.mine.states[1].when[1]: is empty; list the parts that hold
c.yml:7:9: projects.mine.states[2].kind: is missing; write issue or pull_request
c.yml:7:9: projects.mine.states[2].when: is missing; list the parts that hold, such as [opened, "labeled:lgtm"]
c.yml:10:9: projects.mine.events[1]: counts nothing; give it event, comment or both
c.yml:11:54: projects.mine.events[2].comment: can match nothing: mirror.comment_bodies keeps only lines that start with / or @; begin it with (?m)^/ or set mirror.comment_bodies to full
c.yml:12:32: projects.mine.events[3].comment: missing closing ): ` + "`(`" + `; see https://github.com/google/re2/wiki/Syntax`,
		},
		{
			"pushed", leastConfig + "webhook: {secret_files: [absent]}\nevents: {tokens: [{name: a, token_file: absent, projects: [yours]}]}\n",
			`c.yml:2:26: webhook.secret_files[0]: cannot be read (open absent: no such file or directory); name a file that this user may read
c.yml:3:29: events.tokens[0].token_file: cannot be read (open absent: no such file or directory); name a file that this user may read
c.yml:3:60: events.tokens[0].projects[0]: "yours" is none of projects; name one of them`,
		},
		{"key", leastConfig + "mirror: {path: \"\", encryption_key_file: config_test.go}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseConfig("c.yml", []byte(tt.in)).Validate(env)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if tt.want == "" {
				for _, part := range []string{"c.yml:2:10: mirror.path: is empty; name a directory", "mirror.encryption_key_file: holds a key of "} {
					if !strings.Contains(got, part) {
						t.Errorf("no %q in\n%s", part, got)
					}
				}
				return
			}
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, "0123456789abcdef") || strings.Contains(got, "hunter2") || strings.Contains(got, "pass@") {
				t.Errorf("a secret is told:\n%s", got)
			}
		})
	}
}

func TestMatchesCommands(t *testing.T) {
	for pattern, want := range map[string]bool{
		`(?m)^/lgtm$`: true, `lgtm`: true, `^@bot`: true, `(?m)^(LGTM|/lgtm)`: true, `.*`: true, ``: true,
		`^LGTM`: false, `(?m)^lgtm$`: false, `\Ahello`: false, `(?i)^L`: false, `^[a-z]+`: false, `^[^a-z]`: true,
	} {
		if got := matchesCommands(pattern); got != want {
			t.Errorf("%q: got %v, want %v", pattern, got, want)
		}
	}
}

func TestDurationString(t *testing.T) {
	for in, want := range map[string]string{
		"30d": "30d", "7d": "7d", "1w": "7d", "72h": "72h", "24h": "24h", "90s": "1m30s", "2m": "2m", "96h": "4d", "100ms": "100ms", "0s": "0s",
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("%s: got %s %v, want %s", in, d, err, want)
		}
	}
}
