package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Word is what a part of a condition is about, or what an event is.
type Word uint8

// The words of conditions and events; the last two are of events alone.
const (
	Opened Word = iota
	Closed
	Merged
	Draft
	Labeled
	Approved
	ChangesRequested
	ReviewRequested
	Commented
	Reopened
	Unlabeled
)

// words are the words as they are written.
var words = []string{
	"opened", "closed", "merged", "draft", "labeled", "approved", "changes_requested", "review_requested", "commented",
	"reopened", "unlabeled",
}

// String gives the word as it is written.
func (w Word) String() string { return words[w] }

// named reports whether the word goes with a label's name.
func (w Word) named() bool { return w == Labeled || w == Unlabeled }

// ofPulls reports whether the word is of pull requests alone.
func (w Word) ofPulls() bool {
	return w == Merged || w == Draft || w == Approved || w == ChangesRequested || w == ReviewRequested
}

// Part is one part of a condition, such as !labeled:lgtm, or an event.
type Part struct {
	Not   bool
	Word  Word
	Label string // of Labeled and Unlabeled; upper and lower case are the same, as on GitHub
}

// String writes the part as it was read.
func (p Part) String() string {
	text := p.Word.String()
	if p.Not {
		text = "!" + text
	}
	if p.Word.named() {
		text += ":" + p.Label
	}
	return text
}

// Condition holds while one of its lists does: a list holds while all of its
// parts do.
type Condition [][]Part

// ParsePart reads a part of a condition on items of a kind; kind 0 is either.
func ParsePart(text string, kind model.Kind) (Part, error) {
	bare, not := strings.CutPrefix(text, "!")
	p, err := parse(bare, kind, words[:Reopened])
	p.Not = not
	return p, err
}

// ParseEvent reads the event of items of a kind; kind 0 is either.
func ParseEvent(text string, kind model.Kind) (Part, error) { return parse(text, kind, words) }

func parse(text string, kind model.Kind, known []string) (Part, error) {
	word, label, hasLabel := strings.Cut(text, ":")
	n := slices.Index(known, word)
	if n < 0 {
		return Part{}, fmt.Errorf("%q is no part; write one of %s", text, wordList(known))
	}
	p := Part{Word: Word(n), Label: label}
	switch {
	case p.Word.named() && label == "":
		return Part{}, fmt.Errorf("%q names no label; write %s:NAME", text, word)
	case !p.Word.named() && hasLabel:
		return Part{}, fmt.Errorf("%q has a name that means nothing; write %s", text, word)
	case kind == model.Issue && p.Word.ofPulls():
		return Part{}, fmt.Errorf("%q never holds for kind %s; remove it", text, kind)
	}
	return p, nil
}

// wordList lists words as they are to be written.
func wordList(known []string) string {
	var list []string
	for n, word := range known {
		if Word(n).named() {
			word += ":NAME"
		}
		list = append(list, word)
	}
	return strings.Join(list, ", ")
}

// ParseCondition reads a condition on items of a kind.
func ParseCondition(lists [][]string, kind model.Kind) (Condition, error) {
	var c Condition
	for _, list := range lists {
		var parts []Part
		for _, text := range list {
			p, err := ParsePart(text, kind)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		c = append(c, parts)
	}
	return c, nil
}
