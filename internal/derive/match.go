package derive

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Matcher matches names against a list of patterns: a name as it is, a glob
// (`*` for any characters, `?` for one, `[a-z]` and `[!a-z]` for one of a
// set, `\` before a character that is meant itself), or `re:` and a regular
// expression of RE2 syntax, which matches anywhere unless it is anchored.
// Names and globs do not tell upper from lower case, as GitHub does not. A nil
// Matcher matches nothing. It is safe for concurrent use.
type Matcher struct {
	names    map[string]bool
	patterns []*regexp.Regexp
	known    sync.Map // name → bool, so that each name meets the patterns once
}

// ErrPattern is what NewMatcher's and CheckPattern's errors wrap.
var ErrPattern = errors.New("bad pattern")

// NewMatcher compiles patterns. Its error names the first bad one.
func NewMatcher(patterns []string) (*Matcher, error) {
	m := &Matcher{names: map[string]bool{}}
	for _, p := range patterns {
		if err := m.add(p); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// CheckPattern says why a pattern cannot be used, or nil.
func CheckPattern(pattern string) error {
	return (&Matcher{names: map[string]bool{}}).add(pattern)
}

func (m *Matcher) add(pattern string) error {
	source, isRegexp := strings.CutPrefix(pattern, "re:")
	switch {
	case pattern == "":
		return fmt.Errorf("%w: it is empty", ErrPattern)
	case isRegexp:
	case strings.HasSuffix(strings.ToLower(pattern), botSuffix):
		// The suffix is GitHub's mark of a bot, not a set of letters.
		m.names[strings.ToLower(pattern[:len(pattern)-len(botSuffix)])] = true
		return nil
	case !strings.ContainsAny(pattern, `*?[\`):
		m.names[strings.ToLower(pattern)] = true
		return nil
	default:
		var err error
		if source, err = globSource(pattern, "", ""); err != nil {
			return fmt.Errorf("%w %q: %w", ErrPattern, pattern, err)
		}
	}
	compiled, err := regexp.Compile(source)
	if err != nil {
		return fmt.Errorf("%w %q: %w", ErrPattern, pattern, err)
	}
	m.patterns = append(m.patterns, compiled)
	return nil
}

const botSuffix = "[bot]"

// Match reports whether a pattern matches the name.
func (m *Matcher) Match(name string) bool {
	if m == nil {
		return false
	}
	if len(m.names) > 0 && m.names[strings.ToLower(name)] {
		return true
	}
	if len(m.patterns) == 0 {
		return false
	}
	if known, ok := m.known.Load(name); ok {
		return known.(bool)
	}
	matched := m.matchPatterns(name)
	m.known.Store(strings.Clone(name), matched)
	return matched
}

func (m *Matcher) matchPatterns(name string) bool {
	for _, p := range m.patterns {
		if p.MatchString(name) {
			return true
		}
	}
	return false
}

var errOpenSet = errors.New("a set is opened by [ and not closed")

// globSource writes a glob as a regular expression, its wildcards between
// opening and closing.
func globSource(glob, opening, closing string) (string, error) {
	var out strings.Builder
	out.WriteString(`(?is)\A`)
	for rest := glob; rest != ""; {
		size := 1
		switch rest[0] {
		case '*':
			out.WriteString(opening + `.*` + closing)
		case '?':
			out.WriteString(opening + `.` + closing)
		case '[':
			end := setEnd(rest)
			if end < 0 {
				return "", errOpenSet
			}
			size = end + 1
			out.WriteString(opening + setSource(rest[1:end]) + closing)
		case '\\':
			_, rest, _ = strings.Cut(rest, `\`)
			size = min(1, len(rest))
			out.WriteString(regexp.QuoteMeta(rest[:size]))
		default:
			size = len(rest)
			if next := strings.IndexAny(rest, `*?[\`); next > 0 {
				size = next
			}
			out.WriteString(regexp.QuoteMeta(rest[:size]))
		}
		rest = rest[size:]
	}
	out.WriteString(`\z`)
	return out.String(), nil
}

// setEnd finds the ] that closes a set, which cannot be its first member.
func setEnd(glob string) int {
	first := 2
	if strings.HasPrefix(glob, "[!") || strings.HasPrefix(glob, "[^") {
		first = 3
	}
	if len(glob) < first {
		return -1
	}
	end := strings.IndexByte(glob[first:], ']')
	if end < 0 {
		return -1
	}
	return first + end
}

// setSource writes the members of a glob's set as a regular expression's class.
func setSource(members string) string {
	not := ""
	if members[0] == '!' || members[0] == '^' {
		not, members = "^", members[1:]
	}
	return "[" + not + strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(members) + "]"
}
