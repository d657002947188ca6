package exporter

import "time"

const (
	day             = 24 * time.Hour
	publicAPIURL    = "https://api.github.com/"
	defaultTokenEnv = "GITHUB_TOKEN"
	defaultName     = "default"
)

// setDefaults fills in what a file may leave out. It runs before a mapping is
// read into the value.
func (c *Config) setDefaults() {
	c.GitHub.setDefaults()
	c.Mirror = MirrorConfig{Path: "data/mirror", CommentBodies: "commands"}
	c.Windows = []Duration{Duration(30 * day)}
	c.Quantiles = []float64{0.5, 0.9}
	c.Histograms = "classic"
	c.SeriesLimit = 1000
	c.Intervals = IntervalsConfig{
		Probe:        Duration(2 * time.Minute),
		Comments:     Duration(time.Hour),
		WorkflowRuns: Duration(5 * time.Minute),
		Sweep:        Duration(day),
		RateLimits:   Duration(time.Minute),
	}
	c.Alertmanager.Labels = AlertLabels{
		Project: "project", Repository: "repository", Environment: "environment", Severity: "severity",
	}
}

func (g *GitHubConfig) setDefaults() {
	g.APIURL = publicAPIURL
	g.Tokens = []TokenConfig{{Name: defaultName, TokenEnv: defaultTokenEnv}}
	g.HTTP.setDefaults()
}

func (t *TokenConfig) setDefaults() { t.Name = defaultName }

func (p *ProjectConfig) setDefaults() {
	p.Detail = "repository"
	p.Environments = map[string][]string{"production": {"production", "prod"}}
	p.Deployments = []DeploymentConfig{{Source: "deployments"}, {Source: "releases"}}
	p.IncidentWindow = Duration(72 * time.Hour)
}
