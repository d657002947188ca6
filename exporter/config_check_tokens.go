package exporter

import (
	"fmt"
	"regexp"
	"strings"
)

// secretLike is what GitHub's tokens look like: nobody's variable is named so.
// https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
var (
	secretLike = regexp.MustCompile(`^(gh[a-z]_|github_pat_)[A-Za-z0-9_]{16,}`)
	envName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (c *checker) tokens(tokens []TokenConfig) {
	seen := map[string]bool{}
	usable, readable := 0, 0
	for i, t := range tokens {
		key := fmt.Sprintf("github.tokens[%d]", i)
		c.tokenName(key+".name", t.Name)
		if seen[t.Name] {
			c.bad(key+".name", "%q is the name of another token too; give each its own", t.Name)
		}
		seen[t.Name] = true
		before := len(c.unreadable)
		c.token(key, t)
		if !t.MonitorOnly {
			usable++
			if len(c.unreadable) == before {
				readable++
			}
		}
	}
	c.unread(readable > 0)
	if usable == 0 {
		c.bad("github.tokens", "has no token that may be used; list one with token_file, token_env or app and without monitor_only")
	}
	c.installationNames(tokens)
}

// cannotRead notes that a token's secret cannot be read now.
func (c *checker) cannotRead(key, format string, args ...any) {
	c.unreadable = append(c.unreadable, finding{key, fmt.Sprintf(format, args...)})
}

// unread weighs that tokens cannot be read: others may do.
func (c *checker) unread(others bool) {
	for _, f := range c.unreadable {
		if c.env.Partly && others {
			c.warn(f.key, f.text)
			continue
		}
		c.bad(f.key, "%s", f.text)
	}
}

func (c *checker) tokenName(key, name string) {
	if secretLike.MatchString(name) {
		c.bad(key, "looks like a token itself; write a word that may be read by all, and revoke the token if others could read this file")
		return
	}
	c.name(key, "token", name)
}

// installationNames keeps a token from having the name of an App's installation.
func (c *checker) installationNames(tokens []TokenConfig) {
	for _, app := range tokens {
		for i, t := range tokens {
			if app.App != nil && strings.HasPrefix(t.Name, app.Name+"/") {
				c.bad(fmt.Sprintf("github.tokens[%d].name", i), "%q is what an installation of the App %s may be called; choose another name", t.Name, app.Name)
			}
		}
	}
}

func (c *checker) token(key string, t TokenConfig) {
	sources := 0
	for _, set := range []bool{t.TokenFile != "", t.TokenEnv != "", t.App != nil} {
		if set {
			sources++
		}
	}
	switch {
	case sources != 1:
		c.bad(key, "has %d sources; give it one of token_file, token_env and app", sources)
	case t.App != nil:
		c.app(key+".app", t.App)
	case t.TokenEnv != "":
		c.tokenEnv(key+".token_env", t.TokenEnv)
	default:
		c.tokenFile(key+".token_file", t.TokenFile)
	}
}

func (c *checker) tokenEnv(key, name string) {
	switch {
	case secretLike.MatchString(name):
		c.bad(key, "looks like a token itself; write the name of the environment variable that holds it, and revoke the token if others could read this file")
		return
	case !envName.MatchString(name):
		c.bad(key, "is no name of an environment variable; write one such as %s", defaultTokenEnv)
		return
	case c.env.Offline:
		return
	}
	secret, set := c.env.Getenv(name)
	switch problem := secretProblem(secret); {
	case !set:
		c.cannotRead(key, "the environment variable %s is not set; set it to a token, or use token_file", name)
	case problem != "":
		c.cannotRead(key, "the environment variable %s %s", name, problem)
	}
}

func (c *checker) tokenFile(key, file string) {
	if secretLike.MatchString(file[strings.LastIndexAny(file, "/\\")+1:]) {
		c.bad(key, "looks like a token itself; write the name of the file that holds it, and revoke the token if others could read this file")
		return
	}
	if c.env.Offline {
		return
	}
	text, problem := readText(file)
	if problem != "" {
		c.cannotRead(key, "%s", problem)
	} else if problem := secretProblem(string(text)); problem != "" {
		c.cannotRead(key, "the file %s %s", file, problem)
	}
}

// secretProblem tells what keeps a text from being a token, without it.
func secretProblem(text string) string {
	secret := strings.TrimSpace(text)
	switch {
	case secret == "":
		return "is empty; put a token into it"
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "holds more than a token; put one line with the token alone into it"
	}
	return ""
}
