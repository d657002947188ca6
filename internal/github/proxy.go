package github

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"sync"

	"github.com/prometheus/common/config"
)

// proxies keeps what proxies are sent to let us through out of their texts.
type proxies struct {
	mu      sync.Mutex
	secrets []string
}

func (p *proxies) keep(secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.secrets {
		if known == secret {
			return
		}
	}
	if secret != "" {
		p.secrets = append(p.secrets, secret)
	}
}

// watch notes the passwords of the proxies that are chosen, which may come from
// the environment, and the headers that they are sent.
func (p *proxies) watch(cfg config.HTTPClientConfig, base *http.Transport) {
	for _, values := range cfg.ProxyConnectHeader {
		for _, value := range values {
			p.keep(string(value))
		}
	}
	choose := base.Proxy
	if choose == nil {
		return
	}
	base.Proxy = func(req *http.Request) (*url.URL, error) {
		u, err := choose(req)
		if u != nil && u.User != nil {
			password, _ := u.User.Password()
			p.keep(base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password)))
			p.keep(password)
		}
		return u, err
	}
}

// userInfo is the part of an address that may hold a password.
var userInfo = regexp.MustCompile(`://[^/\s@"]+@`)

// redact removes what proxies are sent from a foreign text.
func (p *proxies) redact(text string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, secret := range p.secrets {
		text = redact(text, secret)
	}
	return userInfo.ReplaceAllString(text, "://<secret>@")
}
