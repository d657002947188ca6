package exporter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// secrets are what must be nowhere, by name. Some come to be while a test runs.
type secrets struct {
	mu   sync.Mutex
	text map[string]string
}

func newSecrets() *secrets {
	s := &secrets{text: map[string]string{
		"token in a file":       "ghp_4fJq8RzWn2xKtYb7LmVc1HdPs5GoEa9UiXw3",
		"token that is watched": "github_pat_Zt6Qe0PvRm8HyLc2NwSk_4xBf7DgJu1KiAo5TzWq9Es3VnCh",
		"token in a variable":   "gho_Bv3Xk7MwQz1Tn5RcYh9PdLf2JsGa6EuOi8Wt",
		"webhook's secret":      "pC7rHq2vNfZx9mKe",
		"token of events":       "eT4wYs8kJdLb6nQg0RuV",
		"mirror's key":          "kR9sDx3vFhTq7LmZ2wBnYc5PgJe8UaKi",
		"proxy's password":      "xN5tGv8QbWz2LkRd",
		"password of the pages": "Wq7zrUtPm4KxLd2c",
		"hash of it":            "o9eBt/yiSy3fJsb6eOkD6e5ApaQYmCy81q8fqzJW0YiuevE5WGoZi",
		"token in a bad answer": "ghs_Qm6TzKp2XvWc8NfLr4HyDb9JsGe1UaRo7EiYk",
	}}
	s.text["what the proxy is sent"] = base64.StdEncoding.EncodeToString([]byte("agent:" + s.text["proxy's password"]))
	block, _ := pem.Decode([]byte(appKey()))
	s.text["App's key"] = base64.StdEncoding.EncodeToString(block.Bytes)
	s.text["App's key, a line of it"] = strings.Split(appKey(), "\n")[3]
	return s
}

func (s *secrets) of(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text[name]
}

// learn keeps a credential that was seen on its way.
func (s *secrets) learn(credential string) {
	if credential == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.text {
		if known == credential {
			return
		}
	}
	name := "credential"
	switch {
	case strings.HasPrefix(credential, "ghs_"):
		name = "installation's token"
	case strings.Count(credential, ".") == 2:
		name = "JSON web token"
		credential = credential[strings.LastIndexByte(credential, '.')+1:] // all else is public
	}
	s.text[fmt.Sprintf("%s %d", name, len(s.text))] = credential
}

// traces are what gives a secret away.
func traces(secret string) map[string]string {
	sum := sha256.Sum256([]byte(secret))
	return map[string]string{
		"itself": secret, "its beginning": secret[:8], "its end": secret[len(secret)-8:],
		"its base64": base64.RawStdEncoding.EncodeToString([]byte(secret)), "its URL base64": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"its hash": hex.EncodeToString(sum[:]), "its hash, base64": base64.RawStdEncoding.EncodeToString(sum[:]),
		"its hash, URL base64": base64.RawURLEncoding.EncodeToString(sum[:]),
	}
}

// harmless beginnings are those of whole kinds of secrets.
var harmless = map[string]bool{"github_p": true, "MIIEpAIB": true, "MIIEowIB": true, "MIIEogIB": true}

// mustNotBeIn fails for every trace of a secret in a text.
func (s *secrets) mustNotBeIn(t *testing.T, where, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, secret := range s.text {
		for what, trace := range traces(secret) {
			if at := strings.Index(text, trace); at >= 0 && !harmless[trace] {
				t.Errorf("%s: %s of the %s: …%q…", where, what, name, text[max(0, at-80):min(len(text), at+len(trace)+20)])
				delete(s.text, name) // once is enough
				break
			}
		}
	}
}

// gossip is a GitHub, and a proxy before it, that repeat in their answers what
// they were sent. Every second answer is bad while it is on.
type gossip struct {
	secrets *secrets
	off     atomic.Bool
	count   atomic.Int64
}

func (g *gossip) meddle(w http.ResponseWriter, r *http.Request, body []byte) bool {
	sent := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	g.secrets.learn(sent)
	n := int(g.count.Add(1))
	if g.off.Load() || n%2 == 0 {
		return false
	}
	word := sent + " " + r.Header.Get("Authorization") + " " + r.Header.Get("Proxy-Authorization")
	if strings.HasSuffix(r.URL.Path, "/access_tokens") {
		word += " " + g.secrets.of("token in a bad answer")
	}
	gossips[n/2%len(gossips)](w, word)
	return true
}

