package exporter

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// demoText is the demo's configuration with what is known only when it runs left
// out. Every owner of repositories is a project, and all of them are alike.
//
//go:embed demo.yml
var demoText string

// sampleLabels are those of the sample data that become series; the others, such
// as those of sizes, are left to `other`. Of another dataset all of them do.
const sampleLabels = `"kind/*", "priority/*", "area/*", "severity/*", "do-not-merge/*", "lifecycle/*", ` +
	`lgtm, approved, needs-rebase, needs-triage, incident, hotfix, dependencies`

// config is the configuration of the demo. It is left in a file, for those who
// want to read it or to look at the mirror with another command meanwhile.
func (w *demoWorld) config(sample bool) (Valid, error) {
	text, err := w.yaml(sample)
	if err != nil {
		return Valid{}, err
	}
	file := w.configFile()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return Valid{}, err
	}
	return ParseConfig(file, []byte(text)).Validate(Environment{Getenv: demoSecret})
}

func (w *demoWorld) configFile() string { return filepath.Join(w.dir, "demo.yml") }

func (w *demoWorld) yaml(sample bool) (string, error) {
	labels := `"*"`
	if sample {
		labels = sampleLabels
	}
	parsed, err := template.New("demo.yml").Parse(demoText)
	if err != nil {
		return "", fmt.Errorf("reading the demo's configuration: %w", err)
	}
	var text strings.Builder
	err = parsed.Execute(&text, map[string]any{
		"API": w.github.APIURL(), "ClientID": demoClientID, "KeyFile": demoKeyFile, "HookFile": demoHookFile, "Owners": demoOwners(w.dataset), "Labels": labels,
	})
	return text.String(), err
}

// demoOwners are the accounts that the repositories belong to, in their order.
func demoOwners(dataset *githubtest.Dataset) []string {
	var owners []string
	for _, r := range dataset.Repos {
		if !slices.Contains(owners, r.Owner) {
			owners = append(owners, r.Owner)
		}
	}
	return owners
}
