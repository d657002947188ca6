package mixin

import (
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	grafana "github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Grafana's own schema knows every key of the dashboards and their panels.
func TestDashboardsFitGrafanasSchema(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for _, d := range dashboards(t) {
		//lint:ignore SA1019 the second version of the schema is not what Grafana imports from a file
		var decoded grafana.Dashboard
		if err := decoded.UnmarshalJSONStrict(d.text); err != nil && err.Error() != "" {
			t.Errorf("%s: %v", d.file, err)
		}
	}
}
