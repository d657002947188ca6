package githubtest

import (
	"testing"
	"time"
)

func TestTimeKeepsWholeSeconds(t *testing.T) {
	at := TimeOf(time.Date(2024, 3, 28, 15, 4, 5, 999, time.FixedZone("", 3600)))
	if got := at.String(); got != "2024-03-28T14:04:05Z" {
		t.Errorf("got %s", got)
	}
	if TimeOf(time.Time{}) != 0 {
		t.Error("the zero time must give 0")
	}
	if got := at.Add(90 * time.Second).Sub(at); got != 90*time.Second {
		t.Errorf("added and taken away %s", got)
	}
	for _, c := range []struct {
		t, now Time
		want   bool
	}{{0, 5, false}, {5, 5, true}, {6, 5, false}, {4, 5, true}} {
		if got := c.t.By(c.now); got != c.want {
			t.Errorf("%d by %d: got %t", c.t, c.now, got)
		}
	}
}

func TestTimeRefusesWhatItCouldNotWrite(t *testing.T) {
	for _, text := range []string{"", "2024", "9999-12-31T23:59:59-23:00", "0000-01-01T00:00:00+23:00"} {
		var at Time
		if err := at.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q gave %d", text, at)
		}
	}
}
