package github

import (
	"net/http"
	"strings"
)

// nextLink gives the URL that an answer's Link header has for the next page,
// verbatim; "" on the last one. https://www.rfc-editor.org/rfc/rfc8288
func nextLink(header http.Header) string {
	for _, value := range header.Values("Link") {
		for value != "" {
			var target, params string
			target, params, value = cutLink(value)
			if target != "" && isNext(params) {
				return target
			}
		}
	}
	return ""
}

// cutLink splits the first link off a Link header: its target, its
// parameters, and the links behind it. Commas within <> and quotes are text.
func cutLink(value string) (target, params, rest string) {
	_, value, ok := strings.Cut(value, "<")
	if !ok {
		return "", "", ""
	}
	target, value, ok = strings.Cut(value, ">")
	if !ok {
		return "", "", ""
	}
	quoted := false
	for i, r := range value {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			return target, value[:i], value[i+1:]
		}
	}
	return target, value, ""
}

// isNext reports whether a link's parameters contain rel=next.
func isNext(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
