package githubtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// queryRoot is what queries begin at.
type queryRoot struct{}

// queryTypes resolves where queries begin.
func queryTypes() map[string]resolvers {
	return map[string]resolvers{
		"Query": {
			"viewer":          of(func(c *call, _ queryRoot) any { return node{"User", c.host.viewer()} }),
			"rateLimit":       of(queryRateLimit),
			"relay":           always(node{"Query", queryRoot{}}),
			"id":              always("Q_query"),
			"node":            of(queryNode),
			"nodes":           of(queryNodes),
			"repository":      of(queryRepository),
			"repositoryOwner": of(queryOwner),
			"organization":    of(func(c *call, _ queryRoot) any { return c.accountOf("Organization") }),
			"user":            of(func(c *call, _ queryRoot) any { return c.accountOf("User") }),
			"__schema":        of(func(c *call, _ queryRoot) any { return node{"__Schema", c.engine.schema} }),
			"__type":          of(queryType),
		},
		"RateLimit": {
			"cost":      of(func(c *call, _ budgetNow) any { return c.points }),
			"nodeCount": of(func(c *call, _ budgetNow) any { return c.nodes }),
			"limit":     of(func(_ *call, b budgetNow) any { return b.limit }),
			"used":      of(func(_ *call, b budgetNow) any { return b.used }),
			"remaining": of(func(_ *call, b budgetNow) any { return max(0, b.limit-b.used) }),
			"resetAt":   of(func(_ *call, b budgetNow) any { return b.reset }),
		},
	}
}

// budgetNow is the caller's budget.
type budgetNow struct {
	limit, used int
	reset       Time
}

func queryRateLimit(c *call, _ queryRoot) any {
	limit, used, reset, ok := c.host.rateLimit()
	if !ok {
		return nil
	}
	return node{"RateLimit", budgetNow{limit, used, reset}}
}

// notResolved says that nothing of that kind and name exists for the caller.
func notResolved(format string, args ...any) error {
	return &queryError{Type: "NOT_FOUND", Message: "Could not resolve to " + fmt.Sprintf(format, args...)}
}

func queryRepository(c *call, _ queryRoot) any {
	owner, name := c.text("owner"), c.text("name")
	rv, moved := c.view.repoByName(owner, name)
	if rv == nil || moved && c.args["followRenames"] == false {
		return notResolved("a Repository with the name '%s/%s'.", owner, name)
	}
	return c.repository(rv)
}

// repository shows a repository, or says why it may not be read.
func (c *call) repository(rv *repoView) any {
	if rv.bar != nil {
		return &queryError{Type: "FORBIDDEN", Message: "Repository access blocked"}
	}
	if err := c.view.guard.demands(rv.owner); err != nil {
		return err
	}
	return node{"Repository", rv}
}

// text reads an argument that is a string.
func (c *call) text(name string) string {
	s, _ := c.args[name].(string)
	return s
}

func queryOwner(c *call, _ queryRoot) any {
	if err := c.view.guard.demands(c.text("login")); err != nil {
		return err
	}
	if u := c.view.account(c.text("login")); u != nil && u.Type != "Bot" {
		return accountNode(u)
	}
	return notResolved("a User or Organization with the login of '%s'.", c.text("login"))
}

// accountOf finds the account of the argument login if it is of a type.
func (c *call) accountOf(typ string) any {
	if err := c.view.guard.demands(c.text("login")); err != nil {
		return err
	}
	if u := c.view.account(c.text("login")); u != nil && u.Type == typ {
		return accountNode(u)
	}
	article := map[string]string{"User": "a User", "Organization": "an Organization"}[typ]
	return notResolved("%s with the login of '%s'.", article, c.text("login"))
}

// account finds an account in all datasets, as the owner of a repository too.
func (v *view) account(login string) *User {
	for _, rv := range v.repos() {
		if u := rv.user(login); u != nil {
			return u
		}
		if strings.EqualFold(rv.owner, login) {
			return rv.account()
		}
	}
	return nil
}

