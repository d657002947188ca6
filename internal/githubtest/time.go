package githubtest

import (
	"fmt"
	"time"
)

// Time is an instant in Unix seconds, which is the precision that GitHub has. 0
// stands for a time that does not exist.
type Time int64

// TimeOf gives t without its fraction of a second; the zero time gives 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.Unix())
}

// Time gives t in UTC.
func (t Time) Time() time.Time { return time.Unix(int64(t), 0).UTC() }

// Add gives the instant d after t, without d's fraction of a second.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Second) }

// Sub gives the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Second }

// By reports whether t exists and is not after the instant now: what happened
// at t is visible then.
func (t Time) By(now Time) bool { return t != 0 && t <= now }

// String gives t as GitHub writes it: RFC 3339 in UTC with whole seconds.
func (t Time) String() string { return t.Time().Format(time.RFC3339) }

// MarshalText writes t as String does.
func (t Time) MarshalText() ([]byte, error) { return t.Time().AppendFormat(nil, time.RFC3339), nil }

// UnmarshalText reads RFC 3339.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is no RFC 3339 time such as 2024-03-28T15:04:05Z", text)
	}
	if year := parsed.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Errorf("%q is outside the years 0 to 9999 in UTC", text)
	}
	*t = Time(parsed.Unix())
	return nil
}
