package collector

import (
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func exporterFamilies() []Family {
	return []Family{
		{
			Name: "github_dev_exporter_build_info", Labels: []string{"version", "revision", "branch", "goversion"},
			Help: "Always 1, the version of the exporter; never absent.",
			Emit: func(in *Input, out *Sink) {
				p := &in.Process
				out.Value(1, p.Version, p.Revision, p.Branch, p.GoVersion)
			},
		},
		{
			Name: "github_dev_exporter_config_last_reload_successful",
			Help: "Whether the last reload of the configuration was successful; never absent.",
			Emit: func(in *Input, out *Sink) { out.Value(truth(in.Process.ReloadOK)) },
		},
		{
			Name: "github_dev_exporter_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration was last loaded successfully; never absent.",
			Emit: func(in *Input, out *Sink) { out.Value(float64(in.Process.ReloadedAt)) },
		},
		{
			Name: "github_dev_exporter_definition_info", Labels: []string{"version"},
			Help: "Always 1, the version of the definitions that the figures follow; never absent.",
			Emit: func(_ *Input, out *Sink) { out.Value(1, strconv.Itoa(derive.Version)) },
		},
	}
}
