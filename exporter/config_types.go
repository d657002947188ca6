package exporter

// The configuration file as Go types. Each field's tags are its reference:
// `yaml` is its key, `help` what it does, `default` its default in words where
// the value itself does not say it, `enum` its allowed words, and `soon` marks
// what this version reads and checks but does not act on yet.
// docs/configuration.md is generated from them.

// Config is a whole configuration file with its defaults filled in.
type Config struct {
	GitHub       GitHubConfig       `yaml:"github" help:"Where GitHub is and with which tokens it is read."`
	Mirror       MirrorConfig       `yaml:"mirror" help:"The local copy of what was read."`
	Projects     []ProjectConfig    `yaml:"projects" keyed:"a project's name, the value of the label project" help:"Named sets of repositories. A repository belongs to one project."`
	Windows      []Duration         `yaml:"windows" help:"Windows of the quantile gauges and of the DORA gauges: days such as 7d, 30d, 90d."`
	Quantiles    []float64          `yaml:"quantiles,flow" help:"Quantiles of the quantile gauges, each from 0 to 1."`
	Histograms   string             `yaml:"histograms" enum:"classic,native,both" help:"How histograms are exported: with classic buckets, as native histograms, or both."`
	SeriesLimit  int                `yaml:"series_limit" help:"How many series one family of one repository may have; what exceeds it is counted under the label value other."`
	Intervals    IntervalsConfig    `yaml:"intervals" help:"How often GitHub is asked."`
	Webhook      *WebhookConfig     `yaml:"webhook,omitempty" default:"off" help:"Takes GitHub's webhooks at /webhook as hints to read sooner."`
	Events       *EventsConfig      `yaml:"events,omitempty" soon:"pushed events" default:"off" help:"Who may push deployments and incidents."`
	Alertmanager AlertmanagerConfig `yaml:"alertmanager" soon:"alerts as incidents" help:"How alerts become incidents."`
}

// GitHubConfig says where GitHub is and how to reach it.
type GitHubConfig struct {
	APIURL     string        `yaml:"api_url" help:"Root of the REST API. GitHub Enterprise Server: https://HOST/api/v3/"`
	GraphQLURL string        `yaml:"graphql_url" default:"from api_url" help:"The GraphQL API. GitHub Enterprise Server: https://HOST/api/graphql"`
	HTTP       HTTPConfig    `yaml:"http_config" default:"none" help:"Proxy and TLS: ca_file, tls_config, proxy_url, no_proxy, proxy_from_environment, proxy_connect_header, enable_http2, http_headers, as in Prometheus."`
	Tokens     []TokenConfig `yaml:"tokens" default:"one, named default, from the environment's GITHUB_TOKEN" help:"The tokens to read with."`
}

// TokenConfig is one token: exactly one of its sources is set.
type TokenConfig struct {
	Name        string     `yaml:"name" help:"Value of the label token."`
	TokenFile   string     `yaml:"token_file,omitempty" default:"none" help:"File that holds the token; read again when it changes."`
	TokenEnv    string     `yaml:"token_env,omitempty" default:"none" help:"Environment variable that holds the token."`
	App         *AppConfig `yaml:"app,omitempty" default:"none" help:"A GitHub App: one token for each of its installations, named NAME/ACCOUNT."`
	MonitorOnly bool       `yaml:"monitor_only,omitempty" help:"Export its limits and spend nothing of its budget."`
}

// AppConfig is a GitHub App as a source of tokens.
type AppConfig struct {
	ClientID       string `yaml:"client_id,omitempty" default:"none" help:"The App's client id, as its page shows it; or app_id."`
	AppID          int    `yaml:"app_id,omitempty" default:"none" help:"The App's id, a number; or client_id."`
	PrivateKeyFile string `yaml:"private_key_file" default:"required" help:"File that holds the App's private key (PEM), as GitHub gave it for download; read again when it changes."`
	Installation   string `yaml:"installation,omitempty" default:"all" help:"Login of the one account, a user or an organisation, whose installation is used."`
}

// MirrorConfig says where and what the mirror stores.
type MirrorConfig struct {
	Path              string `yaml:"path" help:"Directory of the mirror, relative to the working directory. The flag --mirror.path wins."`
	CommentBodies     string `yaml:"comment_bodies" enum:"none,commands,full" help:"What is kept of a comment's text: nothing, lines that start with / or @, or all of it."`
	EncryptionKeyFile string `yaml:"encryption_key_file,omitempty" default:"none" help:"File that holds a key of 16, 24 or 32 bytes; the mirror is then encrypted at rest."`
}