// gossips are the ways to answer badly.
var gossips = []func(w http.ResponseWriter, word string){
	func(w http.ResponseWriter, word string) {
		say5xx(w, http.StatusInternalServerError, "text/plain", word)
	},
	func(w http.ResponseWriter, word string) {
		say5xx(w, http.StatusBadGateway, "text/html", "<html><title>"+word+"</title>"+word+"</html>")
	},
	func(w http.ResponseWriter, word string) {
		sayJSON(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials: " + word, "documentation_url": "https://docs.github.com/" + word})
	},
	func(w http.ResponseWriter, word string) {
		sayJSON(w, http.StatusForbidden, map[string]any{"message": "Resource not accessible by " + word, "errors": []any{map[string]any{"message": word, "code": word}}})
	},
	func(w http.ResponseWriter, word string) {
		w.Header().Set("X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso?authorization_request="+strings.Fields(word + " x")[0])
		sayJSON(w, http.StatusForbidden, map[string]any{"message": "Resource protected by organization SAML enforcement. " + word})
	},
	func(w http.ResponseWriter, word string) {
		problem := map[string]any{"type": "ODD", "message": "Something is wrong with " + word, "path": []any{word}, "extensions": map[string]any{"code": word}}
		sayJSON(w, http.StatusOK, map[string]any{"data": nil, "errors": []any{problem}})
	},
	func(w http.ResponseWriter, word string) {
		w.Header().Set("Location", "https://elsewhere.example/?token="+url.QueryEscape(strings.Fields(word + " x")[0]))
		w.WriteHeader(http.StatusFound)
	},
	func(w http.ResponseWriter, word string) {
		w.Header().Set("Content-Type", strings.Fields(word + " x")[0])
		w.Header().Set("Github-Authentication-Token-Expiration", word)
		w.Header().Set("Retry-After", word)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(word))
	},
	func(w http.ResponseWriter, word string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"token": "` + word + `", "expires_at": "` + word + `", "data": {"viewer": "` + word))
	},
	func(w http.ResponseWriter, word string) {
		sayJSON(w, http.StatusProxyAuthRequired, map[string]any{"message": "The proxy refuses " + word})
	},
	func(w http.ResponseWriter, word string) {
		sayJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": word})
	},
}

func say5xx(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client is gone
}

func sayJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client is gone
}

// secretsConfig has every kind of secret.
const secretsConfig = `github:
  api_url: http://github.example/
  http_config: {proxy_url: "http://agent:%s@%s"}
  tokens:
    - {name: file, token_file: file-token}
    - {name: env, token_env: SECRET_TOKEN}
    - {name: watched, token_file: watched-token, monitor_only: true}
    - {name: app, app: {client_id: Iv1.story, private_key_file: app.pem}}
mirror: {encryption_key_file: %q}
projects: {p: {repositories: ["acme/*"]}}
intervals: {probe: 1s, comments: 1s, rate_limits: 1s}
webhook: {secret_files: [webhook-secret]}
events: {tokens: [{name: argocd, token_file: events-token, projects: [p]}]}
`

// newSecretWorld configures every kind of secret before a GitHub that cannot
// keep one.
func newSecretWorld(t *testing.T, encrypted bool) (*tokenWorld, *secrets, *gossip) {
	t.Helper()
	s := newSecrets()
	g := &gossip{secrets: s}
	w := newAppWorld(t, githubtest.Options{Datasets: private(freshDatasets()), Tokens: []githubtest.Token{
		{Token: s.text["token in a file"], Login: "anna", Scopes: []string{"repo"}},
		{Token: s.text["token in a variable"], Login: "bert", Scopes: []string{"repo"}},
		{Token: s.text["token that is watched"], Login: "cora"},
	}}, "acme")
	w.seen.set(g.meddle)
	for name, secret := range map[string]string{
		"file-token": "token in a file", "watched-token": "token that is watched", "webhook-secret": "webhook's secret",
		"events-token": "token of events", "mirror-key": "mirror's key",
	} {
		w.file(name, s.text[secret]+"\n")
	}
	key := ""
	if encrypted {
		key = "mirror-key"
	}
	proxy := strings.TrimSuffix(strings.TrimPrefix(w.api, "http://"), "/")
	w.file("config.yml", fmt.Sprintf(secretsConfig, s.text["proxy's password"], proxy, key))
	w.file("web.yml", "basic_auth_users: {reader: \"$2a$04$"+s.text["hash of it"]+"\"}\n")
	return w, s, g
}

