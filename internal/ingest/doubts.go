package ingest

import (
	"context"
	"maps"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// maxDoubts is how many items of a repository are in doubt at most; what is
// left out is found by the sweep.
const maxDoubts = 200

// doubt is what webhooks told to be gone of an item. Nothing that is read in
// the order of updates shows it.
type doubt struct {
	item    bool // the item itself: it is looked for
	content bool // a comment or so: its whole timeline is read again
}

// doubtOf tells what a delivery puts in doubt.
func doubtOf(d *github.Delivery) (it doubt) {
	switch {
	case d.Number <= 0:
	case d.Event == "issues":
		it.item = d.Action == "deleted" || d.Action == "transferred"
	case d.Event == "issue_comment", d.Event == "pull_request_review_comment":
		it.content = d.Action == "deleted"
	}
	return it
}

// doubt notes what a delivery puts in doubt.
func (r *repository) doubt(d *github.Delivery) {
	it := doubtOf(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	if it == (doubt{}) || len(r.doubted) >= maxDoubts {
		return
	}
	if r.doubted == nil {
		r.doubted = map[int]doubt{}
	}
	old := r.doubted[d.Number]
	r.doubted[d.Number] = doubt{it.item || old.item, it.content || old.content}
}

// doubts queues the items that are in doubt. Of those that the mirror does not
// have nothing is to be found out.
func (p *pass) doubts(context.Context) error {
	p.r.mu.Lock()
	doubted := maps.Clone(p.r.doubted)
	p.r.mu.Unlock()
	if len(doubted) == 0 {
		return nil
	}
	dirty := p.dirty
	err := p.write(func(b *batch) error {
		for number, it := range sorted(doubted) {
			if err := p.queueDoubt(b, number, it); err != nil {
				return err
			}
		}
		return nil
	})
	p.dirty = dirty // there is nothing to show
	if err == nil {
		p.r.mu.Lock()
		maps.DeleteFunc(p.r.doubted, func(number int, it doubt) bool { return doubted[number] == it })
		p.r.mu.Unlock()
	}
	return err
}

func (p *pass) queueDoubt(b *batch, number int, it doubt) error {
	item, err := b.tx.Item(number)
	if err != nil || item == nil || item.GoneAt != 0 {
		return err
	}
	if it.content {
		if err := b.putJob(mirror.Rereads, p.whole(item)); err != nil {
			return err
		}
	}
	if it.item {
		return b.putJob(mirror.Suspects, p.suspect(number, item.Kind))
	}
	return nil
}
