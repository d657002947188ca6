package exporter

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// page is what status.html shows: words for people who have never seen the
// exporter, made of the report.
type page struct {
	Title, Summary string
	Mood           string // good, busy or bad
	Telemetry      string // relative, so that the page works below any path
	ConfigError    string
	Version        string
	Refresh        int // seconds
	Started        age
	Projects       []projectView
	Tokens         []tokenView
	Webhook        *webhookView // nil while webhooks are off
}

type webhookView struct {
	Last   age
	Counts string
}

type projectView struct {
	ID, Name, Query, Note string
	Repositories          []repositoryView
}

type repositoryView struct {
	ID, FullName string
	State        string // complete, syncing, waiting, failed or gone
	Word, Why    string
	Percent      bool
	Progress     int
	Records      string
	LastRead     age
	Streams      []streamView
	Notes        []string
}

type streamView struct {
	Name, Stored, Errors, LastError string
	LastSuccess                     age
}

// age is an instant as "5 minutes ago".
type age struct{ Text, Stamp string }

func ageOf(t model.Instant, now time.Time) age {
	if t == 0 {
		return age{}
	}
	text := humanize.RelTime(t.Time(), now, "ago", "")
	if t.Time().After(now) {
		text = "in " + strings.TrimSpace(text)
	}
	if d := now.Sub(t.Time()); d < time.Minute && d > -time.Minute {
		text = "just now"
	}
	return age{text, t.String()}
}

// staleAfter is how long nothing may have gone well before a repository is
// called out of date: one failed request is no news.
const staleAfter = 15 * time.Minute

// refreshSeconds is how often the page brings itself up to date.
const refreshSeconds = 10

var pageTemplate = template.Must(template.ParseFS(assets, "status.html"))

func (e *Exporter) servePage(w http.ResponseWriter, _ *http.Request) {
	writePage(w, newPage(e.report(), e.publisher.settings.Load(), e.telemetryPath()))
}

func writePage(w http.ResponseWriter, p page) {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		say(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // the client is gone
}

func newPage(r report, s *settings, telemetry string) page {
	p := page{
		Telemetry: strings.TrimPrefix(telemetry, "/"), Version: r.Version, Refresh: refreshSeconds,
		ConfigError: r.Config.LastError, Started: ageOf(model.At(r.StartedAt), r.Now),
	}
	counts := map[string]int{}
	for i, project := range s.config.Projects {
		view := projectView{
			ID: fmt.Sprintf("project-%d", i), Name: project.Name, Query: url.QueryEscape(project.Name),
			Note: projectNote(project, r.Limits),
		}
		for j, repo := range r.Repositories {
			if repo.Project == project.Name {
				v := newRepositoryView(repo, r.Now)
				v.ID = fmt.Sprintf("repository-%d", j)
				v.Notes = append(v.Notes, limitNotes(r.Limits, repo.Project, repo.Owner, repo.Name)...)
				view.Repositories = append(view.Repositories, v)
				counts[v.State]++
			}
		}
		if len(view.Repositories) == 0 {
			view.Note = "No repository was found yet. " + view.Note
		}
		p.Projects = append(p.Projects, view)
	}
	for _, t := range r.Tokens {
		p.Tokens = append(p.Tokens, newTokenView(t, r.Now))
	}
	if r.Webhook != nil {
		p.Webhook = &webhookView{ageOf(r.Webhook.LastDelivery, r.Now), cmp.Or(countsText(r.Webhook.Results), "none")}
	}
	p.summarise(r, counts)
	return p
}

func projectNote(p ProjectConfig, cut []limitReport) string {
	note := "Made of " + strings.Join(p.Repositories, ", ") + "."
	if p.Detail == "project" {
		note += " Shown as one: its series have no owner and no repository."
	}
	for _, text := range limitNotes(cut, p.Name, "", "") {
		note += " " + text + "."
	}
	return note
}

// summarise says in one sentence how things stand, the worst first.
func (p *page) summarise(r report, counts map[string]int) {
	total := 0
	for _, n := range counts {
		total += n
	}
	broken := counts["failed"] + counts["gone"]
	p.Mood = "busy"
	trouble := tokenTrouble(r.Tokens)
	switch {
	case trouble != "":
		p.Mood, p.Summary = "bad", trouble
	case !r.Ready:
		p.Summary = "The copy is being loaded; the figures come in a moment."
	case total == 0:
		p.Summary = "Looking for the repositories."
	case broken > 0:
		p.Mood, p.Summary = "bad", fmt.Sprintf("%s of %d cannot be read: see below. What was copied is still served.", plural(broken, "repository"), total)
	case counts["complete"] < total:
		p.Summary = fmt.Sprintf("First sync: %d of %s complete. Figures of a repository appear when it is complete.", counts["complete"], plural(total, "repository"))
	default:
		p.Mood, p.Summary = "good", fmt.Sprintf("All is well: %s, all up to date.", plural(total, "repository"))
	}
	if p.ConfigError != "" {
		p.Mood = "bad"
		p.Summary += " The configuration was not reloaded."
	}
	p.Title = map[string]string{"good": "✓ ", "busy": "… ", "bad": "! "}[p.Mood] + "GitHub dev exporter"
}

func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		what = strings.TrimSuffix(what, "y") + "ie"
	}
	return fmt.Sprintf("%s %ss", humanize.Comma(int64(n)), what)
}

