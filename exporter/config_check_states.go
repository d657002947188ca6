package exporter

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// Which parts a condition and an event may name, and of which kinds.
var (
	bothKinds  = []string{"issue", "pull_request"}
	pullsAlone = []string{"pull_request"}
	stateParts = map[string][]string{
		"opened": bothKinds, "closed": bothKinds, "labeled": bothKinds, "commented": bothKinds,
		"merged": pullsAlone, "draft": pullsAlone, "approved": pullsAlone,
		"changes_requested": pullsAlone, "review_requested": pullsAlone,
	}
	eventParts = map[string][]string{"reopened": bothKinds, "unlabeled": bothKinds}
)

// part checks one word of a condition or an event.
func (c *checker) part(key, part, kind string, tables ...map[string][]string) {
	word, label, hasLabel := strings.Cut(part, ":")
	var kinds []string
	for _, t := range tables {
		kinds = append(kinds, t[word]...)
	}
	withLabel := word == "labeled" || word == "unlabeled"
	switch {
	case len(kinds) == 0:
		c.bad(key, "%q is no part; write one of opened, closed, merged, draft, labeled:NAME, approved, changes_requested, review_requested, commented", part)
	case withLabel && label == "":
		c.bad(key, "%q names no label; write %s:NAME", part, word)
	case !withLabel && hasLabel:
		c.bad(key, "%q has a name that means nothing; write %s", part, word)
	case kind != "" && !slices.Contains(kinds, kind):
		c.bad(key, "%q never holds for kind %s; remove it", part, kind)
	}
}

func (c *checker) states(key string, p ProjectConfig) {
	seen := map[[2]string]bool{}
	for i, s := range p.States {
		at := fmt.Sprintf("%s.states[%d]", key, i)
		c.counted(at, s.Name, s.Kind, "state", seen)
		if len(s.When) == 0 {
			c.bad(at+".when", "is missing; list the parts that hold, such as [opened, \"labeled:lgtm\"]")
		}
		for j, all := range s.When {
			list := at + ".when"
			if len(s.When) > 1 {
				list = fmt.Sprintf("%s[%d]", list, j)
			}
			if len(all) == 0 {
				c.bad(list, "is empty; list the parts that hold")
			}
			for k, part := range all {
				c.part(fmt.Sprintf("%s[%d]", list, k), strings.TrimPrefix(part, "!"), s.Kind, stateParts)
			}
		}
	}
}

// counted checks the name and the kind of a state or an event.
func (c *checker) counted(at, name, kind, what string, seen map[[2]string]bool) {
	c.name(at+".name", what, name)
	if kind == "" {
		c.bad(at+".kind", "is missing; write issue or pull_request")
	}
	if id := [2]string{kind, name}; seen[id] {
		c.bad(at+".name", "%q is another %s of this kind too; give each its own", name, what)
	} else {
		seen[id] = true
	}
}

func (c *checker) events(key string, p ProjectConfig, stored string) {
	seen := map[[2]string]bool{}
	for i, e := range p.Events {
		at := fmt.Sprintf("%s.events[%d]", key, i)
		c.counted(at, e.Name, e.Kind, "event", seen)
		if e.Event == "" && e.Comment == "" {
			c.bad(at, "counts nothing; give it event, comment or both")
		}
		if e.Event != "" {
			c.part(at+".event", e.Event, e.Kind, stateParts, eventParts)
		}
		if e.Comment != "" {
			c.comment(at+".comment", e.Comment, stored)
		}
	}
}

// comment checks that a pattern can match what is kept of comments.
func (c *checker) comment(key, pattern, stored string) {
	if c.regexp(key, pattern) == nil {
		return
	}
	switch {
	case stored == "none":
		c.bad(key, "can match nothing: mirror.comment_bodies is none; set it to commands or full")
	case stored == "commands" && !matchesCommands(pattern):
		c.bad(key, "can match nothing: mirror.comment_bodies keeps only lines that start with / or @; begin it with (?m)^/ or set mirror.comment_bodies to full")
	}
}

// matchesCommands reports whether a pattern can match in a text of lines that
// all start with / or @: not if it asks for another character at a line's start.
func matchesCommands(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return false
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return false
	}
	type state struct {
		pc      uint32
		atStart bool
	}
	seen := map[state]bool{}
	var reach func(s state) bool
	reach = func(s state) bool {
		if seen[s] {
			return false
		}
		seen[s] = true
		in := &prog.Inst[s.pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			return reach(state{in.Out, s.atStart}) || reach(state{in.Arg, s.atStart})
		case syntax.InstCapture, syntax.InstNop:
			return reach(state{in.Out, s.atStart})
		case syntax.InstEmptyWidth:
			begin := syntax.EmptyOp(in.Arg)&(syntax.EmptyBeginLine|syntax.EmptyBeginText) != 0
			return reach(state{in.Out, s.atStart || begin})
		case syntax.InstMatch:
			return true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			return !s.atStart || in.MatchRune('/') || in.MatchRune('@')
		}
		return false
	}
	return reach(state{uint32(prog.Start), false})
}
