package github

// PageSize finds the page size that GitHub can answer in time: halved when a
// page is too heavy, grown by a fifth after five successes. It belongs to one
// stream and is not for concurrent use.
type PageSize struct {
	max, size, successes int
}

// NewPageSize makes a PageSize that starts at size, or at max where size is 0.
func NewPageSize(limit, size int) *PageSize {
	if size <= 0 || size > limit {
		size = limit
	}
	return &PageSize{max: limit, size: size}
}

// Size is how many to ask for.
func (p *PageSize) Size() int { return p.size }

// Succeeded notes that a page of this size was answered.
func (p *PageSize) Succeeded() {
	p.successes++
	if p.successes < 5 {
		return
	}
	p.successes = 0
	p.size = min(p.max, p.size+max(1, p.size/5))
}

// TooHeavy halves the size. It reports false when the size was 1 already.
func (p *PageSize) TooHeavy() bool {
	p.successes = 0
	if p.size == 1 {
		return false
	}
	p.size /= 2
	return true
}
