package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// singleSignOn knows the organizations that enforce single sign-on.
type singleSignOn struct{ organizations []string }

// samlMessage is what GitHub says to classic tokens that are not authorized.
const samlMessage = "Resource protected by organization SAML enforcement. You must grant your Personal Access token " +
	"access to this organization."

// asks says whether single sign-on is asked of a caller at all: of classic tokens alone.
func (s *singleSignOn) asks(c caller) bool {
	return len(s.organizations) > 0 && c.classic()
}

// demands says whether an account asks it of a caller whose token is not authorized, as
// GitHub does of the organization's members.
func (s *singleSignOn) demands(c caller, account string) bool {
	return s.asks(c) && containsFold(s.organizations, account) && !containsFold(c.SSO, account)
}

// ssoHeader tells where a token can be authorized for an organization.
func ssoHeader(organization string) string {
	return "required; url=https://github.com/orgs/" + strings.ToLower(organization) +
		"/sso?authorization_request=AZSCKtL4U8yX1H3sCQIVnVgmjmon5fWxks5YrqhJgah0b2tlbl9pZM4EuMz4"
}

// signedOn says why the caller may not read anything of an account, if so.
func (x *exchange) signedOn(account string) *apiError {
	if !x.server.sso.demands(x.caller, account) {
		return nil
	}
	x.ssoRequired = ssoHeader(account)
	e := refuse(http.StatusForbidden, samlMessage)
	e.body.Docs = "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/"
	return e
}

// demands gives the error for what belongs to an account that asks for single sign-on.
func (g *guard) demands(account string) error {
	if g == nil || !g.sso.demands(g.caller, account) {
		return nil
	}
	*g.called = ssoHeader(account)
	return &queryError{Type: "FORBIDDEN", Message: samlMessage, Extensions: map[string]any{"saml_failure": true}}
}

// listMine lists the repositories that the caller has been given to read: its own, and
// those that are not public. Organizations that ask for single sign-on are left out.
func (x *exchange) listMine() (any, *apiError) {
	switch {
	case x.caller.anonymous:
		return nil, refuse(http.StatusUnauthorized, "Requires authentication")
	case x.caller.Installation != "":
		return nil, refuse(http.StatusForbidden, "%s", x.caller.notAccessible())
	}
	var left []string
	mine := filter(x.view.repos(), func(rv *repoView) bool {
		if rv.visibility() == "public" && !strings.EqualFold(rv.owner, x.caller.Login) {
			return false
		}
		if id := itoa(rv.account().ID); x.server.sso.demands(x.caller, rv.owner) {
			if !slices.Contains(left, id) {
				left = append(left, id)
			}
			return false
		}
		return true
	})
	if len(left) > 0 {
		x.ssoRequired = "partial-results; organizations=" + strings.Join(left, ",")
	}
	if err := x.sortRepositories(mine); err != nil {
		return nil, err
	}
	return mapped(paged(x, mine), x.repository), nil
}
