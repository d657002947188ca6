package github

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/config"
)

// Bounds of every request.
const (
	requestTimeout = 30 * time.Second
	maxBody        = 64 << 20
	maxRedirects   = 3
)

// roundTripper is a link of a token's transport chain:
//
//	meter → allowHosts → guard → limit → authorize → http.Transport
//
// None of them sleeps: what must wait is returned as an *Error with RetryAt.
type roundTripper func(*http.Request) (*http.Response, error)

func (rt roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return rt(req) }

// baseTransport makes the connections of all tokens. Of the configuration it
// takes TLS and proxy only: whatever could add credentials, or send ours
// elsewhere, is refused.
func baseTransport(cfg config.HTTPClientConfig) (*http.Transport, error) {
	if cfg.BasicAuth != nil || cfg.Authorization != nil || cfg.OAuth2 != nil || cfg.HTTPHeaders != nil ||
		cfg.BearerToken != "" || cfg.BearerTokenFile != "" {
		return nil, fmt.Errorf("http_config: only TLS and proxy settings apply here; credentials belong to tokens")
	}
	tls, err := config.NewTLSConfig(&cfg.TLSConfig)
	if err != nil {
		return nil, fmt.Errorf("http_config: %w", err)
	}
	return &http.Transport{
		Proxy:                  cfg.Proxy(),
		ProxyConnectHeader:     cfg.GetProxyConnectHeader(),
		TLSClientConfig:        tls,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  requestTimeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    restSlots + graphQLSlots,
		MaxResponseHeaderBytes: 1 << 20,
		ForceAttemptHTTP2:      cfg.EnableHTTP2,
	}, nil
}

// checkRedirect follows GET requests to the same scheme and host, three times
// at most. What it does not follow is an answer like any other.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || first.Method != http.MethodGet || !sameHost(req.URL, first.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// meter times every round trip and notes its status.
func meter(now func() time.Time, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		start := now()
		resp, err := next.RoundTrip(req)
		if refusal, ok := err.(*Error); ok && refusal.unsent {
			return nil, err
		}
		c := callOf(req)
		c.hops = append(c.hops, hop{status: c.status, duration: now().Sub(start)})
		return resp, err
	})
}

// allowHosts lets requests to the configured addresses pass and no others: no
// link of an answer can lead a token astray.
func allowHosts(allowed []*url.URL, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		for _, u := range allowed {
			if sameHost(req.URL, u) {
				return next.RoundTrip(req)
			}
		}
		refusal := failure(reasonForbidden, fmt.Sprintf("%s is not the configured API", req.URL.Host))
		refusal.unsent = true
		return nil, refusal
	})
}

// guard reads the whole body, within a bound, so that a cut stream, an empty
// answer and a page of HTML never reach a decoder that would take them for
// success. See https://github.com/google/go-github: an empty 200 decodes as one.
func guard(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		c := callOf(req)
		c.status, c.header, c.body, c.envelope = 0, nil, nil, nil
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		body, err := readBody(resp)
		c.status, c.header, c.body = resp.StatusCode, resp.Header, body
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if fault := c.inspect(); fault != nil {
			return nil, fault
		}
		return resp, nil
	})
}

func readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close() // read to its end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case len(body) > maxBody:
		return nil, failure(reasonTooHeavy, fmt.Sprintf("answer of more than %d bytes", maxBody))
	}
	return body, nil
}

// inspect finds what is wrong with a successful answer before it is decoded.
func (c *call) inspect() *Error {
	if c.status < 200 || c.status > 299 || c.status == http.StatusNoContent || c.status == http.StatusAccepted {
		return nil
	}
	if len(bytes.TrimSpace(c.body)) == 0 {
		return failure(reasonMalformed, "empty body")
	}
	if kind := c.header.Get("Content-Type"); !isJSON(kind) {
		return failure(reasonMalformed, fmt.Sprintf("content type %q, not JSON", kind))
	}
	if c.api != apiGraphQL {
		return nil
	}
	var err error
	if c.envelope, err = parseEnvelope(c.body); err != nil {
		return failure(reasonMalformed, err.Error())
	}
	return nil
}

// isJSON reports whether a content type is application/json or a variant of it.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// limit holds back what the limits forbid, and learns from every answer.
func limit(tok *token, now func() time.Time, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		c := callOf(req)
		if refusal := tok.limiter().admit(c.resource(), vital, now()); refusal != nil && !c.free {
			return nil, refusal
		}
		resp, err := next.RoundTrip(req)
		if resp != nil {
			tok.observe(resp.Header, c.resource(), now())
		}
		return resp, err
	})
}

// authorize adds the token, read afresh, and the headers that every request has.
func authorize(tok *token, userAgent string, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		secret, err := tok.read(req.Context())
		if err != nil {
			return nil, err
		}
		callOf(req).secret = secret
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("User-Agent", userAgent)
		if callOf(req).api == apiGraphQL {
			// Ids in one format only:
			// https://docs.github.com/graphql/guides/migrating-graphql-global-node-ids
			req.Header.Set("X-Github-Next-Global-ID", "1")
		}
		return next.RoundTrip(req)
	})
}
