package githubtest

import (
	"sync"
	"testing"
	"time"
)

func TestFakeClock(t *testing.T) {
	c := NewFakeClock(sampleNow)
	if !c.Now().Equal(sampleNow) {
		t.Errorf("it is %s", c.Now())
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { c.Advance(time.Minute) })
	}
	wg.Wait()
	if got := c.Now().Sub(sampleNow); got != 10*time.Minute {
		t.Errorf("it moved by %s", got)
	}
	c.Set(sampleNow.Add(-time.Hour))
	if got := c.Advance(time.Hour); !got.Equal(sampleNow) {
		t.Errorf("it is %s", got)
	}
}