// account gives the account that a repository belongs to.
func (rv *repoView) account() *User {
	if u := rv.user(rv.owner); u != nil {
		return u
	}
	return &User{
		ID: cmp.Or(rv.OwnerID, accountID(rv.owner)), Login: rv.owner, Type: cmp.Or(rv.OwnerType, "Organization"),
	}
}

func queryNode(c *call, _ queryRoot) any { return c.byID(c.args["id"]) }

func queryNodes(c *call, _ queryRoot) any {
	ids := asList(c.args["ids"])
	if len(ids) > maxPage {
		return &queryError{Type: "ARGUMENT_LIMIT", Message: fmt.Sprintf("You may not provide more than %d node ids; you provided %d.", maxPage, len(ids))}
	}
	found := make([]any, len(ids))
	for i, id := range ids {
		found[i] = c.byID(id)
	}
	return found
}

// byID finds what a node id names, or says that it cannot be found.
func (c *call) byID(id any) any {
	text := fmt.Sprint(id)
	if parsed, ok := parseID(text); ok {
		for _, rv := range c.view.holding(parsed) {
			if found := c.inRepository(rv, parsed); found != nil {
				return found
			}
		}
	}
	return notResolved("a node with the global id of '%s'.", text)
}

// holding gives the repositories that what a node id names may belong to: newer ids say which
// one it is.
func (v *view) holding(id parsedID) []*repoView {
	known := int64(0)
	switch {
	case id.prefix == "R":
		known = id.ids[len(id.ids)-1]
	case slices.Contains(accountPrefixes, id.prefix) || id.old:
		return v.repos()
	default:
		known = id.ids[0]
	}
	if rv := v.repoByID(known); rv != nil {
		return []*repoView{rv}
	}
	return nil
}

// accountPrefixes are those of the node ids of accounts.
var accountPrefixes = []string{"U", "O", "BOT", "M"}

// inRepository finds what a node id names, if that belongs to a repository.
func (c *call) inRepository(rv *repoView, id parsedID) any {
	last := id.ids[len(id.ids)-1]
	switch {
	case id.prefix == "R":
		if last == rv.ID {
			return c.repository(rv)
		}
		return nil
	case slices.Contains(accountPrefixes, id.prefix):
		found := accountByID(rv, last)
		if n, ok := found.(node); ok && n.typ == "Organization" {
			if err := c.view.guard.demands(rv.owner); err != nil {
				return err
			}
		}
		return found
	case !id.old && id.ids[0] != rv.ID || rv.bar != nil:
		return nil
	}
	found := c.part(rv, id)
	if found == nil {
		return nil
	}
	if err := cmp.Or(c.view.guard.demands(rv.owner), c.view.guard.forbids(rv, permissionOf(id.prefix))); err != nil {
		return err
	}
	return found
}

// part finds a part of a repository.
func (c *call) part(rv *repoView, id parsedID) any {
	if id.name != "" {
		return gitByID(rv, id)
	}
	if find := finders[id.prefix]; find != nil {
		return find(rv, id.prefix, id.ids[len(id.ids)-1])
	}
	return nil
}

// accountByID finds an account that a repository knows.
func accountByID(rv *repoView, id int64) any {
	if id == ghost.ID {
		return accountNode(ghost)
	}
	for _, u := range rv.Users {
		if u.ID == id && rv.user(u.Login) != nil {
			return accountNode(u)
		}
	}
	if u := rv.account(); u.ID == id {
		return accountNode(u)
	}
	return nil
}

// queryType finds a type of the schema for introspection.
func queryType(c *call, _ queryRoot) any {
	if definition := c.engine.schema.Types[c.text("name")]; definition != nil {
		return typeNode(c.engine.schema, ast.NamedType(definition.Name, nil))
	}
	return nil
}
