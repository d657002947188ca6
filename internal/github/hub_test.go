package github

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// hub is a GitHub of several users with their budgets, in fake time. Its
// tokens are named like their users, with a number behind for more than one.
type hub struct {
	limit   int           // of each budget; 0 for none
	latency time.Duration // of each answer
	// refuse answers in place of a page, for what a user may not do.
	refuse func(login string, s sent) *http.Response

	mu       sync.Mutex
	revoked  map[string]bool // by token
	windows  map[string]*window
	log      []string // USER OPERATION of what was answered, or refused for want of points
	refusals int
	busy     map[string]int // by user and api
	most     map[string]int
}

type window struct {
	reset time.Time
	used  int
}

func newHub() *hub {
	return &hub{
		limit: 5000, revoked: map[string]bool{}, windows: map[string]*window{}, busy: map[string]int{}, most: map[string]int{},
	}
}

// users gives a client the hub's tokens.
func (h *hub) client(t *testing.T, names ...string) *Client {
	t.Helper()
	return newTestClient(t, h, tokens(names...), func(o *Options) { o.MaxWait = -1 })
}

func (h *hub) RoundTrip(req *http.Request) (*http.Response, error) {
	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	login := strings.TrimRight(token, "0123456789")
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) { return h.answer(token, login, s), nil }}
	api := apiREST
	if req.Method == http.MethodPost {
		api = apiGraphQL
	}
	h.count(login+" "+api, 1)
	time.Sleep(h.latency)
	h.count(login+" "+api, -1)
	return fake.RoundTrip(req)
}

func (h *hub) count(key string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy[key] += n
	h.most[key] = max(h.most[key], h.busy[key])
}

func (h *hub) answer(token, login string, s sent) *http.Response {
	h.mu.Lock()
	defer h.mu.Unlock()
	resource := resourceCore
	if s.Method == http.MethodPost {
		resource = resourceGraphQL
	}
	if h.revoked[token] {
		return response(401, message("Bad credentials"))
	}
	if s.Operation == "" && resource == resourceGraphQL {
		return response(200, fmt.Sprintf(`{"data":{"viewer":{"login":%q}}}`, login))
	}
	if h.refuse != nil {
		if resp := h.refuse(login, s); resp != nil {
			h.log = append(h.log, login+" refused")
			return resp
		}
	}
	return h.spend(login, resource, s)
}

// spend answers a request that costs a point.
func (h *hub) spend(login, resource string, s sent) *http.Response {
	w := h.windows[login+" "+resource]
	if w == nil || !time.Now().Before(w.reset) {
		w = &window{reset: time.Now().Add(time.Hour)}
		h.windows[login+" "+resource] = w
	}
	if h.limit > 0 && w.used >= h.limit {
		h.refusals++
		return response(403, message("API rate limit exceeded"), h.headers(w, resource)...)
	}
	w.used++
	h.log = append(h.log, login+" "+s.Operation)
	if resource == resourceCore {
		return response(200, `[]`, append(h.headers(w, resource), "ETag", `"`+login+`"`)...)
	}
	return response(200, h.data(s), h.headers(w, resource)...)
}

func (h *hub) headers(w *window, resource string) []string {
	if h.limit == 0 {
		return nil
	}
	return []string{
		"X-RateLimit-Limit", strconv.Itoa(h.limit), "X-RateLimit-Remaining", strconv.Itoa(h.limit - w.used),
		"X-RateLimit-Used", strconv.Itoa(w.used), "X-RateLimit-Reset", strconv.FormatInt(w.reset.Unix(), 10), "X-RateLimit-Resource", resource,
	}
}

// data answers probes and pages of issues of the repositories R_1, R_2 and so on.
func (h *hub) data(s sent) string {
	ids, probe := s.Variables["ids"].([]any)
	if !probe {
		id, _ := strings.CutPrefix(fmt.Sprint(s.Variables["repo"]), "R_")
		return fmt.Sprintf(`{"data":{"node":{"databaseId":%s,"issues":%s,"pullRequests":%s}}}`, id, emptyList, emptyList)
	}
	var elements []string
	for _, id := range ids {
		elements = append(elements, probeElement(id.(string)))
	}
	return `{"data":{"nodes":[` + strings.Join(elements, ",") + `]}}`
}

// answered gives how often each user was asked for what is in the log since the
// last time.
func (h *hub) answered() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]int{}
	for _, line := range h.log {
		out[line]++
	}
	h.log = nil
	return out
}

func numbered(n int64) model.Repository {
	return model.Repository{ID: n, NodeID: fmt.Sprintf("R_%d", n), Owner: "octo", Name: fmt.Sprintf("r%d", n), Visibility: "private"}
}

// homed gives a repository whose home is an identity.
func homed(t *testing.T, c *Client, identity string) model.Repository {
	t.Helper()
	for n := int64(1); n < 1000; n++ {
		if c.Home(numbered(n)) == identity {
			return numbered(n)
		}
	}
	t.Fatalf("no repository has its home at %s", identity)
	return model.Repository{}
}

// hides makes a user see none of a repository.
func hides(login string, repo model.Repository) func(string, sent) *http.Response {
	return func(asking string, s sent) *http.Response {
		ids, _ := s.Variables["ids"].([]any)
		switch {
		case asking != login:
		case slices.Contains(ids, any(repo.NodeID)):
			return response(200, withoutNode(ids, repo.NodeID))
		case s.Variables["repo"] == repo.NodeID:
			return response(200, `{"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node"],"message":"no node"}]}`)
		case strings.Contains(s.URL, fmt.Sprintf("/%d/", repo.ID)):
			return response(404, message("Not Found"))
		}
		return nil
	}
}

// newRand makes random numbers that are the same in every run.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// withoutNode answers a probe of which one repository is not to be seen.
func withoutNode(ids []any, hidden string) string {
	elements := make([]string, len(ids))
	at := 0
	for i, id := range ids {
		if elements[i] = probeElement(id.(string)); id == hidden {
			at, elements[i] = i, "null"
		}
	}
	return fmt.Sprintf(`{"data":{"nodes":[%s]},"errors":[{"type":"NOT_FOUND","path":["nodes",%d],"message":"no node"}]}`,
		strings.Join(elements, ","), at)
}
