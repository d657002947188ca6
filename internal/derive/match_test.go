package derive

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestMatcher(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"k8s-ci-robot", "k8s-ci-robot", true},
		{"k8s-ci-robot", "K8s-CI-Robot", true},
		{"k8s-ci-robot", "k8s-ci-robot2", false},
		{"*-bot", "my-bot", true},
		{"*-bot", "my-bot-not", false},
		{"kind/*", "kind/bug", true},
		{"kind/*", "kind/bug/deep", true},
		{"kind/*", "Kind/Bug", true},
		{"kind/*", "a kind/bug", false},
		{"kind/*", "kind/", true},
		{"p?", "p1", true},
		{"p?", "p10", false},
		{"p[0-3]", "p2", true},
		{"p[0-3]", "p4", false},
		{"p[!0-3]", "p4", true},
		{"p[]x]", "p]", true},
		{`a\*b`, "a*b", true},
		{`a\*b`, "axb", false},
		{"v1.0*", "v1x0", false},
		{"re:^.*-bot$", "my-bot", true},
		{"re:bot", "robotics", true},
		{"re:^Bot", "bot", false},
		{"renovate[bot]", "renovate", true},
		{"renovate[bot]", "renovateb", false},
		{"größe *", "GRÖSSE m", false},
		{"größe *", "Größe m", true},
		{"*", "", true},
		{"*", "zwei\nzeilen", true},
	} {
		m := matcher(t, "never", test.pattern)
		for range 2 { // the second answer comes from memory
			if got := m.Match(test.name); got != test.want {
				t.Errorf("%q matches %q: %t, want %t", test.pattern, test.name, got, test.want)
			}
		}
	}
	var none *Matcher
	if none.Match("x") || matcher(t).Match("x") {
		t.Error("a matcher without patterns matches")
	}
}

func TestMatcherRefuses(t *testing.T) {
	for _, pattern := range []string{"", "re:(", "p[0-3", "p[", "p[z-a]", "[!"} {
		if err := CheckPattern(pattern); !errors.Is(err, ErrPattern) {
			t.Errorf("%q: error %v, want one of ErrPattern", pattern, err)
		}
		if _, err := NewMatcher([]string{"fine", pattern}); !errors.Is(err, ErrPattern) {
			t.Errorf("a list with %q: error %v, want one of ErrPattern", pattern, err)
		}
	}
}

// FuzzMatcher holds globs of plain letters and stars against a slow matcher,
// and shows that no pattern makes a matcher panic.
func FuzzMatcher(f *testing.F) {
	for _, seed := range [][2]string{{"kind/*", "kind/x"}, {"a*b*c", "abbc"}, {"re:^x", "x"}, {"[a-", "a"}, {`\`, `\`}, {"x[bot]", "x"}, {"[!]]", "a"}} {
		f.Add(seed[0], seed[1])
	}
	plain := regexp.MustCompile(`\A[a-z/*]+\z`)
	f.Fuzz(func(t *testing.T, pattern, name string) {
		m, err := NewMatcher([]string{pattern})
		if err != nil {
			if !errors.Is(err, ErrPattern) {
				t.Errorf("%q: error %v, want one of ErrPattern", pattern, err)
			}
			return
		}
		got := m.Match(name)
		if again := m.Match(name); again != got {
			t.Errorf("%q matches %q: first %t, then %t", pattern, name, got, again)
		}
		if strings.Count(pattern, "*") < 4 && len(name) < 100 && plain.MatchString(pattern) && plain.MatchString(name) && got != slowGlob(pattern, name) {
			t.Errorf("%q matches %q: %t", pattern, name, got)
		}
	})
}

// slowGlob matches a glob of letters and stars by trying every length.
func slowGlob(glob, name string) bool {
	if !strings.HasPrefix(glob, "*") {
		return glob == "" && name == "" || glob != "" && name != "" && glob[0] == name[0] && slowGlob(glob[1:], name[1:])
	}
	for i := range len(name) + 1 {
		if slowGlob(glob[1:], name[i:]) {
			return true
		}
	}
	return false
}
