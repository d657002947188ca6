package githubtest

import (
	"fmt"
	"strings"
)

// theme is what the work of a repository is about.
type theme struct {
	description, language string
	areas                 []string // names of labels and folders
	things                []string // what is worked on
	deps                  []string
	extension             string
	method                string // how most pull requests are merged
}

var themes = map[string]*theme{
	"payments": {
		description: "Card and bank payments: authorisation, capture, refunds, settlement", language: "Go", extension: ".go", method: "squash",
		areas: []string{"ledger", "gateway", "refunds", "settlement", "risk"},
		things: []string{
			"the refund worker", "idempotency keys", "the settlement report", "card tokens", "the ledger writer", "3-D Secure fallback",
			"chargeback intake", "webhook signatures", "the currency table", "payout batches", "the fraud score client", "capture retries",
			"the reconciliation job", "SEPA mandates", "the audit log", "authorisation timeouts",
		},
		deps: []string{"google.golang.org/grpc", "github.com/jackc/pgx/v5", "golang.org/x/crypto", "actions/checkout", "github.com/prometheus/client_golang"},
	},
	"shop": {
		description: "The web shop: catalogue, basket, checkout", language: "TypeScript", extension: ".ts", method: "merge",
		areas: []string{"checkout", "catalogue", "search", "basket", "account"},
		things: []string{
			"the basket drawer", "the product page", "guest checkout", "the voucher field", "search facets", "the address form",
			"image lazy loading", "the wish list", "stock badges", "the order history", "price rounding", "the cookie banner",
			"the recommendation strip", "the returns form", "delivery slots", "keyboard focus in the menu",
		},
		deps: []string{"react", "vite", "typescript", "@playwright/test", "eslint", "actions/setup-node"},
	},
	"platform": {
		description: "Clusters, pipelines and shared services", language: "Go", extension: ".yaml", method: "squash",
		areas: []string{"network", "storage", "ci", "observability", "security"},
		things: []string{
			"the ingress controller", "node pools", "the backup job", "certificate rotation", "log retention", "the image cache",
			"cluster autoscaling", "the secrets operator", "alert routing", "the staging cluster", "network policies", "the build runners",
			"disk quotas", "the DNS zone", "the deploy pipeline", "tracing headers",
		},
		deps: []string{"hashicorp/aws", "k8s.io/client-go", "cert-manager", "actions/cache", "helm/kube-prometheus-stack"},
	},
}

func themeOf(name string) *theme {
	if t := themes[name]; t != nil {
		return t
	}
	return themes["platform"]
}

