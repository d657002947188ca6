package githubtest

import "sync"

// countCache keeps the sizes of filtered lists: every page of a first sync asks for
// the same one, and counting reads every item.
type countCache struct {
	mu     sync.Mutex
	counts map[countKey]int
}

// countKey names a filtered list at an instant.
type countKey struct {
	now, since    Time
	issues, pulls bool
	filter        string
}

// maxCounts bounds the cache of a repository, whose clock may run for ever.
const maxCounts = 64

// get gives the size of a list, and counts it at the first call.
func (c *countCache) get(key countKey, count func() int) int {
	c.mu.Lock()
	n, ok := c.counts[key]
	c.mu.Unlock()
	if ok {
		return n
	}
	n = count()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil || len(c.counts) >= maxCounts {
		c.counts = map[countKey]int{}
	}
	c.counts[key] = n
	return n
}