// ProjectConfig is a named set of repositories and how their figures are made.
type ProjectConfig struct {
	Name           string              `yaml:"-"`
	Repositories   []string            `yaml:"repositories" default:"required" help:"OWNER/REPO, or OWNER/GLOB to list the owner. A name beats a glob, the first glob wins."`
	Exclude        []string            `yaml:"exclude,omitempty" default:"none" help:"Names and globs to leave out of what the globs list."`
	Detail         string              `yaml:"detail" enum:"repository,project" help:"repository: series for each repository; project: the same families once for the project, with owner and repo empty."`
	Bots           []string            `yaml:"bots,omitempty" default:"none" help:"Logins, globs or re:PATTERN to treat as bots besides GitHub's own type Bot and the suffix [bot]."`
	Labels         []string            `yaml:"labels,omitempty" default:"none" help:"Names and globs of the labels that may become series; all others are other."`
	Workflows      []string            `yaml:"workflows,omitempty" default:"none" help:"Names and globs of the workflow files that become series, by their runs on the default branch; the runs of others are not read."`
	Environments   map[string][]string `yaml:"environments" help:"Environments by name, each with the names and globs that GitHub's deployments use for it."`
	Deployments    []DeploymentConfig  `yaml:"deployments" default:"deployments, then releases" help:"What is a deployment, in order of preference."`
	Incidents      []IncidentConfig    `yaml:"incidents,omitempty" default:"none" help:"What is an incident."`
	IncidentWindow Duration            `yaml:"incident_window" help:"How far back an incident that names nothing may blame a deployment."`
	States         []StateConfig       `yaml:"states,omitempty" default:"none" help:"States whose items, ages and dwell times are exported."`
	Events         []EventConfig       `yaml:"events,omitempty" default:"none" help:"Events that are counted."`
}

// DeploymentConfig is one source of deployments.
type DeploymentConfig struct {
	Source      string `yaml:"source" default:"required" enum:"deployments,workflow,releases,tags,merges,events" help:"Where deployments are read from; nothing gives events yet."`
	Workflow    string `yaml:"workflow,omitempty" default:"none" help:"File name of the workflow; of source workflow only."`
	Environment string `yaml:"environment,omitempty" default:"production" help:"The environment it deploys to; of workflow, releases, tags and merges."`
	Match       string `yaml:"match,omitempty" default:"all" help:"Regular expression of the tags' names; of source tags only."`
	Branch      string `yaml:"branch,omitempty" default:"the default branch" help:"The branch that is merged to; of source merges only."`
}

// IncidentConfig is one source of incidents.
type IncidentConfig struct {
	Source   string   `yaml:"source" default:"required" enum:"issues,reverts,alertmanager,events" help:"Where incidents are read from; nothing gives alertmanager and events yet."`
	Labels   []string `yaml:"labels,omitempty" default:"none" help:"Labels that make an issue an incident; of source issues only."`
	Severity string   `yaml:"severity,omitempty" default:"none" help:"Name or glob of the labels that tell the severity; of source issues only."`
}

// StateConfig is a state that items are in while a condition holds.
type StateConfig struct {
	Name string    `yaml:"name" default:"required" help:"Value of the label state."`
	Kind string    `yaml:"kind" default:"required" enum:"issue,pull_request" help:"What it is a state of."`
	When Condition `yaml:"when" default:"required" help:"A list of parts that all hold, or a list of such lists of which one holds; ! negates. Parts: opened, closed, merged, draft, labeled:NAME, approved, changes_requested, review_requested, commented. Opinions are the last ones of humans who are not the author; closed holds after a merge too."`
}

// EventConfig is an event that is counted.
type EventConfig struct {
	Name     string `yaml:"name" default:"required" help:"Value of the label event."`
	Kind     string `yaml:"kind" default:"required" enum:"issue,pull_request" help:"What it happens to."`
	Event    string `yaml:"event,omitempty" default:"none" help:"A part as in when, counted each time that it begins, or reopened, or unlabeled:NAME."`
	Comment  string `yaml:"comment,omitempty" default:"none" help:"Regular expression of a comment that counts too, as RE2 has it; it must be able to match what mirror.comment_bodies keeps."`
	ByAuthor bool   `yaml:"by_author,omitempty" help:"Export within each window who did it too: the 50 who did it most, and other."`
}

// IntervalsConfig says how often GitHub is asked.
type IntervalsConfig struct {
	Probe        Duration `yaml:"probe" help:"How often each repository is asked whether anything changed."`
	Comments     Duration `yaml:"comments" help:"How often edited comments are looked for."`
	WorkflowRuns Duration `yaml:"workflow_runs" help:"How often new and changed workflow runs are asked for."`
	Sweep        Duration `yaml:"sweep" help:"How often everything is compared with GitHub, to find what was deleted or transferred."`
	RateLimits   Duration `yaml:"rate_limits" help:"How often the tokens' limits are read."`
}

// WebhookConfig holds the secrets of GitHub's webhooks.
type WebhookConfig struct {
	SecretFiles []string `yaml:"secret_files" default:"required" help:"Files that hold the webhook's secret; several while it is exchanged."`
}

// EventsConfig says who may push events.
type EventsConfig struct {
	Tokens []EventTokenConfig `yaml:"tokens" default:"required" help:"The bearer tokens that are accepted."`
}

// EventTokenConfig is a bearer token that may push events to projects.
type EventTokenConfig struct {
	Name      string   `yaml:"name" default:"required" help:"Its name in logs."`
	TokenFile string   `yaml:"token_file" default:"required" help:"File that holds the bearer token."`
	Projects  []string `yaml:"projects" default:"required" help:"The projects it may push to."`
}

// AlertmanagerConfig says which labels of an alert name what.
type AlertmanagerConfig struct {
	Labels AlertLabels `yaml:"labels" help:"The alert's labels that name these."`
}

// AlertLabels are names of an alert's labels.
type AlertLabels struct {
	Project     string `yaml:"project" help:"Label that names the project."`
	Repository  string `yaml:"repository" help:"Label that names the repository, OWNER/REPO."`
	Environment string `yaml:"environment" help:"Label that names the environment."`
	Severity    string `yaml:"severity" help:"Label that tells the severity."`
}
