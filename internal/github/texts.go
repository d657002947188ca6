package github

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// commentPolicy says which text of comments is kept.
type commentPolicy string

const (
	keepNone     commentPolicy = "none"
	keepCommands commentPolicy = "commands"
	keepFull     commentPolicy = "full"
)

func parseCommentPolicy(word string) (commentPolicy, error) {
	switch p := commentPolicy(word); p {
	case "":
		return keepCommands, nil
	case keepNone, keepCommands, keepFull:
		return p, nil
	}
	return "", fmt.Errorf("comment_bodies: %q is none of none, commands and full", word)
}

// keep gives the part of a comment's text that is kept.
func (p commentPolicy) keep(text string) string {
	switch p {
	case keepFull:
		return strings.ReplaceAll(text, "\r\n", "\n")
	case keepCommands:
		var kept []string
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "/") || strings.HasPrefix(line, "@") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\n")
	}
	return ""
}

// source is where a text comes from, which decides what it can state: GitHub
// heeds closing keywords in pull requests and commits only, and who quotes a
// revert in a comment reverts nothing.
type source uint8

const (
	pullBody source = iota
	issueBody
	commentBody
	commitMessage
)

// statements lists the kinds of facts that a text of a source can state.
var statements = map[source][]model.MentionKind{
	pullBody:      {model.Reverts, model.Closes, model.RootCause},
	commitMessage: {model.Reverts, model.Closes, model.RootCause},
	issueBody:     {model.RootCause, model.NamesCommit, model.NamesDeployment},
	commentBody:   {model.RootCause, model.NamesCommit, model.NamesDeployment},
}

// maxNamed is how many commits or deployments a text may name: one that lists
// more, as machines do, says nothing by each.
const maxNamed = 8

// How a text names another object: a URL, owner/repo#N or #N, or a commit.
const (
	ownerName  = `[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})`
	repoName   = `[A-Za-z0-9._-]{1,100}`
	itemTarget = `(?:https?://(?P<host>[A-Za-z0-9.:-]+)/(?P<urlowner>` + ownerName + `)/(?P<urlrepo>` + repoName +
		`)/(?:issues|pull)/(?P<urlnumber>\d{1,10})|(?:(?P<owner>` + ownerName + `)/(?P<repo>` + repoName + `))?#(?P<number>\d{1,10}))\b`
	commitTarget = `(?:https?://(?P<commithost>[A-Za-z0-9.:-]+)/` + ownerName + `/` + repoName + `/commit/)?(?P<oid>[0-9a-f]{7,64})\b`
)

// patterns find the facts. Each has the groups of itemTarget or commitTarget:
// https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
var patterns = map[model.MentionKind][]*regexp.Regexp{
	model.Reverts: {
		regexp.MustCompile(`(?im)\bthis reverts commit\s+` + commitTarget),
		regexp.MustCompile(`(?im)^[ \t]*(?:[-*][ \t]+)?(?:this )?reverts:?\s+(?:pull request |pr )?` + itemTarget),
	},
	model.Closes: {
		regexp.MustCompile(`(?i)(?:^|[^\w/#-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+` + itemTarget),
	},
	model.RootCause: {
		regexp.MustCompile(`(?i)\b(?:root[ -]cause|caused by)[*_]*\s*:?[*_]*\s*(?:pull request |pr |issue )?` + itemTarget),
		regexp.MustCompile(`(?i)\b(?:root[ -]cause|caused by)[*_]*\s*:?[*_]*\s*(?:commit )?` + "`?" + commitTarget),
	},
	model.NamesCommit:     {regexp.MustCompile("(?i)(?:^|[\\s(\\[<`,;:])" + commitTarget)},
	model.NamesDeployment: {regexp.MustCompile(`(?i)\bdeployments?(?: id)?[ /:#]+(?P<deployment>\d{1,18})\b`)},
}

// hints are what a text must contain, in lower case, to state a fact of a kind.
var hints = map[model.MentionKind][]string{
	model.Reverts:         {"revert"},
	model.Closes:          {"clos", "fix", "resolve"},
	model.RootCause:       {"cause"},
	model.NamesCommit:     {""},
	model.NamesDeployment: {"deployment"},
}

