package ingest

import (
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestTrails(t *testing.T) {
	label := func(kind model.EventKind, id string) model.Event {
		return model.Event{Kind: kind, Label: model.Label{ID: id}}
	}
	for _, tt := range []struct {
		name string
		item model.Item
		want bool
	}{
		{"open", model.Item{}, false},
		{"closed without an event", model.Item{ClosedAt: 100}, true},
		{"closed", model.Item{ClosedAt: 100, Events: []model.Event{{Kind: model.Closed, At: 99}}}, false},
		{"closed again", model.Item{ClosedAt: 100, Events: []model.Event{{Kind: model.Closed, At: 9}, {Kind: model.Reopened, At: 50}}}, true},
		{"closed again, with the old event alone", model.Item{ClosedAt: 100, Events: []model.Event{{Kind: model.Closed, At: 9}}}, true},
		{"reopened", model.Item{Events: []model.Event{{Kind: model.Closed, At: 9}}}, true},
		{"reopened, known", model.Item{Events: []model.Event{{Kind: model.Closed, At: 9}, {Kind: model.Reopened, At: 50}}}, false},
		{"merged", model.Item{MergedAt: 100, ClosedAt: 100, Events: []model.Event{{Kind: model.Merged, At: 100}}}, false},
		{"merged without an event", model.Item{MergedAt: 100, ClosedAt: 100}, true},
		{"draft from the beginning", model.Item{Draft: true}, false},
		{"draft again", model.Item{Draft: true, Events: []model.Event{{Kind: model.ReadyForReview}}}, true},
		{"ready", model.Item{Events: []model.Event{{Kind: model.ConvertToDraft}}}, true},
		{"label of old", model.Item{Labels: []model.Label{{ID: "a"}}}, false},
		{"label known", model.Item{Labels: []model.Label{{ID: "a"}}, Events: []model.Event{label(model.Labeled, "a")}}, false},
		{"label back", model.Item{Labels: []model.Label{{ID: "a"}}, Events: []model.Event{label(model.Labeled, "a"), label(model.Unlabeled, "a")}}, true},
		{"label off", model.Item{Events: []model.Event{label(model.Labeled, "a")}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := trails(&tt.item); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestItemIsReadAgainUntilItsEventIsThere(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { f.add("acme/a")[0].put(model.Issue, 1) }, func(r *running) {
		r.run()
		r.until(5 * time.Minute)
		r.locked(func() {
			r.repos[0].put(model.Issue, 1, func(it *model.Item) { it.ClosedAt = model.At(time.Now()) })
		})
		r.until(6*time.Minute + 30*time.Second)
		r.locked(func() { // the event comes late and moves nothing
			it := &r.repos[0].items[0]
			it.Events = []model.Event{{ID: "e", Kind: model.Closed, At: it.ClosedAt}}
		})
		r.until(7*time.Minute + 20*time.Second)
		if it, _ := r.m.Item(1, 1); len(it.Events) != 1 {
			t.Errorf("item %+v", it)
		}
		if times := r.times("items acme/a #1", r.start); len(times) != 1 || times[0] < 7*time.Minute {
			t.Errorf("read again at %v", times)
		}
		r.until(30 * time.Minute)
		if times := r.times("items acme/a #1", r.start); len(times) != 1 {
			t.Errorf("read again at %v", times)
		}
	})
}

// The server's clock may be years ahead of its records.
func TestTrailingByTheNewestUpdate(t *testing.T) {
	p, _ := followed(t, 1)
	p.began, p.server, p.horizon = 900_000, 900_000, 5000
	for number, updated := range map[int]model.Instant{7: 5000 - trailLimit, 8: 4990} {
		err := p.write(func(b *batch) error {
			_, err := b.putItem(&model.Item{Number: number, Kind: model.Issue, CreatedAt: 1, UpdatedAt: updated, ClosedAt: updated, ReadAt: 900_000}, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p.fresh[number] = true
	}
	if err := p.trail(); err != nil {
		t.Fatal(err)
	}
	jobs := p.r.jobs(mirror.Rereads, p.in.wall()+trailPause)
	if len(jobs) != 1 || jobs[0].Number != 8 {
		t.Errorf("to be read again: %+v", jobs)
	}
}
