package exporter

import (
	"fmt"
	"regexp/syntax"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func (c *checker) states(key string, p ProjectConfig) {
	seen := map[[2]string]bool{}
	if len(p.States) > derive.MaxStates {
		c.bad(key+".states", "has %d states; list at most %d", len(p.States), derive.MaxStates)
	}
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
				if _, err := derive.ParsePart(part, itemKind(s.Kind)); err != nil {
					c.bad(fmt.Sprintf("%s[%d]", list, k), "%v", err)
				}
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
	if len(p.Events) > derive.MaxEvents {
		c.bad(key+".events", "has %d events; list at most %d", len(p.Events), derive.MaxEvents)
	}
	for i, e := range p.Events {
		at := fmt.Sprintf("%s.events[%d]", key, i)
		c.counted(at, e.Name, e.Kind, "event", seen)
		if e.Event == "" && e.Comment == "" {
			c.bad(at, "counts nothing; give it event, comment or both")
		}
		if _, err := derive.ParseEvent(e.Event, itemKind(e.Kind)); e.Event != "" && err != nil {
			c.bad(at+".event", "%v", err)
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