func (w *tokenWorld) secretEnv(s *secrets) func(string) (string, bool) {
	secret := s.of("token in a variable")
	return func(name string) (string, bool) { return secret, name == "SECRET_TOKEN" }
}

// command runs a command of the program and gives all that it wrote.
func (w *tokenWorld) command(s *secrets, args ...string) (int, string) {
	var out lockedBuffer
	all := append([]string{"--config", filepath.Join(w.dir, "config.yml"), "--mirror.path", filepath.Join(w.dir, "mirror"), "--log.level=debug"}, args...)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	code := Main(ctx, all, Process{Stdout: &out, Stderr: &out, Now: w.now, Getenv: w.secretEnv(s)})
	return code, out.String()
}

// TestSecretsStaySecret runs everything with every kind of secret and looks
// for them in everything that comes out.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprint("encrypted ", encrypted), func(t *testing.T) {
			t.Parallel()
			w, s, g := newSecretWorld(t, encrypted)
			code, text := w.command(s, "check-config")
			s.mustNotBeIn(t, "check-config", text)
			if code != 0 || !strings.Contains(text, "<secret>") {
				t.Fatalf("check-config: %d\n%s", code, text)
			}
			for range 3 {
				_, text = w.command(s, "sync", "--dry-run")
				s.mustNotBeIn(t, "sync --dry-run", text)
				w.ahead.Add(int64(time.Minute))
			}
			w.gossips(s, g)
			w.calm(s, g)
			s.mustNotBeIn(t, "the log", w.log.String())
			if n := len(s.text); n < 16 { // nobody learns any more
				t.Errorf("%d secrets are known, want those that came to be too", n)
			}
			w.searchFiles(s)
			if code, text = w.command(s, "mirror", "export"); code != 0 {
				t.Errorf("mirror export: %d", code)
			}
			s.mustNotBeIn(t, "mirror export", text)
		})
	}
}