// hidden is what GitHub does not read as text: comments of templates, code.
var hidden = regexp.MustCompile("(?s)<!--.*?(?:-->|$)|```.*?(?:```|$)")

// quoted are lines that repeat what somebody else said.
var quoted = regexp.MustCompile(`(?m)^[ \t]*>.*$`)

// reader takes facts from the texts of one repository.
type reader struct {
	host        string // of links that count
	owner, repo string // whose items are named without a repository
	comments    commentPolicy
	dialect     *dialect // what the server cannot tell
}

// mentions gives what a text states as a fact, in order, each once.
func (rd reader) mentions(from source, text string) []model.Mention {
	var found []model.Mention
	lower := strings.ToLower(text)
	cleaned := false
	for _, kind := range statements[from] {
		if !containsAny(lower, hints[kind]) {
			continue
		}
		if from != commitMessage && !cleaned {
			text = quoted.ReplaceAllString(hidden.ReplaceAllString(text, " "), " ")
			cleaned = true
		}
		var stated []model.Mention
		for _, pattern := range patterns[kind] {
			stated = rd.collect(stated, kind, pattern, text)
		}
		found = append(found, worthwhile(kind, stated, found)...)
	}
	return found
}

// worthwhile leaves out names that say nothing beside what else is stated, or
// because they are many.
func worthwhile(kind model.MentionKind, stated, found []model.Mention) []model.Mention {
	switch {
	case kind != model.NamesCommit && kind != model.NamesDeployment:
		return stated
	case len(stated) > maxNamed:
		return nil
	}
	return slices.DeleteFunc(stated, func(m model.Mention) bool {
		return m.OID != "" && (!strings.ContainsAny(m.OID, "abcdef") ||
			slices.ContainsFunc(found, func(f model.Mention) bool { return f.OID == m.OID }))
	})
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// collect appends what a pattern finds and is not there yet.
func (rd reader) collect(found []model.Mention, kind model.MentionKind, pattern *regexp.Regexp, text string) []model.Mention {
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		groups := map[string]string{}
		for i, name := range pattern.SubexpNames() {
			if name != "" {
				groups[name] = match[i]
			}
		}
		if target, ok := rd.target(groups); ok {
			target.Kind = kind
			found = appendMention(found, target)
		}
	}
	return found
}

// target turns what a pattern matched into what it names.
func (rd reader) target(groups map[string]string) (model.Mention, bool) {
	if oid := strings.ToLower(groups["oid"]); oid != "" {
		foreign := groups["commithost"] != "" && !rd.ours(groups["commithost"])
		return model.Mention{OID: oid}, !foreign && likelyOID(oid)
	}
	if id, err := strconv.Atoi(groups["deployment"]); err == nil {
		return model.Mention{Item: model.ItemRef{Number: id}}, id > 0
	}
	owner, repo, number := groups["owner"], groups["repo"], groups["number"]
	if groups["urlnumber"] != "" {
		if !rd.ours(groups["host"]) {
			return model.Mention{}, false
		}
		owner, repo, number = groups["urlowner"], groups["urlrepo"], groups["urlnumber"]
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt32 {
		return model.Mention{}, false
	}
	return model.Mention{Item: rd.ref(owner, repo, int(n))}, true
}

func (rd reader) ours(host string) bool {
	return strings.EqualFold(strings.TrimPrefix(host, "www."), rd.host)
}

// likelyOID tells an abbreviated commit id from a word of the letters a to f.
func likelyOID(oid string) bool { return len(oid) == 40 || strings.ContainsAny(oid, "0123456789") }

// ref names an item, without the repository where it is the reader's own.
func (rd reader) ref(owner, repo string, number int) model.ItemRef {
	if strings.EqualFold(owner, rd.owner) && strings.EqualFold(repo, rd.repo) {
		return model.ItemRef{Number: number}
	}
	return model.ItemRef{Owner: owner, Repo: repo, Number: number}
}

// appendMention appends a fact unless it is there.
func appendMention(list []model.Mention, m model.Mention) []model.Mention {
	for _, known := range list {
		if known == m {
			return list
		}
	}
	return append(list, m)
}