func newRepositoryView(r model.RepositoryStatus, now time.Time) repositoryView {
	v := repositoryView{FullName: r.Owner + "/" + r.Name, Progress: int(100 * r.Progress), Records: recordsText(r.Records)}
	problem, newest := "", model.Instant(0)
	for _, s := range r.Streams {
		v.Streams = append(v.Streams, newStreamView(s, now))
		newest = max(newest, s.LastSuccess)
		problem = cmp.Or(problem, s.LastError)
	}
	v.LastRead = ageOf(newest, now)
	v.Notes = repositoryNotes(r)
	if r.LastError != "" {
		v.Notes = append(v.Notes, fmt.Sprintf("Last error, %s: %s", ageOf(r.LastErrorAt, now).Text, r.LastError))
	}
	if newest == 0 {
		problem = cmp.Or(problem, r.LastError) // nothing went well since
	}
	switch {
	case r.Gone != "":
		v.State, v.Word, v.Why = "gone", "gone", goneText(r.Gone)
	case problem != "" && r.Complete && now.Sub(newest.Time()) < staleAfter:
		v.State, v.Word, v.Why = "complete", "up to date", "Trying again: "+problem
	case problem != "" && r.Complete:
		v.State, v.Word, v.Why = "failed", "not up to date", problem
	case problem != "":
		v.State, v.Word, v.Why, v.Percent = "failed", "cannot be read", problem, r.Progress > 0
	case r.Complete:
		v.State, v.Word = "complete", "up to date"
	case r.Progress > 0:
		v.State, v.Word, v.Percent = "syncing", "first sync", true
	default:
		v.State, v.Word = "waiting", "waiting"
	}
	v.Why = cmp.Or(v.Why, r.Waiting)
	return v
}

// goneText tells in a sentence why a repository is no longer read.
func goneText(why string) string {
	switch why {
	case "not_found":
		return "GitHub does not show it: it was deleted, or the token may not read it. What was copied is kept."
	case "blocked":
		return "GitHub has blocked access to it. What was copied is kept."
	}
	return why
}

// recordKinds is the order in which stored records are told.
var recordKinds = []string{"issue", "pull_request", "comment", "review", "review_comment", "commit", "event"}

func recordsText(records map[string]int) string {
	var parts []string
	for _, kind := range recordKinds {
		if n := records[kind]; n > 0 {
			parts = append(parts, plural(n, strings.ReplaceAll(kind, "_", " ")))
		}
	}
	if len(parts) == 0 {
		return "nothing yet"
	}
	return strings.Join(parts, ", ")
}

// repositoryNotes tells what is out of the ordinary.
func repositoryNotes(r model.RepositoryStatus) []string {
	var notes []string
	if r.Gaps > 0 {
		notes = append(notes, plural(r.Gaps, "item")+" could not be read yet and will be tried again")
	}
	for _, list := range []struct {
		what  string
		count map[string]int
	}{{"Repaired by sweeps", r.Repairs}, {"Left out, since GitHub's answer lacked something", r.Dropped}} {
		if text := countsText(list.count); text != "" {
			notes = append(notes, list.what+": "+text)
		}
	}
	return notes
}

// countsText lists what was counted: 3 timeout, 1 malformed.
func countsText[W ~string](counts map[W]int) string {
	var parts []string
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(word), "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

func newStreamView(s model.StreamStatus, now time.Time) streamView {
	v := streamView{
		Name: strings.ReplaceAll(s.Name, "_", " "), LastSuccess: ageOf(s.LastSuccess, now),
		Errors: cmp.Or(countsText(s.Errors), "none"), LastError: s.LastError, Stored: "–",
	}
	switch {
	case s.Total > 0:
		v.Stored = humanize.Comma(int64(s.Stored)) + " of " + humanize.Comma(int64(s.Total))
	case s.Stored > 0:
		v.Stored = humanize.Comma(int64(s.Stored))
	}
	return v
}