// gossips runs the exporter while answers are bad, and looks at all that it serves.
func (w *tokenWorld) gossips(s *secrets, g *gossip) {
	w.t.Helper()
	load := func() (Valid, error) {
		doc, err := ReadConfig(filepath.Join(w.dir, "config.yml"))
		if err != nil {
			return Valid{}, err
		}
		return doc.Validate(Environment{Getenv: w.secretEnv(s)})
	}
	valid, err := load()
	if err != nil {
		w.t.Fatal(err)
	}
	w.user, w.password, w.webConfig, w.load = "reader", s.of("password of the pages"), filepath.Join(w.dir, "web.yml"), load
	w.start(valid)
	w.deliverSecrets(s)
	for range 20 {
		time.Sleep(50 * time.Millisecond)
		w.ahead.Add(int64(20 * time.Second)) // refused tokens rest
		w.look(s)
	}
	if n := g.count.Load(); n < int64(4*len(gossips)) {
		w.t.Errorf("GitHub was asked %d times, want every kind of bad answer twice", n)
	}
	good, err := os.ReadFile(filepath.Join(w.dir, "config.yml"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.file("config.yml", strings.ReplaceAll(string(good), "@127.0.0.1:", "@127.0.0.1:port"))
	if err := w.out.Reload(w.t.Context()); err == nil {
		w.t.Error("a proxy's address without a port number is taken")
	} else {
		s.mustNotBeIn(w.t, "the error of a reload", err.Error())
	}
	w.look(s)
	w.file("config.yml", string(good))
}

// look looks at all pages.
func (w *tokenWorld) look(s *secrets) {
	w.t.Helper()
	for _, path := range []string{"/", "/metrics", "/api/v1/status"} {
		s.mustNotBeIn(w.t, path, w.get(path))
	}
	for _, path := range []string{"/nothing", "/api/v1/explain?item=acme/api%231", "/metrics?project=none", "/-/ready"} {
		_, text, err := w.ask(path)
		if err != nil {
			w.t.Fatal(err)
		}
		s.mustNotBeIn(w.t, path, text)
	}
}

// calm lets GitHub answer well until all is complete, and stops the exporter.
func (w *tokenWorld) calm(s *secrets, g *gossip) {
	w.t.Helper()
	g.off.Store(true)
	w.ahead.Add(int64(2 * time.Hour))                   // nothing that failed rests any longer,
	if err := w.out.Reload(w.t.Context()); err != nil { // and no timer waits for it
		w.t.Fatal(err)
	}
	w.eventually("not complete", func() bool {
		w.ahead.Add(int64(20 * time.Second))
		page := w.get("/metrics")
		return strings.Contains(page, complete("acme/api")) && strings.Contains(page, complete("acme/web")) && strings.Contains(page, up("app/acme", 1))
	})
	w.look(s)
	w.stop()
}

// searchFiles looks at the bytes of the mirror.
func (w *tokenWorld) searchFiles(s *secrets) {
	w.t.Helper()
	files := 0
	err := filepath.WalkDir(filepath.Join(w.dir, "mirror"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			files++
			s.mustNotBeIn(w.t, filepath.Base(path), string(bytes.TrimRight(text, "\x00")))
		}
		return err
	})
	if err != nil || files < 3 {
		w.t.Errorf("%d files of the mirror were read: %v", files, err)
	}
}

// TestSecretsInBadConfigurations writes secrets where they do not belong.
func TestSecretsInBadConfigurations(t *testing.T) {
	t.Parallel()
	s := newSecrets()
	token, key, password := s.text["token in a file"], s.text["mirror's key"], s.text["proxy's password"]
	indented := strings.ReplaceAll(strings.TrimSpace(appKey()), "\n", "\n      ")
	for name, config := range map[string]string{
		"token for a file":     "github: {tokens: [{token_file: " + token + "}]}",
		"token for a path":     "github: {tokens: [{token_file: /run/secrets/" + token + "}]}",
		"token for a variable": "github: {tokens: [{token_env: " + token + "}]}",
		"token for a name":     "github: {tokens: [{name: " + token + ", token_env: T}]}",
		"token for an account": "github: {tokens: [{app: {client_id: Iv1.x, private_key_file: x, installation: " + token + "}}]}",
		"token for a client":   "github: {tokens: [{app: {client_id: " + token + ", private_key_file: x}}]}",
		"token by itself":      "github: {tokens: [" + token + "]}",
		"unknown key":          "github: {tokens: [{token: " + token + "}]}",
		"token as a key":       "github: {tokens: [{" + token + ": x}]}",
		"token in an address":  "github: {api_url: \"https://" + token + "@api.github.com/\"}",
		"broken address":       "github: {api_url: \"https://x:" + token + "@api.github.com:port/\"}",
		"broken proxy":         "github: {http_config: {proxy_url: \"http://agent:" + password + "@proxy:port\"}}",
		"proxy of no kind":     "github: {http_config: {proxy_url: [\"http://agent:" + password + "@proxy\"]}}",
		"headers":              "github: {http_config: {http_headers: {Authorization: {secrets: [" + password + "]}}}}",
		"private key for file": "github:\n  tokens:\n  - app:\n      client_id: Iv1.x\n      private_key_file: |\n      " + indented + "\n",
		"key of the mirror":    "mirror: {encryption_key_file: short-key}",
		"two tokens":           "github: {tokens: [{token_file: two-tokens}]}",
		"a key that is none":   "github: {tokens: [{app: {client_id: Iv1.x, private_key_file: short-key}}]}",
		"a damaged key":        "github: {tokens: [{app: {client_id: Iv1.x, private_key_file: damaged.pem}}]}",
		"not YAML":             "github: {tokens: [{token_file: \"" + token + "}]}",
	} {
		t.Run(name, func(t *testing.T) {
			file := inDirectory(t, map[string]string{
				"config.yml": "projects: {p: {repositories: [acme/api]}}\n" + config + "\n",
				"short-key":  key + key, "two-tokens": token + "\n" + token, "damaged.pem": strings.Replace(appKey(), "M", "N", 3),
			})
			doc, err := ReadConfig(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = doc.Validate(env)
			if err == nil {
				t.Fatal("it is taken")
			}
			s.mustNotBeIn(t, "the problems", err.Error())
		})
	}
}
