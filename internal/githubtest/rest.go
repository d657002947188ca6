package githubtest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fields is a JSON object of an answer.
type fields map[string]any

// findRepository sets the repository that a request names, or says why it cannot.
func (x *exchange) findRepository() *apiError {
	var rv *repoView
	var renamed bool
	if x.params["owner"] == "" {
		id, _ := strconv.ParseInt(x.params["repo"], 10, 64)
		rv = x.view.repoByID(id)
	} else {
		rv, renamed = x.view.repoByName(x.params["owner"], x.params["repo"])
	}
	if rv == nil {
		return notFound()
	}
	x.repo = rv
	if err := x.signedOn(rv.owner); err != nil {
		return err
	}
	if renamed {
		return moved(x.withQuery(x.canonical()))
	}
	return cmp.Or(x.barred(), x.permitted())
}

// mayRead says whether the caller may read a repository; for those who may not it
// does not exist.
func (x *exchange) mayRead(rv *repoView) bool {
	return rv.visibility() == "public" || x.caller.reads(rv.owner, rv.fullName(), true)
}

// canonical is the request's address without its query, by the repository's id where it
// is below a repository, as GitHub has it in links and redirects.
func (x *exchange) canonical() string {
	if x.repo == nil {
		return x.root + x.path
	}
	named := 3 // repos, owner, name
	if x.params["owner"] == "" {
		named = 2 // repositories, id
	}
	address := x.root + "/repositories/" + itoa(x.repo.ID)
	if parts := strings.SplitN(strings.Trim(x.path, "/"), "/", named+1); len(parts) > named {
		address += (&url.URL{Path: "/" + parts[named]}).EscapedPath()
	}
	return address
}

func (x *exchange) withQuery(address string) string {
	if x.request.URL.RawQuery == "" {
		return address
	}
	return address + "?" + x.request.URL.RawQuery
}

// number reads a number from the route's parameters, 0 if there is none.
func (x *exchange) number(name string) int64 {
	n, _ := strconv.ParseInt(x.params[name], 10, 64)
	return n
}

// choice reads a parameter that takes one of some words, of which the first is the
// default.
func (x *exchange) choice(resource, name string, words ...string) (string, *apiError) {
	value := cmp.Or(x.query.Get(name), words[0])
	if !slices.Contains(words, value) {
		return "", invalid(resource, name)
	}
	return value, nil
}

// since reads a time from the query, 0 if there is none.
func (x *exchange) since(resource string) (Time, *apiError) {
	value := x.query.Get("since")
	if value == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return 0, invalid(resource, "since")
	}
	return TimeOf(t), nil
}

// apiURL is an address of the API below the repository.
func (x *exchange) apiURL(rv *repoView, path string) string {
	return x.root + "/repos/" + rv.fullName() + path
}

// orNull gives a time as GitHub writes it, null for 0.
func orNull(t Time) any {
	if t == 0 {
		return nil
	}
	return t
}

// mapped gives f of every element, and never nil, which would be null in JSON.
func mapped[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}

// gone refuses what is there no more.
func gone(message string) *apiError { return refuse(http.StatusGone, "%s", message) }
