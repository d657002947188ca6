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

// String gives FILE:LINE:COL: key: text.
func (p Problem) String() string {
	if p.Key == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Key, p.Text)
}

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
