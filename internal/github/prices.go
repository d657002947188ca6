package github

import (
	"context"
	"errors"
)

// Prices asks what a full page of each operation costs, in points, by name of
// the operation. Asking costs nothing.
func (c *Client) Prices(context.Context) (map[string]int, error) {
	return nil, errors.New("github: prices: not asked for yet")
}
