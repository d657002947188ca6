package github

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How long what was found of an App's installations holds, and how long while
// something is missing that may come any time.
const (
	lookInterval    = time.Hour
	missingInterval = 10 * time.Minute
)

// app is a configured GitHub App: it signs for itself, and finds the accounts
// on which it is installed, each of which is a token of its own.
type app struct {
	client      *Client
	place       int // of its source in the configuration
	name        string
	source      *AppSource
	monitorOnly bool
	signer      *token // asks with JSON web tokens

	mu            sync.Mutex
	about         rawApp // zero until it was read
	installations []*installation
	absent        string    // what is missing of them, as a sentence; "" if nothing is
	lookAt        time.Time // when to look for them again
	unseen        *Error    // why they could not be looked for
	down          *Error    // why the App as a whole cannot be used
	rest          rest
	keyMark       [sha256.Size]byte // of the key that signed last
}

// rest is how long what failed is left alone: longer with each failure in a row.
type rest struct {
	until time.Time
	pause time.Duration
}

func (r *rest) begin(now time.Time) {
	r.pause = min(lastRest, max(firstRest, 2*r.pause))
	r.until = now.Add(r.pause)
}

// newApp makes an App of its source. It asks nothing.
func (c *Client) newApp(place int, source TokenSource) (*app, error) {
	a := &app{client: c, place: place, name: source.Name, source: source.App, monitorOnly: source.MonitorOnly}
	var err error
	a.signer, err = c.newToken(credential{
		name: a.name, kind: kindApp,
		give: func(context.Context) (string, error) { return a.sign() },
	})
	return a, err
}

// sign makes a JSON web token with the key as it is now.
func (a *app) sign() (string, error) {
	text, err := a.source.Key()
	a.mu.Lock()
	a.keyMark = sha256.Sum256(text)
	a.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("its private key cannot be read: %w", err)
	}
	return signed(text, a.source.ID, a.client.skew.server(a.client.now()))
}

// prepare looks for the installations where it is time to.
func (a *app) prepare(ctx context.Context) error {
	switch e := a.blind(a.client.now()); {
	case e != nil:
		return e
	case !a.due(a.client.now()):
		return nil
	}
	return a.client.flights.join(ctx, "installations of "+a.name, func(ctx context.Context) error {
		if !a.due(a.client.now()) { // somebody else did
			return nil
		}
		if err := a.look(ctx); err != nil {
			return err
		}
		a.recover()
		return nil
	})
}

// due reports whether there is a reason to prepare the App: it is time to look
// again, or worth it with a new key, or was in vain as long as nothing is known.
func (a *app) due(now time.Time) bool {
	blind := a.blind(now) != nil
	a.mu.Lock()
	due, down := !now.Before(a.lookAt), a.down != nil
	a.mu.Unlock()
	return due || blind || down && a.resting(now) == nil
}

// blind gives why there are no installations when they could not be looked for,
// until it is time to try again.
func (a *app) blind(now time.Time) *Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unseen == nil || len(a.installations) > 0 || !now.Before(a.lookAt) {
		return nil
	}
	copied := *a.unseen
	copied.RetryAt, copied.unsent = a.lookAt, true
	return &copied
}

// look reads where the App is installed.
func (a *app) look(ctx context.Context) error {
	about, err := a.readApp(ctx)
	var rows []rawInstallation
	if err == nil {
		rows, err = a.readInstallations(ctx)
	}
	if err != nil {
		a.postpone(err, a.client.now())
		return err
	}
	return a.take(about, rows)
}

// recover makes installations that got no token worth another attempt, now that
// GitHub has answered again.
func (a *app) recover() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, i := range a.installations {
		i.recover()
	}
}

// postpone lets what was found last hold for a while longer.
func (a *app) postpone(err error, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down != nil { // judge did
		return
	}
	a.rest.begin(now)
	a.lookAt = a.rest.until
	if e := (*Error)(nil); errors.As(err, &e) {
		a.unseen = e
	}
}

