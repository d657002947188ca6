package exporter

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files and generated documentation anew")

// env is an environment with one token in it.
var env = Environment{Getenv: func(name string) (string, bool) {
	switch name {
	case "GITHUB_TOKEN":
		return "ghp_0123456789abcdef0123456789abcdef0123", true
	case "EMPTY":
		return "", true
	case "TWO_LINES":
		return "a\nb", true
	}
	return "", false
}}

const leastConfig = "projects: {mine: {repositories: [owner/repo]}}\n"

// contractConfig has every key of the configuration.
const contractConfig = `github:
  api_url: https://ghes.example.com/api/v3/
  graphql_url: https://ghes.example.com/api/graphql
  http_config: {ca_file: "ca.pem", proxy_url: "http://user:hunter2@proxy.example.com:3128"}
  tokens:
    - name: ci-bot
      token_file: ci-bot
    - name: my-app
      app: {client_id: Iv1.x, private_key_file: app.pem, installation: kubernetes}
    - name: release-bot
      token_env: GITHUB_TOKEN
      monitor_only: true
mirror:
  path: data/mirror
  comment_bodies: commands
  encryption_key_file: "mirror.key"
projects:
  kubernetes:
    repositories: [kubernetes/test-infra, "kubernetes-sigs/*"]
    exclude: ["kubernetes-sigs/*-archive"]
    detail: repository
    bots: [k8s-ci-robot, "re:^.*-bot$"]
    labels: ["kind/*", "priority/*"]
    workflows: ["*.yml"]
    environments: {production: ["production", "prod-*"], staging: ["staging"]}
    deployments:
      - {source: deployments}
      - {source: workflow, workflow: deploy.yml, environment: production}
      - {source: releases, environment: production}
      - {source: tags, match: "^v[0-9]", environment: production}
      - {source: merges, branch: main, environment: production}
      - {source: events}
    incidents:
      - {source: issues, labels: [incident], severity: "severity/*"}
      - {source: reverts}
      - {source: alertmanager}
      - {source: events}
    incident_window: 72h
    states:
      - {name: lgtmed, kind: pull_request, when: [opened, "!merged", "!labeled:needs-rebase", "labeled:lgtm"]}
      - {name: either, kind: issue, when: [[opened], [closed, "labeled:x"]]}
    events:
      - {name: lgtm, kind: pull_request, event: "labeled:lgtm", comment: "(?m)^/lgtm$", by_author: false}
  other:
    repositories: [Other/Repo]
    detail: project
windows: [30d, 7d]
quantiles: [0.5, 0.9]
histograms: both
series_limit: 50
intervals: {probe: 2m, comments: 1h, workflow_runs: 5m, sweep: 24h, rate_limits: 1m}
webhook: {secret_files: [webhook-secret]}
events: {tokens: [{name: argocd, token_file: argocd-token, projects: [kubernetes]}]}
alertmanager: {labels: {project: project, repository: repository, environment: environment, severity: severity}}
`

// inDirectory writes the files and gives the path of config.yml among them.
func inDirectory(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.yml")
}

// appSigner is an App's private key, appKey what GitHub gives of it for download.
var (
	appSigner = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	appKey = sync.OnceValue(func() string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appSigner())}))
	})
)

func contractFiles() map[string]string {
	return map[string]string{
		"config.yml": contractConfig,
		"ca.pem":     "", "ci-bot": "ghp_secretsecretsecret\n", "mirror.key": "0123456789abcdef\n",
		"app.pem":        appKey(),
		"webhook-secret": "webhooksecret", "argocd-token": "argosecret",
	}
}

func TestContractConfig(t *testing.T) {
	doc, err := ReadConfig(inDirectory(t, contractFiles()))
	if err != nil {
		t.Fatal(err)
	}
	valid, err := doc.Validate(env)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, w := range valid.Warnings() {
		keys = append(keys, w.Key)
	}
	want := []string{
		"events", "alertmanager",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	var printed bytes.Buffer
	if err := valid.Print(&printed); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "secretsecret", "PRIVATE KEY", "webhooksecret", "argosecret", "ghp_", "0123456789abcdef"} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("the printed configuration has the secret %q:\n%s", secret, printed.String())
		}
	}
}

