package github

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// testKeys are made once: big primes take their time.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs1(key *rsa.PrivateKey) []byte {
	return block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", der)
}

func certificate(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der)
}

func TestCheckKey(t *testing.T) {
	key := testKeys()[0]
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: []byte("not to be read"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"},
	})
	damaged := x509.MarshalPKCS1PrivateKey(key)
	damaged[len(damaged)/2] ^= 0xff
	for _, test := range []struct {
		name, want string // "" where the key is good
		pem        []byte
	}{
		{"PKCS#1", "", pkcs1(key)},
		{"PKCS#8", "", pkcs8(t, key)},
		{"text around", "", []byte("\ufeffmy key:\r\n" + strings.ReplaceAll(string(pkcs1(key)), "\n", "\r\n") + "\r\nend")},
		{"behind its certificate", "", append(certificate(t, key), pkcs8(t, key)...)},
		{"empty", "no PEM", nil},
		{"a token", "no PEM", []byte("ghp_0123456789")},
		{"cut", "no PEM", pkcs1(key)[:900]},
		{"damaged", "damaged", block("RSA PRIVATE KEY", damaged)},
		{"damaged PKCS#8", "damaged", block("PRIVATE KEY", damaged)},
		{"PKCS#1 under the other's name", "damaged", block("PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))},
		{"encrypted", "encrypted", encrypted},
		{"encrypted PKCS#8", "encrypted", block("ENCRYPTED PRIVATE KEY", []byte("not to be read"))},
		{"encrypted behind a certificate", "encrypted", append(certificate(t, key), encrypted...)},
		{"public", "public key", block("PUBLIC KEY", public)},
		{"public PKCS#1", "public key", block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey))},
		{"certificate", "certificate", certificate(t, key)},
		{"elliptic curve", "no RSA key", block("EC PRIVATE KEY", ecDER)},
		{"elliptic curve in PKCS#8", "no RSA key", pkcs8(t, curve)},
		{"SSH", "SSH", block("OPENSSH PRIVATE KEY", []byte("x"))},
		{"something else", "no RSA private key", block("MESSAGE", []byte("x"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := CheckKey(test.pem)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// The key is whatever was configured by mistake: a token, a key of something
// else. The error says what it is, and nothing of what is in it.
func FuzzCheckKey(f *testing.F) {
	key := testKeys()[0]
	for _, seed := range [][]byte{nil, pkcs1(key), pkcs8(f, key), certificate(f, key), pkcs1(key)[:400], []byte("ghp_0123456789")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := CheckKey(text)
		if err == nil {
			return
		}
		for i := 0; i+16 <= len(text); i++ {
			if part := text[i : i+16]; bytes.IndexByte(part, ' ') < 0 && bytes.Contains([]byte(err.Error()), part) {
				t.Fatalf("%q repeats %q", err, part)
			}
		}
	})
}

func TestSign(t *testing.T) {
	keys := testKeys()
	now := time.Date(2024, 7, 1, 12, 0, 0, 5e8, time.UTC)
	text := pkcs1(keys[0])
	read := func(key *rsa.PrivateKey) (*jwt.RegisteredClaims, error) {
		token, err := signed(text, "Iv1.abc", now)
		if err != nil {
			t.Fatal(err)
		}
		claims := &jwt.RegisteredClaims{}
		_, err = jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithIssuer("Iv1.abc"),
			jwt.WithIssuedAt(), jwt.WithExpirationRequired())
		return claims, err
	}
	claims, err := read(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	if issued, expires := now.Sub(claims.IssuedAt.Time), claims.ExpiresAt.Sub(now); issued < 60*time.Second || issued > 61*time.Second || expires > 540*time.Second {
		t.Errorf("issued %s ago, good for %s", issued, expires)
	}
	text = pkcs1(keys[1])
	if _, err := read(keys[0]); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("%v: the key that was replaced still signs", err)
	}
	if _, err := read(keys[1]); err != nil {
		t.Error(err)
	}
	text = []byte("ghp_0123456789")
	if _, err := signed(text, "Iv1.abc", now); err == nil || strings.Contains(err.Error(), "ghp_") {
		t.Error(err)
	}
}

func TestSkew(t *testing.T) {
	var s skew
	now := time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC)
	if !s.server(now).Equal(now) {
		t.Error("an unknown clock is as good as ours")
	}
	s.observe(response(200, "", "Date", "Mon, 01 Jul 2024 12:10:00 GMT").Header, now)
	if got := s.server(now.Add(time.Minute)).Sub(now); got != 11*time.Minute {
		t.Errorf("%s, want 11 minutes", got)
	}
	if got := s.local(s.server(now)); !got.Equal(now) {
		t.Errorf("%s there and back", got)
	}
	for _, date := range []string{"", "yesterday"} {
		s.observe(response(200, "", "Date", date).Header, now)
	}
	if got := s.server(now).Sub(now); got != 10*time.Minute {
		t.Errorf("%s after answers without a date", got)
	}
}
