package derive

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestDeploymentOutcomes(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(p *past)
		want  []string
	}{
		{
			"a success", func(p *past) { p.deploy(1, "production", "a", "10 pending", "20 success") },
			[]string{"20 deployments_total{production,deployments,success}"},
		},
		{
			"a failure", func(p *past) { p.deploy(1, "production", "a", "20 failure") },
			[]string{"20 deployments_total{production,deployments,failure}"},
		},
		{
			"an error is a failure", func(p *past) { p.deploy(1, "production", "a", "20 error", "30 failure") },
			[]string{"20 deployments_total{production,deployments,failure}"},
		},
		{
			"failed, then succeeded: both once", func(p *past) { p.deploy(1, "production", "a", "20 failure", "25 error", "30 success", "40 success") },
			[]string{"20 deployments_total{production,deployments,failure}", "30 deployments_total{production,deployments,success}"},
		},
		{
			"a failure after the success is none", func(p *past) { p.deploy(1, "production", "a", "20 success", "30 failure") },
			[]string{"20 deployments_total{production,deployments,success}"},
		},
		{
			"statuses out of order change nothing", func(p *past) {
				p.deploy(1, "production", "a", "40 success", "30 success", "25 error", "20 failure", "50 inactive")
			},
			[]string{"20 deployments_total{production,deployments,failure}", "30 deployments_total{production,deployments,success}"},
		},
		{
			"inactive is nothing", func(p *past) {
				p.deploy(1, "production", "a", "20 success", "30 inactive").deploy(2, "production", "b", "20 inactive")
			},
			[]string{"20 deployments_total{production,deployments,success}"},
		},
		{"neither", func(p *past) { p.deploy(1, "production", "a", "20 in_progress").deploy(2, "production", "a") }, nil},
		{
			"other environments are ignored", func(p *past) { p.deploy(1, "preview", "a", "20 success").deploy(2, "prod-eu", "a", "30 success") },
			[]string{"30 deployments_total{production,deployments,success}"},
		},
		{"the same commit within ten minutes", func(p *past) {
			p.deploy(1, "production", "a", "20 success").deploy(2, "production", "a", "620 success").deploy(3, "staging", "a", "30 success")
		}, []string{"20 deployments_total{production,deployments,success}", "30 deployments_total{staging,deployments,success}"}},
		{"ten minutes are counted from a success that counts", func(p *past) {
			p.deploy(1, "production", "a", "20 success").deploy(2, "production", "a", "600 success").deploy(3, "production", "a", "621 success")
		}, []string{"20 deployments_total{production,deployments,success}", "621 deployments_total{production,deployments,success}"}},
		{"another commit in between", func(p *past) {
			p.deploy(1, "production", "a", "20 success").deploy(2, "production", "b", "30 success").deploy(3, "production", "a", "40 success")
		}, []string{"20 deployments_total{production,deployments,success}", "30 deployments_total{production,deployments,success}"}},
		{"what has no commit is not the same", func(p *past) {
			p.deploy(1, "production", "", "20 success").deploy(2, "production", "", "30 success")
		}, []string{"20 deployments_total{production,deployments,success}", "30 deployments_total{production,deployments,success}"}},
		{"the failure of what is the same counts", func(p *past) {
			p.deploy(1, "production", "a", "20 success").deploy(2, "production", "a", "30 failure", "40 success")
		}, []string{"20 deployments_total{production,deployments,success}", "30 deployments_total{production,deployments,failure}"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPast(t)
			test.write(p)
			p.wants(test.want, "deployments_total")
		})
	}
}

