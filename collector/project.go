package collector

import "strings"

// withProjects adds the groups of projects: for every group of repositories
// that has exact windowed figures, their twins over all of a project's repositories.
func withProjects(groups []Group) []Group {
	for _, g := range groups {
		if families := twins(g); len(families) > 0 {
			groups = append(groups, Group{
				Name: "project_" + g.Name, Flag: g.Flag, Subject: Projects, Default: g.Default,
				Help: "Of all of a project's repositories together: " + strings.ToLower(g.Help[:1]) + g.Help[1:], Families: families,
			})
		}
	}
	return groups
}

// twins gives the twins of a group's windowed figures. Quantiles and ratios of
// repositories cannot be put together from those of each, so a project has its own.
func twins(g Group) (families []Family) {
	if g.Subject != Repositories {
		return nil
	}
	for _, f := range g.Families {
		rest, _ := strings.CutPrefix(f.Name, "github_dev_")
		if strings.HasSuffix(rest, "_quantile_seconds") || strings.HasPrefix(rest, "dora_") {
			f.Name, f.Help = "github_dev_project_"+rest, "Over all of the project's repositories: "+strings.ToLower(f.Help[:1])+f.Help[1:]
			families = append(families, f)
		}
	}
	return families
}
