package exporter

import (
	"regexp"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

var (
	clientID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	// clientSecret is what GitHub gives beside a client id: 40 hexadecimal digits.
	clientSecret = regexp.MustCompile(`^[0-9a-f]{40}$`)
	// accountName is a login; those of managed users have an underscore.
	// https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
	accountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
)

func (c *checker) app(key string, a *AppConfig) {
	switch {
	case (a.ClientID == "") == (a.AppID == 0):
		c.bad(key, "needs one of client_id and app_id; give it one")
	case a.AppID < 0:
		c.bad(key+".app_id", "is negative; copy it from the App's page")
	case clientSecret.MatchString(a.ClientID):
		c.bad(key+".client_id", "looks like a client secret; write the client id, which begins with Iv, and revoke the secret if others could read this file")
	case a.ClientID != "" && !clientID.MatchString(a.ClientID):
		c.bad(key+".client_id", "is no client id; copy it from the App's page, where it begins with Iv")
	}
	if a.Installation != "" && !accountName.MatchString(a.Installation) {
		c.bad(key+".installation", "is no account; write the login of a user or an organisation alone, such as kubernetes")
	}
	c.privateKey(key+".private_key_file", a.PrivateKeyFile)
}

func (c *checker) privateKey(key, file string) {
	if strings.Contains(file, "-----BEGIN") { // which no error may repeat
		c.bad(key, "is the key itself; write the name of the file that holds it, and revoke the key if others could read this file")
		return
	}
	if file == "" {
		c.bad(key, "is missing; name a file")
		return
	}
	if c.env.Offline {
		return
	}
	text, problem := readText(file)
	if problem != "" {
		c.cannotRead(key, "%s", problem)
	} else if err := github.CheckKey(text); err != nil {
		c.cannotRead(key, "the file %s cannot be used: %v", file, err)
	}
}
