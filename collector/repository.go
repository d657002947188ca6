package collector

import (
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// repositoryFamilies are what GitHub says of a repository now; of a project
// as a whole they are sums.
func repositoryFamilies() []Family {
	return []Family{
		{
			Name: "github_dev_repository_info", Labels: []string{"visibility", "archived", "default_branch"},
			Help: "Always 1, a repository with what is known of it; absent until its first sync is complete, and for a project as a whole.",
			Emit: func(in *Input, out *Sink) {
				if in.Scope.Owner == "" {
					return
				}
				for i := range in.Figures.Repositories {
					r := &in.Figures.Repositories[i]
					out.Value(1, r.Visibility, strconv.FormatBool(r.Archived), r.DefaultBranch)
				}
			},
		},
		repositoryGauge("stars", "Accounts that starred the repository", func(r *model.Repository) int64 { return r.Stars }),
		repositoryGauge("forks", "Forks of the repository", func(r *model.Repository) int64 { return r.Forks }),
		repositoryGauge("watchers", "Accounts that watch the repository", func(r *model.Repository) int64 { return r.Watchers }),
		repositoryGauge("size_bytes", "Size of the repository on GitHub, in bytes", func(r *model.Repository) int64 { return r.SizeBytes }),
	}
}

func repositoryGauge(name, what string, value func(*model.Repository) int64) Family {
	return Family{
		Name: "github_dev_repository_" + name, Help: what + "; absent until its first sync is complete.",
		Emit: func(in *Input, out *Sink) {
			sum := int64(0)
			for i := range in.Figures.Repositories {
				sum += value(&in.Figures.Repositories[i])
			}
			out.Value(float64(sum))
		},
	}
}
