package github

import (
	"context"
	"sync"
	"time"
)

// flightTime bounds work that goes on although nobody may wait for it any more.
const flightTime = 2 * time.Minute

// flights is work that is done once for all calls that want it at the same
// time. It does not end with the call that began it, but with the client.
type flights struct {
	life context.Context // of the client
	end  context.CancelFunc

	mu     sync.Mutex
	flying map[string]*flight
	wait   sync.WaitGroup // Add under mu, and while the client lives
}

type flight struct {
	done chan struct{}
	err  error // to be read when done is closed
}

func newFlights() *flights {
	f := &flights{flying: map[string]*flight{}}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

// join waits for the work of a name, which it begins if it is not under way.
func (f *flights) join(ctx context.Context, name string, work func(context.Context) error) error {
	flight, err := f.board(ctx, name, work)
	if err != nil {
		return err
	}
	select {
	case <-flight.done:
		return flight.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *flights) board(ctx context.Context, name string, work func(context.Context) error) (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if under := f.flying[name]; under != nil {
		return under, nil
	}
	if f.life.Err() != nil {
		return nil, failure(reasonRejected, "the client is closed")
	}
	begun := &flight{done: make(chan struct{})}
	f.flying[name] = begun
	f.wait.Go(func() {
		defer close(begun.done)
		defer f.land(name)
		begun.err = f.run(context.WithoutCancel(ctx), work)
	})
	return begun, nil
}

func (f *flights) land(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.flying, name)
}

// run does the work until its time is over. That is no reason for a caller to
// believe that its own time is.
func (f *flights) run(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, flightTime)
	defer cancel()
	defer context.AfterFunc(f.life, cancel)()
	err := work(ctx)
	if err != nil && ctx.Err() != nil {
		return failure(reasonTimeout, "no answer in time")
	}
	return err
}

// close ends all work and waits for its end.
func (f *flights) close() {
	f.mu.Lock()
	f.end()
	f.mu.Unlock()
	f.wait.Wait()
}
