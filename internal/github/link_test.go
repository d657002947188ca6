package github

import (
	"net/http"
	"strings"
	"testing"
)

func TestNextLink(t *testing.T) {
	tests := []struct{ name, link, want string }{
		{"none", ``, ""},
		{
			"GitHub's", `<https://api.github.com/repositories/1/issues?page=2>; rel="next", <https://api.github.com/repositories/1/issues?page=9>; rel="last"`,
			"https://api.github.com/repositories/1/issues?page=2",
		},
		{"next is not first", `<https://x.test/?page=1>; rel="prev", <https://x.test/?page=3>; rel="next"`, "https://x.test/?page=3"},
		{"cursor only", `<https://x.test/?after=Y3Vy%3D%3D&per_page=100>; rel="next"`, "https://x.test/?after=Y3Vy%3D%3D&per_page=100"},
		{"last page", `<https://x.test/?page=1>; rel="first", <https://x.test/?page=2>; rel="prev"`, ""},
		{"comma in the address", `<https://x.test/?labels=a,b&page=2>; rel="next"`, "https://x.test/?labels=a,b&page=2"},
		{"comma in a parameter", `<https://x.test/1>; title="a, b"; rel="prev", <https://x.test/3>; rel=next`, "https://x.test/3"},
		{"several relations", `<https://x.test/3>; rel="next last"`, "https://x.test/3"},
		{"capitals", `<https://x.test/3>; REL="NEXT"`, "https://x.test/3"},
		{"broken", `<https://x.test/3; rel="next"`, ""},
		{"nonsense", `next`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nextLink(http.Header{"Link": {test.link}}); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	two := http.Header{"Link": {`<https://x.test/1>; rel="prev"`, `<https://x.test/3>; rel="next"`}}
	if got := nextLink(two); got != "https://x.test/3" {
		t.Errorf("%q of two headers", got)
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://x.test/?page=2>; rel="next", <https://x.test/?page=9>; rel="last"`)
	f.Add(`<a>; title="<,>"; rel=next,<b>;rel="x next"`)
	f.Fuzz(func(t *testing.T, link string) {
		got := nextLink(http.Header{"Link": {link}})
		if got != "" && !strings.Contains(link, "<"+got+">") {
			t.Errorf("%q is not verbatim in %q", got, link)
		}
	})
}