func TestPrintedConfigIsTheSame(t *testing.T) {
	for name, text := range map[string]string{"least": leastConfig, "contract": strings.Replace(contractConfig, "user:hunter2@", "", 1)} {
		t.Run(name, func(t *testing.T) {
			files := contractFiles()
			files["config.yml"] = text
			file := inDirectory(t, files)
			first := validate(t, ParseConfig(file, []byte(text)))
			var once, twice bytes.Buffer
			if err := first.Print(&once); err != nil {
				t.Fatal(err)
			}
			if err := validate(t, ParseConfig(file, once.Bytes())).Print(&twice); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(once.String(), twice.String()); diff != "" {
				t.Errorf("printed again (-once +twice):\n%s", diff)
			}
		})
	}
}

func validate(t testing.TB, doc *Document) Valid {
	t.Helper()
	valid, err := doc.Validate(env)
	if err != nil {
		t.Fatalf("not valid:\n%v", err)
	}
	return valid
}

func TestDefaults(t *testing.T) {
	c := validate(t, ParseConfig("c.yml", []byte(leastConfig))).Config()
	want := Config{}
	want.setDefaults()
	want.GitHub.GraphQLURL = "https://api.github.com/graphql"
	project := ProjectConfig{Name: "mine", Repositories: []string{"owner/repo"}}
	project.setDefaults()
	want.Projects = []ProjectConfig{project}
	var a, b bytes.Buffer
	if err := (Valid{config: want}).Print(&a); err != nil {
		t.Fatal(err)
	}
	if err := (Valid{config: c}).Print(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.String(), b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.GitHub.Tokens[0].TokenEnv != "GITHUB_TOKEN" || c.GitHub.Tokens[0].Name != "default" {
		t.Errorf("token %+v", c.GitHub.Tokens[0])
	}
}

func TestGraphQLURL(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.github.com/":          "https://api.github.com/graphql",
		"https://api.github.com":           "https://api.github.com/graphql",
		"https://ghes.example.com/api/v3/": "https://ghes.example.com/api/graphql",
		"https://ghes.example.com/api/v3":  "https://ghes.example.com/api/graphql",
		"https://api.acme.ghe.com/":        "https://api.acme.ghe.com/graphql",
		"http://127.0.0.1:8080/":           "http://127.0.0.1:8080/graphql",
	} {
		c := validate(t, ParseConfig("c.yml", []byte("github: {api_url: \""+api+"\"}\n"+leastConfig))).Config()
		if c.GitHub.GraphQLURL != want {
			t.Errorf("%s: got %s, want %s", api, c.GitHub.GraphQLURL, want)
		}
	}
}

func TestOfflineNeedsNoToken(t *testing.T) {
	nothing := func(string) (string, bool) { return "", false }
	doc := ParseConfig("c.yml", []byte("github: {tokens: [{token_file: absent}]}\n"+leastConfig))
	if _, err := doc.Validate(Environment{Getenv: nothing, Offline: true}); err != nil {
		t.Errorf("offline: %v", err)
	}
	if _, err := doc.Validate(Environment{Getenv: nothing}); err == nil {
		t.Error("a missing token file is no problem")
	}
}

func TestDocumentationIsCurrent(t *testing.T) {
	const file = "../docs/configuration.md"
	var want bytes.Buffer
	if err := DocumentConfig(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, want.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%s is not current; run make generate (-want +got):\n%s", file, diff)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(leastConfig))
	f.Add([]byte(contractConfig))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("projects: &p {x: *p}"))
	f.Add([]byte("github: {http_config: {tls_config: {min_version: TLS12}, http_headers: {A: {values: [b]}}}}"))
	f.Add([]byte("windows: [1y, 0d, 5x]\nquantiles: [.nan, -1]\n? [a]\n: b\n<<: {a: b}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		valid, err := ParseConfig("fuzz/config.yml", text).Validate(Environment{Getenv: env.Getenv, Offline: true})
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("no problems but %T %v", err, err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" || p.File == "" {
					t.Errorf("problem without a place or a text: %+v", p)
				}
			}
			return
		}
		var printed bytes.Buffer
		if err := valid.Print(&printed); err != nil {
			t.Fatal(err)
		}
	})
}
