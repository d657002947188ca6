package exporter

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong in a configuration file.
type Problem struct {
	File         string
	Line, Column int
	Key          string // the path of the key: projects.mine.repositories[0]
	Text         string // what is wrong; what to do
}

// String gives FILE:LINE:COL: key: text, without what looks like a secret that
// was written in a wrong place.
func (p Problem) String() string {
	text := p.Text
	if p.Key != "" {
		text = p.Key + ": " + text
	}
	text = misplacedToken.ReplaceAllString(text, "<secret>")
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, userInfo.ReplaceAllString(text, "://<secret>@"))
}

var (
	misplacedToken = regexp.MustCompile(`\b(gh[a-z]_|github_pat_)[A-Za-z0-9_]{16,}`)
	userInfo       = regexp.MustCompile(`://[^/\s@"]+@`)
)

// Problems is everything wrong in a configuration file, in its order.
type Problems []Problem

// Error gives one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
	})
	return slices.Compact(out)
}

// position is where a key stands in the file.
type position struct{ line, column int }

// positions finds the place of a key, or of the nearest key above it.
type positions map[string]position

func (ps positions) of(path string) position {
	for {
		if p, ok := ps[path]; ok {
			return p
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return position{1, 1}
		}
		path = path[:cut]
	}
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// cleanYAMLError takes the library's prefixes off a message.
func cleanYAMLError(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	return yamlLine.ReplaceAllString(text, "")
}

// syntaxProblem turns the YAML library's error into a problem.
func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Column: 1}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1]) // digits only
	}
	p.Text = "is not valid YAML: " + cleanYAMLError(err) + "; check the indentation and quotes here and in the line before"
	return p
}
