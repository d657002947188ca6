package github

import (
	"fmt"
	"net/http"
	"strings"
)

// needed are the permissions without which issues and pull requests, and the
// commits of these, cannot be read, as the API and the settings name them:
// https://docs.github.com/rest/authentication/permissions-required-for-github-apps
var needed = []struct{ key, title string }{
	{"metadata", "Metadata"}, {"contents", "Contents"}, {"issues", "Issues"}, {"pull_requests", "Pull requests"},
}

// lacks says which permissions an account has not granted; "" if it has all.
func (raw rawApp) lacks(i rawInstallation, web string) string {
	var titles []string
	for _, p := range needed {
		switch i.Permissions[p.key] {
		case "read", "write", "admin":
		default:
			titles = append(titles, p.title)
		}
	}
	if len(titles) == 0 || i.Permissions == nil { // or an old server that does not say
		return ""
	}
	return fmt.Sprintf("App %s lacks read access to %s on %s; grant it at %s, then accept it at %s",
		raw.name(), strings.Join(titles, ", "), oneLine(i.Account.Login), raw.settings(web), i.page(web))
}

func (raw rawApp) suspendedOn(i rawInstallation, web string) string {
	return fmt.Sprintf("App %s is suspended on %s; end that at %s", raw.name(), oneLine(i.Account.Login), i.page(web))
}

// notInstalledOn says where to install the App, or that another account was
// meant, where one is configured.
func (raw rawApp) notInstalledOn(account, web string, configured bool) string {
	text := fmt.Sprintf("App %s is not installed on %s; install it at %s/installations/new", raw.name(), oneLine(account), raw.page(web))
	if configured {
		text += ", or correct `installation`"
	}
	return text
}

func (raw rawApp) notInstalled(web string) string {
	return fmt.Sprintf("App %s is not installed anywhere; install it at %s/installations/new", raw.name(), raw.page(web))
}

func (raw rawApp) mayNotAct(i rawInstallation, message string) string {
	return fmt.Sprintf("App %s gets no token for %s: %s", raw.name(), oneLine(i.Account.Login), message)
}

func (raw rawApp) name() string { return oneLine(raw.Slug) }

// page is where the App presents itself.
func (raw rawApp) page(web string) string {
	return onWeb(raw.Page, web, "https://"+web+"/apps/"+raw.name())
}

// settings is where its owner says what it may do:
// https://docs.github.com/apps/maintaining-github-apps/modifying-a-github-app-registration
func (raw rawApp) settings(web string) string {
	path := "/settings/apps/"
	if raw.Owner.Type == "Organization" {
		path = "/organizations/" + oneLine(raw.Owner.Login) + path
	}
	return "https://" + web + path + raw.name() + "/permissions"
}

// page is where the account that has installed it says the same.
func (i rawInstallation) page(web string) string {
	return onWeb(i.Page, web, fmt.Sprintf("https://%s/settings/installations/%d", web, i.ID))
}

// onWeb gives an address of an answer if it is one of the server's pages.
func onWeb(address, web, otherwise string) string {
	if strings.HasPrefix(address, "https://"+web+"/") && !strings.ContainsAny(address, " \t\r\n?#") {
		return oneLine(address)
	}
	return otherwise
}

// appRefused reports whether an error means that GitHub does not take the App
// for one, or that it cannot even sign, in contrast to one of its installations.
func appRefused(e *Error) bool {
	return e.Status == http.StatusUnauthorized || e.Reason == reasonUnauthorized && e.unsent ||
		e.Status == http.StatusNotFound && has(e.Message, "integration not found")
}

// refused says what is wrong with an App that GitHub does not take for one.
func (s *AppSource) refused(e *Error) *Error {
	out := failure(reasonUnauthorized, e.Message)
	out.unsent, out.Status = true, e.Status
	switch {
	case e.Status == http.StatusNotFound, e.Status != 0 && has(e.Message, "issuer"):
		out.Message = fmt.Sprintf("GitHub knows no App %s; correct client_id or app_id", s.ID)
	case e.Status != 0:
		out.Message = fmt.Sprintf("GitHub refuses what App %s signs (%s); its private key may be another App's, or have been deleted",
			s.ID, strings.TrimSuffix(e.Message, "."))
	}
	return out
}
