package github

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How long before its end a token of an installation is replaced, and how old
// one is at least that GitHub has never taken, for another one to be any better.
const (
	renewBefore = 5 * time.Minute
	glitchTime  = 10 * time.Second
)

// installation is an App on an account. Its tokens are good for an hour.
type installation struct {
	app   *app
	id    int64
	token *token
	raw   rawInstallation // app.mu is held for it

	mu      sync.Mutex
	note    string    // what keeps the App from its work there, as a sentence
	secret  string    // "" until one was made
	made    time.Time // these by the local clock
	renewAt time.Time
	expires time.Time
	failed  *Error // why there is no other; it says until when to leave it at that
	rest    rest
}

// update takes what GitHub says of the installation now. app.mu is held.
func (i *installation) update(raw rawInstallation, about rawApp) {
	web := i.app.client.webHost
	i.raw = raw
	note := about.lacks(raw, web)
	if i.suspended() {
		note = about.suspendedOn(raw, web)
	} else if note != "" && note != i.remark() {
		i.app.client.log.Warn("app may not read all it has to", "token", i.app.name, "reason", note)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.note = note
}

// recover forgets why there was no secret.
func (i *installation) recover() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failed != nil {
		i.failed, i.rest = nil, rest{}
		i.token.accepted()
	}
}

// suspended reports whether the App is suspended there. app.mu is held.
func (i *installation) suspended() bool { return i.raw.SuspendedAt != "" }

// remark gives what there is to say of the installation; "" if nothing.
func (i *installation) remark() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.note
}

// give gives the secret, and makes one first if there is none or its end is near.
func (i *installation) give(ctx context.Context) (string, error) {
	secret, err := i.current(i.app.client.now())
	if secret != "" || err != nil {
		return secret, err
	}
	err = i.app.client.flights.join(ctx, "token of "+i.token.name, i.mint)
	i.mu.Lock()
	defer i.mu.Unlock()
	var e *Error
	switch {
	case err == nil, i.secret != "" && ctx.Err() == nil && i.app.client.now().Before(i.expires):
		return i.secret, nil
	case errors.As(err, &e): // which others get, too
		copied := *e
		return "", &copied
	}
	return "", err
}

// current gives the secret as long as it is to be used; neither it nor an error
// says that there has to be another one.
func (i *installation) current(now time.Time) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	failed := i.failed != nil && now.Before(i.rest.until)
	switch {
	case i.secret != "" && (now.Before(i.renewAt) || failed && now.Before(i.expires)):
		return i.secret, nil
	case failed:
		copied := *i.failed
		return "", &copied
	}
	return "", nil
}

// renew gives up a secret that GitHub refused, and reports whether there may be
// a better one. One that has just been made may not yet be known to all of
// GitHub's servers: another one would be no better.
func (i *installation) renew(secret string) bool {
	now, known := i.app.client.now(), i.token.took(secret)
	i.mu.Lock()
	defer i.mu.Unlock()
	if secret != i.secret {
		return true // there already is one
	}
	i.secret = ""
	return known || now.Sub(i.made) >= glitchTime
}

// mint makes a secret, unless another call just did.
func (i *installation) mint(ctx context.Context) error {
	a := i.app
	if secret, err := i.current(a.client.now()); secret != "" || err != nil {
		return err
	}
	secret, expires, err := a.mintToken(ctx, i.id, "token of "+i.token.name)
	if err != nil {
		return i.fail(ctx, err)
	}
	now := a.client.now()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.secret, i.made, i.expires = secret, now, a.client.skew.local(expires)
	i.renewAt = i.expires.Add(-min(renewBefore, i.expires.Sub(now)/2))
	i.failed, i.rest = nil, rest{}
	return nil
}

// fail notes why there is no secret. Where GitHub says that there is no such
// installation any more, or that it is suspended, the others are looked at too.
func (i *installation) fail(ctx context.Context, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if !e.Temporary && !appRefused(e) {
		_ = i.app.look(ctx) // what it fails with is noted
		e = i.refused(e)
	}
	now := i.app.client.now()
	i.mu.Lock()
	i.rest.begin(now)
	if e.Temporary && e.RetryAt.IsZero() {
		e.RetryAt = i.rest.until
	}
	e.unsent = true
	i.failed = e
	i.mu.Unlock()
	if !e.Temporary {
		i.token.refuse(e.Message, now)
	}
	return e
}

// refused says what GitHub's refusal to make a token means.
func (i *installation) refused(e *Error) *Error {
	i.app.mu.Lock()
	defer i.app.mu.Unlock()
	a, web := i.app, i.app.client.webHost
	message := a.about.mayNotAct(i.raw, e.Message)
	switch {
	case !slices.Contains(a.installations, i):
		message = a.about.notInstalledOn(i.raw.Account.Login, web, a.source.Installation != "")
	case i.suspended():
		message = a.about.suspendedOn(i.raw, web)
	}
	return failure(reasonUnauthorized, message)
}

// status gives what is known of the installation. app.mu is held.
func (i *installation) status() model.TokenStatus {
	s := i.token.status()
	s.Expiry = 0 // it is replaced in time
	if note := i.remark(); note != "" && s.Up {
		s.Up, s.Reason = !i.suspended(), note
	}
	return s
}

// inherit takes over the secret of the same installation.
func (i *installation) inherit(old *installation) {
	old.mu.Lock()
	defer old.mu.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.secret, i.made, i.renewAt, i.expires = old.secret, old.made, old.renewAt, old.expires
}
