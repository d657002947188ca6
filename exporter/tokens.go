package exporter

import (
	"context"
	"log/slog"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// watchTokens reads the limits of the tokens from time to time, so that those
// of idle ones are known too, and logs what changes about them.
func (e *engine) watchTokens(ctx context.Context) {
	every := time.NewTicker(time.Duration(e.settings.config.Intervals.RateLimits))
	defer every.Stop()
	tell := func(err error) {
		if ctx.Err() == nil && e.tokens.tell(e.client.Tokens(), err) {
			e.ingest.Retry()
		}
	}
	tell(e.client.Prepare(ctx))
	for {
		tell(e.client.RateLimits(ctx))
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// tokenLog logs what changes about the tokens, each change once.
type tokenLog struct {
	log     *slog.Logger
	told    map[string]model.TokenStatus // by name, as last logged; nil at first
	trouble string                       // what kept the limits from being read
}

// tell logs how the tokens differ from the last time; err is why not all
// limits could be read. It reports whether a token has come, or come back,
// that may help where others could not.
func (l *tokenLog) tell(tokens []model.TokenStatus, err error) (more bool) {
	was := l.told
	l.told = make(map[string]model.TokenStatus, len(tokens))
	down := false
	for _, t := range tokens {
		old, known := was[t.Token]
		l.told[t.Token] = t
		l.change(old, known, t)
		down = down || !t.Up
		more = more || t.Up && !t.MonitorOnly && was != nil && !(known && old.Up)
	}
	for name, old := range was {
		if _, there := l.told[name]; !there {
			l.gone(old)
		}
	}
	l.limits(err, down)
	return more
}

func (l *tokenLog) change(old model.TokenStatus, known bool, t model.TokenStatus) {
	log := l.log.With("token", t.Token)
	switch {
	case !t.Up && (!known || old.Up || old.Reason != t.Reason):
		log.Error("token cannot be used", "reason", t.Reason)
	case t.Up && known && !old.Up:
		log.Info("token can be used again", "identity", t.Identity)
	case t.Up && t.Identity != "" && t.Identity != old.Identity:
		log.Info("token is known", "identity", t.Identity, "kind", t.Kind, "monitor_only", t.MonitorOnly)
	}
	if t.PausedUntil > old.PausedUntil {
		log.Warn("token pauses: GitHub asks for fewer requests", "identity", t.Identity, "until", t.PausedUntil.String())
	}
}

// gone tells of a token that is no longer there: an installation that was
// removed, or an App that could not be used and now can.
func (l *tokenLog) gone(old model.TokenStatus) {
	if !old.Up && old.Identity == "" && old.Kind == "app" {
		l.log.Info("token can be used again", "token", old.Token)
		return
	}
	l.log.Info("token is gone", "token", old.Token, "identity", old.Identity)
}

// limits tells why limits were not read, where no token is to blame.
func (l *tokenLog) limits(err error, down bool) {
	text := ""
	if err != nil && !down {
		text = err.Error()
	}
	if text != l.trouble && text != "" {
		l.log.Warn("rate limits cannot be read", "err", text)
	}
	l.trouble = text
}
