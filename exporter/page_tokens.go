package exporter

import (
	"cmp"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// tokenView is a row of the page's table of tokens.
type tokenView struct {
	Name, Kind, Identity string
	Watched              bool   // its budget is never spent
	State                string // complete, waiting or trouble
	Word, Why, Note      string
	Expiry               age
	Budgets              []budgetView
	NoBudget             string // in place of budgets
}

type budgetView struct {
	Resource         string
	Limit, Remaining int
	Text             string
}

func newTokenView(t model.TokenStatus, now time.Time) tokenView {
	v := tokenView{
		Name: t.Token, Kind: kindText(t.Kind), Identity: cmp.Or(t.Identity, "not known yet"), Watched: t.MonitorOnly,
		State: "complete", Word: "works", Expiry: ageOf(t.Expiry, now), NoBudget: "not known yet",
	}
	spent := spentUntil(t, now)
	switch {
	case !t.Up && t.Reason != "":
		v.State, v.Word, v.Why = "trouble", "cannot be used", t.Reason
	case !t.Up:
		v.State, v.Word = "waiting", "not tried yet"
	case t.PausedUntil.Time().After(now):
		v.State, v.Word = "waiting", "pauses"
		v.Note = "GitHub asks for fewer requests; it goes on " + ageOf(t.PausedUntil, now).Text + "."
	case spent != 0:
		v.State, v.Word = "waiting", "spent"
		v.Note = "It goes on " + ageOf(spent, now).Text + "."
	}
	if t.Unlimited {
		v.NoBudget = "no limit on this server"
	}
	for _, b := range t.Budgets {
		v.Budgets = append(v.Budgets, newBudgetView(b, now))
	}
	return v
}

func kindText(kind string) string {
	if kind == "app" {
		return "GitHub App"
	}
	return "personal token"
}

// spentUntil tells when a budget that is used up is whole again, of those that
// the mirror is made with; 0 where none is.
func spentUntil(t model.TokenStatus, now time.Time) (until model.Instant) {
	for _, b := range t.Budgets {
		if (b.Resource == "core" || b.Resource == "graphql") && b.Remaining == 0 && b.Reset.Time().After(now) {
			until = max(until, b.Reset)
		}
	}
	return until
}

func newBudgetView(b model.Budget, now time.Time) budgetView {
	text := fmt.Sprintf("%s of %s", humanize.Comma(int64(b.Remaining)), humanize.Comma(int64(b.Limit)))
	if b.Reset.Time().After(now) {
		text += ", full again " + ageOf(b.Reset, now).Text
	}
	return budgetView{b.Resource, b.Limit, b.Remaining, text}
}

// tokenTrouble says in a sentence that tokens cannot be used; "" if all can.
func tokenTrouble(tokens []model.TokenStatus) string {
	down, spending, left := 0, 0, 0
	for _, t := range tokens {
		if !t.Up && t.Reason != "" {
			down++
		}
		if !t.MonitorOnly {
			spending++
			if t.Up || t.Reason == "" {
				left++
			}
		}
	}
	switch {
	case down == 0:
		return ""
	case left > 0:
		return fmt.Sprintf("%d of %s cannot be used: see below. The others go on.", down, plural(len(tokens), "token"))
	case spending == 1:
		return "The token cannot be used: see below. What was copied is still served."
	}
	return "No token can be used: see below. What was copied is still served."
}
