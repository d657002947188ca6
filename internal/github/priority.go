package github

import "context"

// Priority says what a call is for: whose turn comes first, and how much of
// the budgets is left to those that come before it.
type Priority int

// The priorities, the most urgent first. A call without one is Incremental.
const (
	Incremental Priority = iota // what has moved
	Sweeping                    // what is compared from time to time
	Backfill                    // what is read for the first time
)

// vital calls find out what the others need, and may spend the last point.
const vital Priority = -1

type priorityKey struct{}

// WithPriority makes calls with this context have a priority.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf gives the priority that calls with this context have.
func PriorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}

// floors are the shares of a limit, in percent, below which calls of a
// priority leave a budget alone.
var floors = map[Priority]int{Sweeping: 15, Backfill: 30}

// Of every budget some is left to others: this many points, or this share of
// the limit where that is more, but of a small limit no more than a fifth.
const (
	reservePoints  = 200
	reservePercent = 5
	reserveMost    = 20
)

// floor is how much of a limit calls of a priority leave.
func floor(limit int, p Priority) int {
	if p == vital {
		return 0
	}
	reserve := min(max(reservePoints, limit*reservePercent/100), limit*reserveMost/100)
	return max(reserve, limit*floors[p]/100)
}
