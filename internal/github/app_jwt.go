package github

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// How long a JSON web token is good for, by GitHub's clock. GitHub refuses ten
// minutes as soon as the clocks differ by a second.
const (
	jwtBacklog  = time.Minute
	jwtLifetime = 9 * time.Minute
)

// AppSource is a GitHub App, and which of its installations are used.
type AppSource struct {
	ID string // the client id, or the App's number
	// Key gives the private key, PEM; it is called whenever something is to be
	// signed, so that a file that changes is noticed.
	Key          func() ([]byte, error)
	Installation string // the account whose installation is used; "" for all
}

// signed makes the JSON web token that an App shows at an instant by the
// server's clock:
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func signed(keyText []byte, id string, at time.Time) (string, error) {
	key, err := parseKey(keyText)
	if err != nil {
		return "", fmt.Errorf("its private key cannot be used: %w", err)
	}
	claims := jwt.RegisteredClaims{
		Issuer:    id,
		IssuedAt:  jwt.NewNumericDate(at.Add(-jwtBacklog)),
		ExpiresAt: jwt.NewNumericDate(at.Add(jwtLifetime)),
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
	if err != nil {
		return "", errors.New("its private key cannot sign")
	}
	return token, nil
}

// skew is by how much the server's clock is ahead of ours, as the newest answer
// showed it.
type skew struct{ ahead atomic.Int64 }

// observe learns from the headers of any answer. An answer says the whole
// second, and was under way for a while: differences of a few seconds mean nothing.
func (s *skew) observe(header http.Header, now time.Time) {
	if server, err := http.ParseTime(header.Get("Date")); err == nil {
		s.ahead.Store(int64(server.Sub(now)))
	}
}

// server is the server's time at a local one.
func (s *skew) server(now time.Time) time.Time { return now.Add(time.Duration(s.ahead.Load())) }

// local is the local time at one of the server's.
func (s *skew) local(server time.Time) time.Time {
	return server.Add(-time.Duration(s.ahead.Load()))
}

// watchClock learns from every answer what time it is where GitHub is, and adds
// that to answers that do not say.
func watchClock(s *skew, now func() time.Time, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if resp == nil {
			return nil, err
		}
		s.observe(resp.Header, now())
		if resp.Header.Get("Date") == "" && s.ahead.Load() != 0 {
			resp.Header.Set("Date", s.server(now()).UTC().Format(http.TimeFormat))
		}
		return resp, err
	})
}
