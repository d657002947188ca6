package github

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// minKeyBits is the shortest key that can sign: GitHub makes keys of 2048 bits.
const minKeyBits = 1024

// CheckKey says what is wrong with the private key of a GitHub App, in the PEM
// that GitHub gives for download. The error repeats nothing of the key.
func CheckKey(pem []byte) error {
	_, err := parseKey(pem)
	return err
}

// parseKey reads an RSA key as PKCS#1, which GitHub gives, or PKCS#8, which
// tools make of it. What else is in the file is passed over, and named if
// there is no key. The parsers' own errors would show what the key consists of.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	found := errors.New("it is no PEM file: want the private key that GitHub gave for download")
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		key, err := parseBlock(block)
		if err == nil {
			return key, nil
		}
		found = err
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			break // the one that was meant
		}
	}
	return nil, found
}

func parseBlock(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		if block.Headers["Proc-Type"] != "" {
			return nil, errEncryptedKey
		}
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		return checkRSA(key, err)
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if rsaKey, ok := key.(*rsa.PrivateKey); ok || err != nil {
			return checkRSA(rsaKey, err)
		}
		return nil, errors.New("its private key is no RSA key")
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncryptedKey
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("it holds a public key: want the private key that GitHub gave for download")
	case "CERTIFICATE":
		return nil, errors.New("it holds a certificate: want the private key that GitHub gave for download")
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("it holds a key of SSH: want the private key that GitHub gave for download")
	case "EC PRIVATE KEY", "DSA PRIVATE KEY":
		return nil, errors.New("its private key is no RSA key")
	}
	return nil, errors.New("its PEM block is no RSA private key")
}

var errEncryptedKey = errors.New("its private key is encrypted: remove the passphrase, e.g. with openssl pkey")

func checkRSA(key *rsa.PrivateKey, err error) (*rsa.PrivateKey, error) {
	switch {
	case err != nil || key == nil:
		return nil, errors.New("its private key is damaged, or no RSA key")
	case key.N.BitLen() < minKeyBits:
		return nil, fmt.Errorf("its RSA key of %d bits is too short", key.N.BitLen())
	}
	return key, nil
}