func TestSources(t *testing.T) {
	run := func(p *past, id int64, attempt int, conclusion string, after int, more ...func(*model.Run)) {
		r := model.Run{
			ID: id, Attempt: attempt, Workflow: "deploy.yml", Branch: "main", OID: oid("a"), Event: "push",
			Conclusion: conclusion, CompletedAt: t0 + model.Instant(after),
		}
		for _, m := range more {
			m(&r)
		}
		p.history.Runs = append(p.history.Runs, r)
	}
	release := func(p *past, id int64, tag string, after int) *model.Release {
		p.history.Releases = append(p.history.Releases, model.Release{ID: id, Tag: tag, OID: oid("a" + tag), PublishedAt: t0 + model.Instant(after)})
		return &p.history.Releases[len(p.history.Releases)-1]
	}
	tag := func(p *past, name string, tagged, committed model.Instant) {
		p.history.Tags = append(p.history.Tags, model.Tag{Name: name, OID: oid(name), TaggedAt: tagged, CommittedAt: committed})
	}
	only := func(p *past, sources ...DeploymentSource) { p.rules.Deployments = sources }
	for _, test := range []struct {
		name  string
		write func(p *past)
		want  []string
	}{
		{"runs of a workflow on the default branch", func(p *past) {
			only(p, DeploymentSource{Source: "workflow", Workflow: "deploy.yml", Environment: "staging"})
			run(p, 1, 1, "failure", 10)
			run(p, 1, 2, "success", 20)
			run(p, 1, 3, "failure", 30)
			run(p, 2, 1, "timed_out", 1040)
			run(p, 3, 1, "startup_failure", 1050)
			run(p, 4, 1, "cancelled", 1060)
			run(p, 5, 1, "success", 1070, func(r *model.Run) { r.Branch = "topic" })
			run(p, 6, 1, "success", 1080, func(r *model.Run) { r.Workflow = "test.yml" })
			run(p, 7, 1, "success", 1090, func(r *model.Run) { r.Event = "pull_request" })
		}, []string{
			"10 deployments_total{staging,workflow,failure}", "20 deployments_total{staging,workflow,success}",
			"1040 deployments_total{staging,workflow,failure}", "1050 deployments_total{staging,workflow,failure}",
		}},
		{"releases without pre-releases", func(p *past) {
			release(p, 1, "v1", 10)
			release(p, 2, "v2", 20).Prerelease = true
		}, []string{"10 deployments_total{production,releases,success}"}},
		{"tags", func(p *past) {
			only(p, DeploymentSource{Source: "tags", Match: regexp.MustCompile(`^v\d`)})
			tag(p, "v1", t0+10, t0+5)
			tag(p, "v2", 0, t0+15)
			tag(p, "v3", 0, t0+25)
			tag(p, "latest", t0+40, t0+30)
			release(p, 1, "v2", 20)
		}, []string{
			"10 deployments_total{production,tags,success}", "20 deployments_total{production,tags,success}", "25 deployments_total{production,tags,success}",
		}},
		{"merges to a branch", func(p *past) {
			only(p, DeploymentSource{Source: "merges"}, DeploymentSource{Source: "merges", Branch: "next", Environment: "staging"})
			p.merged(1, 10, "a").merged(2, 20, "b", set(func(it *model.Item) { it.BaseRef = "next" }))
		}, []string{"10 deployments_total{production,merges,success}", "20 deployments_total{staging,merges,success}"}},
		{"the first listed that has yielded", func(p *past) {
			only(p, DeploymentSource{Source: "deployments"}, DeploymentSource{Source: "releases"}, DeploymentSource{Source: "merges"})
			p.merged(1, 10, "a").merged(2, 20, "b").merged(3, 30, "c").merged(4, 60, "d")
			release(p, 1, "v1", 20)
			release(p, 2, "v2", 40)
			release(p, 3, "v3", 50)
			p.deploy(1, "production", "c", "45 failure", "55 success").deploy(2, "staging", "c", "1 success")
		}, []string{
			"1 deployments_total{staging,deployments,success}",
			"10 deployments_total{production,merges,success}", "20 deployments_total{production,releases,success}",
			"40 deployments_total{production,releases,success}", "45 deployments_total{production,deployments,failure}",
			"55 deployments_total{production,deployments,success}",
		}},
		{"an environment that is not configured", func(p *past) {
			only(p, DeploymentSource{Source: "releases", Environment: "moon"})
			release(p, 1, "v1", 10)
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPast(t)
			test.write(p)
			p.wants(test.want, "deployments_total")
		})
	}
}

func TestSeverity(t *testing.T) {
	for _, test := range []struct {
		pattern, label, want string
		tells                bool
	}{
		{"severity/*", "severity/high", "high", true},
		{"severity/*", "Severity/High", "High", true},
		{"severity/*", "severity/", "severity/", true},
		{"severity/*", "x", "", false},
		{"sev?", "sev1", "1", true},
		{"sev[12]", "sev3", "", false},
		{"critical", "Critical", "Critical", true},
		{`re:^p(\d)$`, "p1", "1", true},
		{`re:^p\d$`, "p1", "p1", true},
		{`*-sev-*`, "a-sev-b", "a", true},
	} {
		s, err := NewSeverity(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, tells := s.Value(test.label); got != test.want || tells != test.tells {
			t.Errorf("%s of %s: %q, %v, want %q, %v", test.pattern, test.label, got, tells, test.want, test.tells)
		}
	}
	for _, bad := range []string{"", "[", "re:("} {
		if _, err := NewSeverity(bad); err == nil {
			t.Errorf("%q is a pattern", bad)
		}
	}
}

// A pattern that is taken as a matcher's is taken as a severity's, and matches the same.
func FuzzSeverity(f *testing.F) {
	f.Add("severity/*", "severity/high")
	f.Add("re:(a)?b", "b")
	f.Add("[a(]?", "(x")
	f.Fuzz(func(t *testing.T, pattern, label string) {
		s, err := NewSeverity(pattern)
		m, wrong := NewMatcher([]string{pattern})
		if (err == nil) != (wrong == nil) && utf8.ValidString(pattern) {
			t.Fatalf("%q: %v, a matcher %v", pattern, err, wrong)
		}
		if err != nil || strings.HasSuffix(strings.ToLower(pattern), botSuffix) || label == "" || !ascii(pattern+label) {
			return
		}
		if value, tells := s.Value(label); tells != m.Match(label) || tells && value == "" {
			t.Fatalf("%q of %q: %q, %v", pattern, label, value, tells)
		}
	})
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}
