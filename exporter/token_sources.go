package exporter

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// tokenSources gives the tokens and Apps that the configuration names. What
// they read is read anew each time, so that a file that changes is noticed.
func (v Valid) tokenSources() []github.TokenSource {
	var sources []github.TokenSource
	for _, t := range v.config.GitHub.Tokens {
		source := github.TokenSource{Name: t.Name, MonitorOnly: t.MonitorOnly}
		switch {
		case t.App != nil:
			source.App = appSource(t.App)
		case t.TokenEnv != "":
			source.Read = v.envReader(t.TokenEnv)
		default:
			source.Read = fileReader(t.TokenFile)
		}
		sources = append(sources, source)
	}
	return sources
}

func appSource(app *AppConfig) *github.AppSource {
	id := app.ClientID
	if id == "" {
		id = strconv.Itoa(app.AppID)
	}
	return &github.AppSource{
		ID: id, Installation: app.Installation,
		Key: func() ([]byte, error) { return os.ReadFile(app.PrivateKeyFile) },
	}
}

var errNoToken = errors.New("holds no token")

func (v Valid) envReader(name string) func() (string, error) {
	return func() (string, error) {
		secret, _ := v.getenv(name)
		if secret = strings.TrimSpace(secret); secret == "" {
			return "", fmt.Errorf("environment variable %s %w", name, errNoToken)
		}
		return secret, nil
	}
}

func fileReader(file string) func() (string, error) {
	return func() (string, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		secret := strings.TrimSpace(string(text))
		if secret == "" {
			return "", fmt.Errorf("file %s %w", file, errNoToken)
		}
		return secret, nil
	}
}