var (
	changes  = []string{"Add", "Fix", "Refactor", "Speed up", "Simplify", "Document", "Test", "Validate", "Log", "Make configurable:", "Remove dead code in", "Handle errors in", "Cache", "Retry"}
	bugs     = []string{"%s fails after the last release", "%s is slow under load", "Panic in %s", "%s ignores the time zone", "Flaky test around %s", "Wrong result from %s", "%s leaks memory", "Timeouts in %s", "%s breaks on empty input"}
	features = []string{"Support metrics for %s", "Make %s configurable", "Document how %s works", "Split up %s", "Allow dry runs of %s", "Show progress of %s", "Retire the old API of %s", "Dark launch for %s"}
	outages  = []string{"Error rate up: %s", "Outage of %s", "Degraded: %s", "Alerts firing for %s"}

	remarks = []string{
		"Thanks, I can reproduce this.", "Could you share the logs?", "I think this came with the last refactoring.", "Works for me on main, which version are you on?",
		"+1, we see it as well.", "Good catch.", "Let's discuss this on Thursday.", "I had a look: the retry hides the first error.", "Any update on this?",
		"Not sure this is worth the complexity.", "We hit this twice last week.", "I'd rather fix the cause than add a flag.", "Happy to review if somebody takes it.",
		"Attached a profile; most of the time is spent in JSON.", "Sounds reasonable to me.", "Can we split this into two?", "Related to what we saw in staging.",
	}
	answers = []string{
		"Done.", "Fixed, thanks.", "Good point, changed.", "I kept it as it is: the caller needs the order.", "Added a test.", "Rebased.", "PTAL", "Split out into a follow-up.",
		"Renamed.", "That was left over, removed.", "Does this look better?",
	}
	fixups = []string{
		"Address review comments", "Fix lint", "Add a test", "Handle the empty case", "Rename after review", "Update the docs", "Simplify", "Fix the build", "wip", "Cover the error path",
	}
	lineRemarks = []string{
		"nit: name this after what it does", "Is this safe for concurrent use?", "Can this be nil here?", "This wants a test.", "Why not return early?", "Typo.",
		"The error should say which file.", "We have a helper for this.", "What happens on a timeout?", "This allocates in a loop.", "I don't understand this condition.",
		"Please keep the old name for a release.", "Should this be a constant?", "Suggestion: swap the two branches.",
	}
	verdicts = []string{"", "", "", "LGTM", "Nice!", "Looks good, one nit.", "Thanks for the quick turnaround."}

	firstNames = []string{
		"ada", "aino", "amir", "anna", "aron", "bea", "bjorn", "carla", "chen", "dario", "diego", "dana", "elif", "emil", "erin", "farid", "femke", "gita", "greta", "hana",
		"hugo", "ines", "ivan", "jana", "joao", "jun", "kai", "katya", "kofi", "lena", "liam", "lucia", "maja", "marek", "mei", "milan", "nadia", "nils", "noor", "olga",
		"omar", "paula", "petra", "priya", "quinn", "rafa", "ravi", "rosa", "samir", "sofia", "sven", "tara", "tomas", "uma", "vera", "viktor", "wen", "yara", "yuki", "zoe",
	}
	lastNames = []string{
		"adeyemi", "ahlgren", "bauer", "becker", "bianchi", "castro", "cole", "dahl", "dubois", "eriksen", "farkas", "ferrari", "fischer", "garcia", "gupta", "haas", "hansen",
		"hoang", "horvat", "ito", "jansen", "jones", "kaya", "keller", "kim", "kovacs", "kumar", "lang", "larsen", "lopez", "maeda", "marin", "mensah", "meyer", "moreau",
		"nagy", "ng", "novak", "okafor", "olsen", "park", "patel", "peters", "popov", "quist", "rao", "rossi", "ruiz", "sato", "silva", "singh", "stein", "takeda", "toth",
		"vidal", "vogel", "wagner", "weber", "wong", "yilmaz", "zhang",
	}
)

// sentence begins with a capital.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (t *theme) pullTitle(d dice) string { return pick(d, changes) + " " + pick(d, t.things) }

func (t *theme) issueTitle(d dice) string {
	if d.chance(0.6) {
		return sentence(fmt.Sprintf(pick(d, bugs), pick(d, t.things)))
	}
	return fmt.Sprintf(pick(d, features), pick(d, t.things))
}

func (t *theme) outageTitle(d dice) string { return fmt.Sprintf(pick(d, outages), pick(d, t.things)) }

func (t *theme) updateTitle(d dice) string {
	major, minor := d.between(0, 6), d.between(0, 30)
	return fmt.Sprintf("Bump %s from %d.%d.%d to %d.%d.0", pick(d, t.deps), major, minor, d.between(0, 9), major, minor+1)
}

// path gives a file that a line comment is on.
func (t *theme) path(d dice) string {
	return pick(d, t.areas) + "/" + pick(d, []string{"client", "server", "store", "worker", "config", "handler"}) + t.extension
}

// branch gives a branch name made of a title.
func branch(d dice, title string) string {
	words := strings.Fields(strings.ToLower(title))
	for i, w := range words {
		words[i] = strings.Trim(w, ":,.\"'")
	}
	return fmt.Sprintf("%s-%d", strings.Join(words[:min(3, len(words))], "-"), d.between(10, 99))
}
