package githubtest

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// App is a GitHub App that the server knows. It signs its own calls with a key, and
// mints a token for each of its installations.
type App struct {
	ID            int64
	ClientID      string // the other name by which it may issue its JSON web tokens
	Slug          string // as in github.com/apps/SLUG; its bot is SLUG[bot]
	Owner         string // the account that made it; "" for the server's first organization
	PublicKey     *rsa.PublicKey
	Permissions   map[string]string // what it asks for; nil: metadata, issues and all else the server knows
	Installations []Installation
}

// Installation is an App on an account.
type Installation struct {
	ID        int64
	Account   string // a user or an organization
	Suspended bool
	// RepositorySelection is "all" or "selected"; "" is the latter where Repositories are
	// named.
	RepositorySelection string
	Repositories        []string // owner/name: the private repositories it may read of the account's
	// Permissions are what the account has granted: "issues": "read". Nil: what the App asks for.
	Permissions map[string]string
	// CoreLimit and GraphQLLimit are its hourly budgets. Zero: the server's where that has
	// one, else GitHub's 5,000 and 50 for each repository beyond 20, up to 12,500.
	CoreLimit, GraphQLLimit int
}

// selected says whether the installation reads only some of its account's repositories.
func (i *Installation) selected() bool {
	return i.RepositorySelection == "selected" || i.RepositorySelection == "" && len(i.Repositories) > 0
}

// installed is an installation as the server keeps it.
type installed struct {
	Installation
	app         *App
	since       time.Time
	suspendedAt time.Time // zero unless Suspended
}

// permissions are those that the installation's tokens have.
func (i *installed) permissions() map[string]string {
	if i.Permissions != nil {
		return i.Permissions
	}
	return i.app.permissions()
}

// permissions are those that the App asks for.
func (a *App) permissions() map[string]string {
	if a.Permissions != nil {
		return a.Permissions
	}
	return allPermissions()
}

// tokenLife is how long an installation token is good.
const tokenLife = time.Hour

// mintedToken is a token of an installation.
type mintedToken struct {
	installation int64
	expires      time.Time
	repositories []string          // of those of the installation; nil: all
	permissions  map[string]string // of those of the installation; nil: all
	core, points int               // budgets, where the installation has no others
}

// appRegistry knows Apps, their installations and the tokens that were minted.
type appRegistry struct {
	mu            sync.Mutex
	apps          []*App
	installations []*installed
	minted        map[string]mintedToken
	mints         uint64
}

func newAppRegistry(apps []App, now time.Time) *appRegistry {
	r := &appRegistry{minted: map[string]mintedToken{}}
	for _, app := range apps {
		kept := app
		kept.Installations = nil
		r.apps = append(r.apps, &kept)
		for _, i := range app.Installations {
			r.install(&kept, i, now)
		}
	}
	return r
}

// install adds an installation. r.mu is held, or nobody else has r.
func (r *appRegistry) install(app *App, i Installation, now time.Time) {
	i.Repositories, i.Permissions = slices.Clone(i.Repositories), maps.Clone(i.Permissions)
	added := &installed{Installation: i, app: app, since: now}
	if i.Suspended {
		added.suspendedAt = now
	}
	r.installations = append(r.installations, added)
}

// app finds an App by what its JSON web tokens name as issuer. r.mu is held.
func (r *appRegistry) app(issuer string) *App {
	for _, app := range r.apps {
		if issuer != "" && (issuer == app.ClientID || issuer == strconv.FormatInt(app.ID, 10)) {
			return app
		}
	}
	return nil
}

// installation finds an installation. r.mu is held.
func (r *appRegistry) installation(id int64) *installed {
	for _, i := range r.installations {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// of gives copies of an App's installations, in the order of their ids.
func (r *appRegistry) of(app *App) []installed {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []installed
	for _, i := range r.installations {
		if i.app == app {
			out = append(out, *i)
		}
	}
	slices.SortFunc(out, func(a, b installed) int { return int(a.ID - b.ID) })
	return out
}

// changeInstallation changes an installation, found by its id.
func (s *Server) changeInstallation(id int64, f func(i *installed) error) error {
	s.apps.mu.Lock()
	defer s.apps.mu.Unlock()
	i := s.apps.installation(id)
	if i == nil {
		return fmt.Errorf("simulated GitHub has no installation %d", id)
	}
	return f(i)
}

// SuspendInstallation suspends an installation now, or ends that: while it lasts, its
// tokens are refused and none are minted.
func (s *Server) SuspendInstallation(id int64, suspended bool) error {
	now := s.clock()
	return s.changeInstallation(id, func(i *installed) error {
		i.Suspended, i.suspendedAt = suspended, time.Time{}
		if suspended {
			i.suspendedAt = now
		}
		return nil
	})
}

// RemoveInstallation uninstalls an App from an account: its tokens are good no more.
func (s *Server) RemoveInstallation(id int64) error {
	return s.changeInstallation(id, func(gone *installed) error {
		s.apps.installations = slices.DeleteFunc(s.apps.installations, func(i *installed) bool { return i == gone })
		maps.DeleteFunc(s.apps.minted, func(_ string, t mintedToken) bool { return t.installation == id })
		return nil
	})
}

// AddInstallation installs the App with that id or slug on an account.
func (s *Server) AddInstallation(app string, i Installation) error {
	now := s.clock()
	s.apps.mu.Lock()
	defer s.apps.mu.Unlock()
	if s.apps.installation(i.ID) != nil {
		return fmt.Errorf("simulated GitHub already has an installation %d", i.ID)
	}
	found := s.apps.named(app)
	if found == nil {
		return fmt.Errorf("simulated GitHub has no App %s", app)
	}
	s.apps.install(found, i, now)
	return nil
}

// ChangeInstallation changes what an installation may do: permissions, repositories,
// budgets. Its tokens follow at once.
func (s *Server) ChangeInstallation(id int64, f func(*Installation)) error {
	return s.changeInstallation(id, func(i *installed) error {
		changed := i.Installation
		if f(&changed); changed.ID != i.ID {
			return errors.New("an installation keeps its id")
		}
		i.Installation = changed
		return nil
	})
}

// RotateKey gives the App with that id or slug another key; nil: it has none.
func (s *Server) RotateKey(app string, key *rsa.PublicKey) error {
	s.apps.mu.Lock()
	defer s.apps.mu.Unlock()
	found := s.apps.named(app)
	if found == nil {
		return fmt.Errorf("simulated GitHub has no App %s", app)
	}
	found.PublicKey = key
	return nil
}

// RevokeInstallationTokens makes all tokens bad that were minted for an installation; new
// ones can be minted.
func (s *Server) RevokeInstallationTokens(id int64) {
	s.apps.mu.Lock()
	defer s.apps.mu.Unlock()
	maps.DeleteFunc(s.apps.minted, func(_ string, t mintedToken) bool { return t.installation == id })
}

// named finds an App by id, client id or slug. r.mu is held.
func (r *appRegistry) named(name string) *App {
	for _, app := range r.apps {
		if strings.EqualFold(app.Slug, name) {
			return app
		}
	}
	return r.app(name)
}
