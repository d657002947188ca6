package githubtest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What GitHub says of JSON web tokens that it does not take. It says the same of those whose
// signature is wrong as of what is no token at all.
const (
	jwtUndecodable  = "A JSON web token could not be decoded"
	jwtNoKey        = "Integration must generate a public key"
	jwtNoIssuer     = "Missing 'issuer' claim ('iss') in assertion"
	jwtOtherIssuer  = "'Issuer' claim ('iss') must be an Integer"
	jwtUnknownApp   = "Integration not found"
	jwtNoIssuedAt   = "Missing 'issued at' claim ('iat') in assertion"
	jwtBadIssuedAt  = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	jwtNoExpiry     = "Missing 'expiration time' claim ('exp') in assertion"
	jwtExpired      = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	jwtExpiryTooFar = "'Expiration time' claim ('exp') is too far in the future"
)

// jwtLife is how far ahead a JSON web token may expire.
const jwtLife = 10 * time.Minute

// jwtParts is a JSON web token taken apart.
type jwtParts struct {
	algorithm string
	claims    map[string]any // numbers are json.Number
	signed    string
	signature []byte
}

// looksLikeJWT says whether a request was meant to be made as an App.
func looksLikeJWT(secret string) bool { return strings.Count(secret, ".") == 2 }

// readJWT takes a JSON web token apart.
func readJWT(secret string) (jwtParts, bool) {
	end := max(0, strings.LastIndexByte(secret, '.'))
	signed, last := secret[:end], strings.TrimPrefix(secret[end:], ".")
	head, claims, _ := strings.Cut(signed, ".")
	var header struct {
		Algorithm string `json:"alg"`
	}
	parts := jwtParts{signed: signed}
	signature, err := base64.RawURLEncoding.DecodeString(last)
	if err != nil || !readPart(head, &header) || !readPart(claims, &parts.claims) || parts.claims == nil {
		return parts, false
	}
	parts.algorithm, parts.signature = header.Algorithm, signature
	return parts, true
}

// readPart decodes a part of a JSON web token.
func readPart(part string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil && !d.More()
}

// byJWT finds the App that signed a JSON web token, or says why it is not good as of an
// instant.
func (r *appRegistry) byJWT(secret string, now time.Time) (*App, *apiError) {
	parts, ok := readJWT(secret)
	if !ok || parts.algorithm != "RS256" {
		return nil, refuse(http.StatusUnauthorized, jwtUndecodable)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	app, problem := r.issuer(parts.claims["iss"])
	switch {
	case problem != nil:
		return nil, problem
	case app.PublicKey == nil:
		return nil, refuse(http.StatusUnauthorized, jwtNoKey)
	case !parts.signedBy(app.PublicKey):
		return nil, refuse(http.StatusUnauthorized, jwtUndecodable)
	}
	if message := parts.times(now); message != "" {
		return nil, refuse(http.StatusUnauthorized, "%s", message)
	}
	return app, nil
}

// issuer finds the App that a token names: by its id, as a number or a text, or by its
// client id. r.mu is held.
func (r *appRegistry) issuer(claim any) (*App, *apiError) {
	var name string
	switch v := claim.(type) {
	case json.Number:
		name = v.String()
	case string:
		name = v
	}
	if name == "" {
		return nil, refuse(http.StatusUnauthorized, jwtNoIssuer)
	}
	if app := r.app(name); app != nil {
		return app, nil
	}
	if _, err := strconv.ParseInt(name, 10, 64); err != nil {
		return nil, refuse(http.StatusUnauthorized, jwtOtherIssuer)
	}
	return nil, refuse(http.StatusNotFound, jwtUnknownApp)
}

func (p jwtParts) signedBy(key *rsa.PublicKey) bool {
	sum := sha256.Sum256([]byte(p.signed))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], p.signature) == nil
}

// times says what is wrong with the times of a token, "" if nothing is.
func (p jwtParts) times(now time.Time) string {
	issued, isInteger := p.seconds("iat")
	expires, isNumber := p.seconds("exp")
	switch {
	case p.claims["iat"] == nil:
		return jwtNoIssuedAt
	case !isInteger || issued > now.Unix():
		return jwtBadIssuedAt
	case p.claims["exp"] == nil:
		return jwtNoExpiry
	case !isNumber || expires <= now.Unix():
		return jwtExpired
	case expires > now.Add(jwtLife).Unix():
		return jwtExpiryTooFar
	}
	return ""
}

// seconds reads a time of a token.
func (p jwtParts) seconds(claim string) (int64, bool) {
	number, _ := p.claims[claim].(json.Number)
	n, err := number.Int64()
	return n, err == nil
}
