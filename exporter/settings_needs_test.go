package exporter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is read of a repository's history follows from what is exported of it.
func TestNeedsOfWorkflowsAndMilestones(t *testing.T) {
	const deploys = "{source: workflow, workflow: deploy.yml}"
	for _, test := range []struct {
		name, project string
		groups        map[string]bool
		read          string // of ci.yml, deploy.yml and ci.txt
		deploying     string
		key           string
		milestones    bool
	}{
		{"by default", "", nil, "", "", "", false},
		{"what is listed", `workflows: ["*.yml"]`, nil, "ci.yml deploy.yml", "", "*.yml", false},
		{"what is listed and not exported", `workflows: ["*.yml"]`, map[string]bool{"workflows": false}, "", "", "", false},
		{"what deploys", "deployments: [" + deploys + "]", nil, "deploy.yml", "deploy.yml", "deploy.yml", false},
		{"both", `workflows: ["ci.*"], deployments: [` + deploys + ", " + deploys + "]", nil, "ci.yml deploy.yml ci.txt", "deploy.yml", "ci.*,deploy.yml", false},
		{"what deploys, where the rest is not exported", `workflows: ["*"], deployments: [` + deploys + "]", map[string]bool{"workflows": false}, "deploy.yml", "deploy.yml", "deploy.yml", false},
		{"milestones", "", map[string]bool{"milestones": true}, "", "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := "projects: {mine: {repositories: [o/r], " + test.project + "}}"
			s, err := newSettings(validate(t, ParseConfig("c.yml", []byte(config))), test.groups)
			if err != nil {
				t.Fatal(err)
			}
			needs := s.projects[0].Needs
			got := []string{chosen(needs.Workflows.Match), chosen(needs.Workflows.Deploys), needs.Workflows.Key}
			if diff := cmp.Diff([]string{test.read, test.deploying, test.key}, got); diff != "" || needs.Milestones != test.milestones {
				t.Errorf("milestones %t, workflows %s", needs.Milestones, diff)
			}
		})
	}
}

func chosen(match func(file string) bool) string {
	var files []string
	for _, file := range []string{"ci.yml", "deploy.yml", "ci.txt"} {
		if match != nil && match(file) {
			files = append(files, file)
		}
	}
	return strings.Join(files, " ")
}
