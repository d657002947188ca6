package exporter

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// TestTokenLog goes through what happens to tokens, one step after the other.
func TestTokenLog(t *testing.T) {
	pat := func(name, identity string) model.TokenStatus {
		return model.TokenStatus{Token: name, Identity: identity, Kind: "pat", Up: true}
	}
	down := func(s model.TokenStatus, reason string) model.TokenStatus {
		s.Up, s.Reason = false, reason
		return s
	}
	paused := func(s model.TokenStatus, until model.Instant) model.TokenStatus {
		s.PausedUntil = until
		return s
	}
	app := model.TokenStatus{Token: "app", Kind: "app"}
	installed := model.TokenStatus{Token: "app/acme", Identity: "bot/acme", Kind: "app", Up: true}
	watched := model.TokenStatus{Token: "w", Identity: "watcher", Kind: "pat", MonitorOnly: true, Up: true}
	list := func(tokens ...model.TokenStatus) []model.TokenStatus { return tokens }
	var out strings.Builder
	l := &tokenLog{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))}
	for _, step := range []struct {
		name   string
		tokens []model.TokenStatus
		err    error
		want   string
		more   bool
	}{
		{"first", list(pat("a", ""), down(pat("b", ""), "401 Bad credentials"), watched, down(app, "no key")), nil, `level=ERROR msg="token cannot be used" token=b reason="401 Bad credentials"
level=INFO msg="token is known" token=w identity=watcher kind=pat monitor_only=true
level=ERROR msg="token cannot be used" token=app reason="no key"
`, false},
		{"the same", list(pat("a", ""), down(pat("b", ""), "401 Bad credentials"), watched, down(app, "no key")), nil, "", false},
		{"identified, another reason", list(pat("a", "octocat"), down(pat("b", ""), "its file is empty"), down(watched, "gone"), down(app, "no key")), errors.New("told by the tokens"), `level=INFO msg="token is known" token=a identity=octocat kind=pat monitor_only=false
level=ERROR msg="token cannot be used" token=b reason="its file is empty"
level=ERROR msg="token cannot be used" token=w reason=gone
`, false},
		{"watched again", list(pat("a", "octocat"), down(pat("b", ""), "its file is empty"), watched, down(app, "no key")), nil, `level=INFO msg="token can be used again" token=w identity=watcher
`, false},
		{"installed", list(pat("a", "octocat"), pat("b", "octocat"), watched, installed), errors.New("timeout"), `level=INFO msg="token can be used again" token=b identity=octocat
level=INFO msg="token is known" token=app/acme identity=bot/acme kind=app monitor_only=false
level=INFO msg="token can be used again" token=app
level=WARN msg="rate limits cannot be read" err=timeout
`, true},
		{"paused", list(pat("a", "octocat"), paused(pat("b", "octocat"), 60), watched, installed), errors.New("timeout"), `level=WARN msg="token pauses: GitHub asks for fewer requests" token=b identity=octocat until=1970-01-01T00:01:00Z
`, false},
		{"removed", list(pat("a", "octocat"), pat("b", "octocat"), watched), nil, `level=INFO msg="token is gone" token=app/acme identity=bot/acme
`, false},
	} {
		out.Reset()
		more := l.tell(step.tokens, step.err)
		if diff := cmp.Diff(step.want, out.String()); diff != "" || more != step.more {
			t.Errorf("%s: more is %v (-want +got):\n%s", step.name, more, diff)
		}
	}
}
