package model

import (
	"fmt"
	"slices"
	"strconv"
)

// The words for the numbers that are stored, as dumps and explanations show
// them; the index is the number.
var (
	kindWords      = []string{"", "issue", "pull_request"}
	reviewWords    = []string{"", "approved", "changes_requested", "commented", "dismissed"}
	mentionWords   = []string{"", "reverts", "closes", "root_cause", "names_commit", "names_deployment"}
	eventKindWords = []string{
		"", "commented", "reviewed", "labeled", "unlabeled", "closed", "reopened", "merged", "ready_for_review",
		"convert_to_draft", "review_requested", "review_request_removed", "review_dismissed", "head_ref_force_pushed",
		"added_to_merge_queue", "removed_from_merge_queue", "transferred", "converted_to_discussion", "comment_deleted",
		"milestoned", "demilestoned",
	}
)

// word gives the word for a stored number; a number that has none, from a
// newer version, is written in digits, so that nothing is lost in a dump.
func word(words []string, n uint8) string {
	if int(n) < len(words) {
		return words[n]
	}
	return strconv.Itoa(int(n))
}

// number is the inverse of word.
func number(what string, words []string, text string) (uint8, error) {
	if i := slices.Index(words, text); i >= 0 {
		return uint8(i), nil
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("unknown %s %q", what, text)
	}
	return uint8(n), nil
}

// String gives the kind in snake case, as GitHub's webhooks name the event.
func (k EventKind) String() string { return word(eventKindWords, uint8(k)) }

// String gives the kind in snake case.
func (k MentionKind) String() string { return word(mentionWords, uint8(k)) }

// MarshalText writes the kind as String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(word(kindWords, uint8(k))), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	n, err := number("kind", kindWords, string(text))
	*k = Kind(n)
	return err
}

// MarshalText writes the kind as String does.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *EventKind) UnmarshalText(text []byte) error {
	n, err := number("event", eventKindWords, string(text))
	*k = EventKind(n)
	return err
}

// MarshalText writes the kind as String does.
func (k MentionKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *MentionKind) UnmarshalText(text []byte) error {
	n, err := number("mention", mentionWords, string(text))
	*k = MentionKind(n)
	return err
}

// MarshalText writes the state as String does.
func (s ReviewState) MarshalText() ([]byte, error) { return []byte(word(reviewWords, uint8(s))), nil }

// UnmarshalText reads what MarshalText writes.
func (s *ReviewState) UnmarshalText(text []byte) error {
	n, err := number("review state", reviewWords, string(text))
	*s = ReviewState(n)
	return err
}