// take makes the installations that were found those of the App: who stays
// keeps what is known of it.
func (a *app) take(about rawApp, rows []rawInstallation) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.about = about
	var found []*installation
	for _, raw := range rows {
		if a.wants(raw) && !slices.ContainsFunc(found, func(i *installation) bool { return i.id == raw.ID }) {
			i, err := a.installation(raw)
			if err != nil {
				return err
			}
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(x, y *installation) int { return strings.Compare(x.token.name, y.token.name) })
	a.installations, a.absent, a.unseen, a.rest = found, a.missing(found), nil, rest{}
	a.lookAt = a.client.now().Add(lookInterval)
	if a.absent != "" || slices.ContainsFunc(found, (*installation).suspended) {
		a.lookAt = a.client.now().Add(missingInterval)
	}
	a.client.enter(a.place, usableOf(found))
	return nil
}

// wants reports whether an installation is one that was asked for.
func (a *app) wants(raw rawInstallation) bool {
	return a.source.Installation == "" || strings.EqualFold(a.source.Installation, raw.Account.Login)
}

// installation makes an installation of what was read, or takes the known one.
// a.mu is held.
func (a *app) installation(raw rawInstallation) (*installation, error) {
	for _, known := range a.installations {
		if known.id == raw.ID && known.token.name == a.tokenName(raw) && known.token.credential.identity == a.identity(raw) {
			known.update(raw, a.about)
			return known, nil
		}
	}
	i := &installation{app: a, id: raw.ID}
	i.update(raw, a.about)
	var err error
	i.token, err = a.client.newToken(credential{
		name: a.tokenName(raw), kind: kindApp, identity: a.identity(raw), account: raw.Account.Login,
		monitorOnly: a.monitorOnly, give: i.give, renew: i.renew,
	})
	return i, err
}

func (a *app) tokenName(raw rawInstallation) string { return a.name + "/" + raw.Account.Login }

// identity names whose budget an installation spends. a.mu is held.
func (a *app) identity(raw rawInstallation) string { return a.about.Slug + "/" + raw.Account.Login }

// usableOf gives the tokens of those that are not suspended.
func usableOf(found []*installation) []*token {
	var tokens []*token
	for _, i := range found {
		if !i.suspended() {
			tokens = append(tokens, i.token)
		}
	}
	return tokens
}

// missing says which installation that was asked for there is not. a.mu is held.
func (a *app) missing(found []*installation) string {
	switch {
	case len(found) > 0:
		return ""
	case a.source.Installation != "":
		return a.about.notInstalledOn(a.source.Installation, a.client.webHost, true)
	}
	return a.about.notInstalled(a.client.webHost)
}

// judge notes whether GitHub takes the App for what it is, and says so.
func (a *app) judge(err error, now time.Time) error {
	var e *Error
	refused := errors.As(err, &e) && appRefused(e)
	if err != nil && !refused {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = nil
	if err == nil {
		return nil
	}
	a.down = a.source.refused(e)
	a.rest.begin(now)
	a.lookAt = a.rest.until
	copied := *a.down
	return &copied
}

// resting gives why the App as a whole cannot be used, until it is time to try
// it again, or there is another key.
func (a *app) resting(now time.Time) *Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down == nil || !now.Before(a.rest.until) {
		return nil
	}
	if text, _ := a.source.Key(); sha256.Sum256(text) != a.keyMark {
		return nil
	}
	copied := *a.down
	return &copied
}

// status gives what is known of the App: why it cannot be used, and each of its
// installations.
func (a *app) status() []model.TokenStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []model.TokenStatus
	row := model.TokenStatus{Token: a.name, Kind: kindApp, MonitorOnly: a.monitorOnly, Reason: a.absent}
	switch {
	case a.down != nil:
		row.Reason = a.down.Message
	case a.source.Installation != "":
		row.Token += "/" + a.source.Installation
		row.Identity = a.about.Slug + "/" + a.source.Installation
	}
	if row.Reason != "" {
		out = append(out, row)
	}
	for _, i := range a.installations {
		out = append(out, i.status())
	}
	return out
}

// inherit takes over what another client has learned of the same App: its
// installations and their secrets.
func (a *app) inherit(old *app) {
	if a.source.ID != old.source.ID || !strings.EqualFold(a.source.Installation, old.source.Installation) {
		return
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.about, a.absent, a.lookAt, a.down, a.rest, a.keyMark = old.about, old.absent, old.lookAt, old.down, old.rest, old.keyMark
	for _, known := range old.installations {
		i, err := a.installation(known.raw)
		if err != nil {
			a.lookAt = time.Time{} // and find out
			continue
		}
		i.inherit(known)
		a.installations = append(a.installations, i)
	}
	a.client.enter(a.place, usableOf(a.installations))
}
