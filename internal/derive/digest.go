package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// Digest gives the function that turns an item into the facts that Evaluate
// reads. The function is safe for concurrent use and keeps nothing of the item.
func Digest(rules Rules) func(*model.Item) *model.Facts {
	return func(item *model.Item) *model.Facts { panic("to be written") }
}
