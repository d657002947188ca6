package github

import (
	"errors"
	"slices"
)

// smallestPage is where shrink ends.
const smallestPage = 10

// shrink asks for half as much, down to a few, while the answer is too heavy.
func shrink(first int, ask func(first int) error) error {
	for {
		err := ask(first)
		if !errors.Is(err, ErrTooHeavy) || first <= smallestPage {
			return err
		}
		first /= 2
	}
}

// batch asks for many elements, some at a time. Where that is too heavy it
// halves them, so that one element that GitHub cannot answer fails alone.
type batch[T, R any] struct {
	size int
	ask  func([]T) ([]R, error)
	fail func(T, error) R // makes the result of an element that failed alone

	answered bool // GitHub answers something, so a failure is the element's own
}

// run gives the results in the order of the elements. What was answered before
// an error is returned with it.
func (b *batch[T, R]) run(elements []T) ([]R, error) {
	var out []R
	for chunk := range slices.Chunk(elements, b.size) {
		results, err := b.split(chunk)
		out = append(out, results...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (b *batch[T, R]) split(chunk []T) ([]R, error) {
	results, err := b.ask(chunk)
	switch {
	case err == nil:
		b.answered = true
		return results, nil
	case !errors.Is(err, ErrTooHeavy):
		return nil, err
	case len(chunk) == 1 && (b.answered || overweight(err)):
		return []R{b.fail(chunk[0], err)}, nil
	case len(chunk) == 1:
		return nil, err // nothing was answered: GitHub is down
	}
	left, err := b.split(chunk[:len(chunk)/2])
	if err != nil {
		return left, err
	}
	right, err := b.split(chunk[len(chunk)/2:])
	return append(left, right...), err
}

// overweight reports whether GitHub itself said that a query is too heavy, or
// answered part of it.
func overweight(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Reason == reasonTooHeavy || e.Reason == reasonPartial)
}
