package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// graphQLError is one of an answer's errors.
type graphQLError struct {
	Type       string         `json:"type"`
	Message    string         `json:"message"`
	Code       string         `json:"code"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// rateLimit is what every document asks for.
type rateLimit struct {
	Cost      int           `json:"cost"`
	Limit     int           `json:"limit"`
	Remaining int           `json:"remaining"`
	Used      int           `json:"used"`
	ResetAt   model.Instant `json:"resetAt"`
	NodeCount int           `json:"nodeCount"`
}

// envelope is a GraphQL answer before its data is looked at.
type envelope struct {
	Data   json.RawMessage `json:"data"`
	Errors []graphQLError  `json:"errors"`
	limit  *rateLimit
}

// parseEnvelope reads exactly one JSON object and nothing behind it.
func parseEnvelope(body []byte) (*envelope, error) {
	var env envelope
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&env); err != nil {
		return nil, fmt.Errorf("not a GraphQL answer: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("data behind the answer")
	}
	if bytes.Equal(env.Data, []byte("null")) {
		env.Data = nil
	}
	var limits struct {
		RateLimit *rateLimit `json:"rateLimit"`
	}
	if env.Data != nil {
		if err := json.Unmarshal(env.Data, &limits); err != nil {
			return nil, fmt.Errorf("not a GraphQL answer: %w", err)
		}
	}
	env.limit = limits.RateLimit
	return &env, nil
}

// failure gives the error that concerns the whole answer, nil if there is
// none. Errors with a path are judged by who knows what the path means.
func (env *envelope) failure() *Error {
	for _, e := range env.Errors {
		if c := e.classify(); c.Reason == reasonRateLimited || c.Reason == reasonSecondary {
			return c
		}
	}
	for _, e := range env.Errors {
		if env.Data == nil || len(e.Path) == 0 {
			return e.classify()
		}
	}
	if env.Data == nil {
		return failure(reasonMalformed, "neither data nor errors")
	}
	return nil
}

// classify gives an error's meaning. GitHub documents few of the types; the
// others were met: https://github.com/yanyongyu/githubkit/issues/271
func (e graphQLError) classify() *Error {
	code, _ := e.Extensions["code"].(string)
	saml, _ := e.Extensions["saml_failure"].(bool)
	is := func(words ...string) bool {
		return slices.Contains(words, e.Type) || slices.Contains(words, e.Code) || slices.Contains(words, code)
	}
	switch {
	case has(e.Message, secondaryTexts...):
		return failure(reasonSecondary, e.Message)
	case is("RATE_LIMITED", "RATE_LIMIT", "graphql_rate_limit"), has(e.Message, primaryTexts...):
		return failure(reasonRateLimited, e.Message)
	case is("NOT_FOUND"):
		return failure(reasonNotFound, e.Message)
	case is("FORBIDDEN", "INSUFFICIENT_SCOPES") && (saml || has(e.Message, "SAML")):
		return failure(reasonSSO, e.Message)
	case is("FORBIDDEN") && has(e.Message, "access blocked"):
		return failure(reasonBlocked, e.Message)
	case is("FORBIDDEN", "INSUFFICIENT_SCOPES"):
		c := failure(reasonForbidden, e.Message)
		c.permission = e.permission()
		return c
	case is("MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED"):
		return failure(reasonTooHeavy, e.Message)
	case is("INVALID_CURSOR_ARGUMENTS"), has(e.Message, "not a valid cursor", "does not appear to be a valid cursor"):
		return failure(reasonCursor, e.Message)
	case is(schemaCodes...), has(e.Message, schemaTexts...),
		has(e.Message, "was provided invalid value") && e.Extensions["problems"] != nil:
		return failure(reasonSchema, e.Message)
	case tooLong(e.Message):
		return failure(reasonTooHeavy, e.Message)
	case is("INTERNAL", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"):
		return failure(reasonServer, e.Message)
	}
	return failure(reasonRejected, e.Message)
}

// query sends a document and hands the answer to decode. An error of decode
// is one of the call: it is judged, counted and, if temporary, tried again.
// What the server's schema lacks is left out of the document.
func (c *Client) query(ctx context.Context, what *call, document string, variables map[string]any,
	decode func(*reply) error,
) error {
	body, err := c.dialects.current().body(what, document, variables)
	if err != nil {
		return err
	}
	if err = c.send(ctx, what, body, decode); !errors.Is(err, ErrSchema) {
		return err
	}
	if body, err = c.translate(ctx, what, document, variables, body, err); err != nil {
		return err
	}
	return c.send(ctx, what, body, decode)
}

// send sends the body of a GraphQL request.
func (c *Client) send(ctx context.Context, what *call, body []byte, decode func(*reply) error) error {
	what.api, what.endpoint = apiGraphQL, "/graphql"
	return c.retry(ctx, what, func(ctx context.Context, tok *token, call *call) error {
		if err := c.post(ctx, tok, body); err != nil {
			return err
		}
		if call.envelope == nil {
			return nil // not a success: judged by its status
		}
		if e := call.envelope.failure(); e != nil {
			return e
		}
		return decode(&reply{call.envelope, c.serverTime(call)})
	})
}

// post sends a GraphQL request. The transport reads the answer.
func (c *Client) post(ctx context.Context, tok *token, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.graphQL.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := tok.http.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// serverTime is the time of an answer by GitHub's clock, or ours for want of it.
func (c *Client) serverTime(call *call) model.Instant {
	if at := call.serverTime(); at != 0 {
		return at
	}
	return model.At(c.now())
}

// decode reads the answer's data into v.
func (r *reply) decode(v any) *Error {
	if err := json.Unmarshal(r.Data, v); err != nil {
		return failure(reasonMalformed, err.Error())
	}
	return nil
}

// graphQLCall describes a GraphQL request.
func graphQLCall(query, op string) *call { return &call{api: apiGraphQL, query: query, op: op} }

// fieldPermissions are those that fields of a repository take.
var fieldPermissions = map[string]string{
	"issues": "Issues", "issue": "Issues", "pullRequests": "Pull requests", "pullRequest": "Pull requests",
	"defaultBranchRef": "Contents", "ref": "Contents", "refs": "Contents", "object": "Contents", "releases": "Contents",
	"deployments": "Deployments",
}

// permission is what the field takes that the error's path leads to.
func (e graphQLError) permission() string {
	for _, step := range slices.Backward(e.Path) {
		if name, ok := step.(string); ok && fieldPermissions[name] != "" {
			return fieldPermissions[name]
		}
	}
	return ""
}
