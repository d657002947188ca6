package githubtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestForcePush(t *testing.T) {
	s := New(Options{Clock: func() time.Time { return hour(7).Time() }, Datasets: []*Dataset{story()}})
	look := func() [3]any {
		v := s.world.view(hour(7))
		defer v.close()
		iv := v.repoByID(5).item(1)
		events := iv.events()
		return [3]any{iv.headOID(), len(iv.commits()), events[len(events)-1].Kind}
	}
	if diff := cmp.Diff([3]any{oidOf(3), 2, ReadyForReview}, look()); diff != "" {
		t.Error(diff)
	}
	if err := s.ForcePush(5, 1, "alice", &Commit{OID: oidOf(50)}, &Commit{OID: oidOf(51)}, &Commit{OID: oidOf(52)}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([3]any{oidOf(52), 3, HeadRefForcePushed}, look()); diff != "" {
		t.Error(diff)
	}
	for _, number := range []int{2, 99} {
		if err := s.ForcePush(5, number, "alice", &Commit{OID: oidOf(50)}); err == nil {
			t.Errorf("no error for #%d", number)
		}
	}
	if err := s.ForcePush(5, 1, "alice"); err == nil {
		t.Error("no error without commits")
	}
}
