package github

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// app gives the App of a source; nil if that is a personal token.
func (c *Client) app(place int) *app {
	for _, a := range c.apps {
		if a.place == place {
			return a
		}
	}
	return nil
}

// prepareApps looks where Apps are installed, if it is time to, side by side.
func (c *Client) prepareApps(ctx context.Context) error {
	errs := make([]error, len(c.apps))
	var wg sync.WaitGroup
	for i, a := range c.apps {
		wg.Go(func() {
			if err := a.prepare(ctx); err != nil {
				errs[i] = fmt.Errorf("token %s: %w", a.name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inheritApps takes over what is known of the same Apps.
func (c *Client) inheritApps(old *Client) {
	for _, a := range c.apps {
		for _, known := range old.apps {
			if a.name == known.name {
				a.inherit(known)
			}
		}
	}
	c.skew.ahead.Store(old.skew.ahead.Load())
}
