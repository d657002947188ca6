package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sign signs as GitHub does.
func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestSignature(t *testing.T) {
	// The example of https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
	const secret, body = "It's a Secret to Everybody", "Hello, World!"
	const right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	for _, test := range []struct {
		name, header, body string
		secrets            []string
		unreadable, want   bool
	}{
		{name: "GitHub's example", header: right, body: body, secrets: []string{secret}, want: true},
		{name: "in capitals", header: "sha256=" + strings.ToUpper(right[7:]), body: body, secrets: []string{secret}, want: true},
		{name: "the second secret", header: right, body: body, secrets: []string{"new", secret}, want: true},
		{name: "another secret", header: right, body: body, secrets: []string{"new"}},
		{name: "no secret", header: right, body: body},
		{name: "an empty secret", header: sign("", body), body: body, secrets: []string{""}},
		{name: "another body", header: right, body: body + " ", secrets: []string{secret}},
		{name: "no signature", header: "", body: body, secrets: []string{secret}, unreadable: true},
		{name: "by SHA-1", header: "sha1=" + right[7:], body: body, secrets: []string{secret}, unreadable: true},
		{name: "too short", header: right[:60], body: body, secrets: []string{secret}, unreadable: true},
		{name: "too long", header: right + "00", body: body, secrets: []string{secret}, unreadable: true},
		{name: "no digits", header: "sha256=" + strings.Repeat("x", 64), body: body, secrets: []string{secret}, unreadable: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := SignatureOf(http.Header{"X-Hub-Signature-256": {test.header}})
			if errors.Is(err, ErrNoSignature) != test.unreadable {
				t.Fatalf("reading it: %v", err)
			}
			if got := err == nil && s.By(test.secrets, []byte(test.body)); got != test.want {
				t.Errorf("signed: %t", got)
			}
		})
	}
}

func deliveryHeader(kind, event, id string) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{"Content-Type": kind, "X-GitHub-Event": event, "X-GitHub-Delivery": id} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

func TestParseDelivery(t *testing.T) {
	const repo = `"repository": {"id": 7, "name": "api", "full_name": "acme/api", "owner": {"login": "acme"}}`
	acme := DeliveredRepository{7, "acme/api"}
	for _, test := range []struct {
		event, body string
		want        Delivery
	}{
		{"issues", `{"action": "opened", "issue": {"number": 3}, ` + repo + `}`, Delivery{Action: "opened", Number: 3, Repository: acme}},
		{"pull_request", `{"action": "closed", "number": 4, "pull_request": {"number": 4, "merged": true}, ` + repo + `}`, Delivery{Action: "closed", Number: 4, Repository: acme}},
		{"push", `{"ref": "refs/heads/main", "deleted": false, ` + repo + `}`, Delivery{Ref: "refs/heads/main", Repository: acme}},
		{"create", `{"ref": "v1", "ref_type": "tag", ` + repo + `}`, Delivery{Ref: "refs/tags/v1", Repository: acme}},
		{"delete", `{"ref": "topic", "ref_type": "branch", ` + repo + `}`, Delivery{Ref: "refs/heads/topic", Repository: acme}},
		{"create", `{"ref": null, "ref_type": "repository", ` + repo + `}`, Delivery{Repository: acme}},
		{"workflow_run", `{"action": "completed", "workflow_run": {"head_branch": "main"}, ` + repo + `}`, Delivery{Action: "completed", Branch: "main", Repository: acme}},
		{"installation", `{"action": "created", "installation": {"id": 1, "account": {"login": "acme"}}, "repositories": []}`, Delivery{Action: "created", Account: "acme"}},
		{"ping", `{"zen": "Keep it logically awesome.", "hook_id": 1}`, Delivery{}},
	} {
		test.want.Event, test.want.ID = test.event, "guid"
		form := url.Values{"payload": {test.body}}.Encode()
		for kind, body := range map[string]string{
			"application/json": test.body, "application/json; charset=utf-8": test.body, "application/x-www-form-urlencoded": form,
		} {
			got, err := ParseDelivery(deliveryHeader(kind, test.event, "guid"), []byte(body))
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%s as %s: %v, %s", test.event, kind, err, diff)
			}
		}
	}
}

func TestParseNoDelivery(t *testing.T) {
	const kind = "application/json"
	for name, test := range map[string]struct {
		header http.Header
		body   string
		want   error
	}{
		"no content type":      {deliveryHeader("", "push", "id"), `{}`, ErrContentType},
		"another content type": {deliveryHeader("text/plain", "push", "id"), `{}`, ErrContentType},
		"no event":             {deliveryHeader(kind, "", "id"), `{}`, ErrNoDelivery},
		"no id":                {deliveryHeader(kind, "push", ""), `{}`, ErrNoDelivery},
		"nothing":              {deliveryHeader(kind, "push", "id"), ``, ErrNoDelivery},
		"null":                 {deliveryHeader(kind, "push", "id"), `null`, ErrNoDelivery},
		"a list":               {deliveryHeader(kind, "push", "id"), `[]`, ErrNoDelivery},
		"no JSON":              {deliveryHeader(kind, "push", "id"), `{"a"`, ErrNoDelivery},
		"another type":         {deliveryHeader(kind, "push", "id"), `{"repository": "acme/api"}`, ErrNoDelivery},
		"a form without it":    {deliveryHeader("application/x-www-form-urlencoded", "push", "id"), `other=1`, ErrNoDelivery},
		"a broken form":        {deliveryHeader("application/x-www-form-urlencoded", "push", "id"), `payload=%zz`, ErrNoDelivery},
	} {
		if got, err := ParseDelivery(test.header, []byte(test.body)); !errors.Is(err, test.want) || got != (Delivery{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// FuzzDelivery finds that whatever is sent, and signed, is read or refused.
func FuzzDelivery(f *testing.F) {
	for _, body := range []string{
		`{"action": "opened", "issue": {"number": 3}, "repository": {"id": 7, "full_name": "acme/api"}}`,
		`{"ref": "v1", "ref_type": "tag"}`, `{"installation": {"account": {"login": "acme"}}}`, `{"issue": {"number": 1e99}}`, ``, `null`,
	} {
		f.Add("application/json", "issues", "guid", sign("secret", body), body)
		f.Add("application/x-www-form-urlencoded", "push", "guid", sign("secret", body), url.Values{"payload": {body}}.Encode())
	}
	f.Fuzz(func(t *testing.T, kind, event, id, signature, body string) {
		header := http.Header{"Content-Type": {kind}, "X-Github-Event": {event}, "X-Github-Delivery": {id}, "X-Hub-Signature-256": {signature}}
		s, err := SignatureOf(header)
		want := strings.HasPrefix(signature, "sha256=") && strings.EqualFold(signature, sign("secret", body))
		if by := err == nil && s.By([]string{"secret", ""}, []byte(body)); by != want {
			t.Errorf("%q of %q: signed %t", signature, body, by)
		}
		d, err := ParseDelivery(header, []byte(body))
		switch {
		case err != nil && (d != Delivery{} || !errors.Is(err, ErrNoDelivery) && !errors.Is(err, ErrContentType)):
			t.Errorf("%+v with %v", d, err)
		case err == nil && (d.Event != event || d.ID != id || event == "" || id == ""):
			t.Errorf("%+v of %q, %q", d, event, id)
		}
	})
}
