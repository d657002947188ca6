package mirror

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

func TestOpenRefusesASecondProcess(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("a second open gives %v", err)
	}
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another github-dev-exporter") {
		t.Errorf("the error does not say what has the mirror: %v", err)
	}
	if _, err := Verify(t.Context(), dir, Options{}, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("verification of an open mirror gives %v", err)
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.store([]write{{key: schemaKey, value: []byte("3")}}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, Options{})
	if !errors.Is(err, ErrSchema) {
		t.Fatalf("open gives %v", err)
	}
	for _, part := range []string{`version "3"`, "reads 2", "export"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if _, err := Verify(t.Context(), dir, Options{}, nil); !errors.Is(err, ErrSchema) {
		t.Errorf("verification gives %v", err)
	}
}

func TestOpenRefusesAForeignStore(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("somebody's"), []byte("data")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrSchema) {
		t.Errorf("open gives %v", err)
	}
}

func TestOpenMakesTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "mirror")
	open(t, dir, Options{})
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("directory is %v, %v", info, err)
	}
}

func TestOpenFailsOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mirror")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("open gives %v", err)
	}
}

func TestEncryption(t *testing.T) {
	dir := t.TempDir()
	keyed := Options{EncryptionKey: []byte("0123456789abcdef"), Digest: testDigest}
	m, err := Open(dir, keyed)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, m, 300, 12)
	fillEveryKind(t, m)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		key  string
		want error
	}{
		{"another key", "fedcba9876543210", ErrKey},
		{"a longer key", "0123456789abcdef01234567", ErrKey},
		{"no key", "", ErrKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(dir, Options{EncryptionKey: []byte(tt.key)})
			if !errors.Is(err, tt.want) || strings.Contains(err.Error(), tt.key) && tt.key != "" {
				t.Errorf("open gives %v", err)
			}
		})
	}
	t.Run("nothing is in plain", func(t *testing.T) { assertNoPlainText(t, dir, "octo", "developer-", "owner:octo") })
	t.Run("the right key", func(t *testing.T) {
		if problems, err := Verify(t.Context(), dir, keyed, nil); err != nil || len(problems) > 0 {
			t.Fatalf("verification gives %v, %v", problems, err)
		}
		m := open(t, dir, keyed)
		if n := len(m.State(testRepo.ID).Items); n != 300 {
			t.Errorf("%d items are published", n)
		}
	})
	t.Run("a key for a plain mirror", func(t *testing.T) {
		plain := t.TempDir()
		if err := open(t, plain, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(plain, keyed); !errors.Is(err, ErrKey) {
			t.Errorf("open gives %v", err)
		}
	})
	t.Run("a key of a wrong length", func(t *testing.T) {
		_, err := Open(t.TempDir(), Options{EncryptionKey: []byte("short")})
		if err == nil || !strings.Contains(err.Error(), "5 bytes, not 16, 24 or 32") || strings.Contains(err.Error(), "short") {
			t.Errorf("open gives %v", err)
		}
	})
}

// assertNoPlainText looks for words in all files of a directory.
func assertNoPlainText(t *testing.T, dir string, words ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if strings.Contains(string(b), word) {
				t.Errorf("%s has %q in plain", entry.Name(), word)
			}
		}
	}
}

func TestClosedMirror(t *testing.T) {
	m := open(t, t.TempDir(), Options{Digest: testDigest})
	fillEveryKind(t, m)
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	_, errItem := m.Item(testRepo.ID, 7)
	_, errCursor := m.Cursor(testRepo.ID, "issues")
	_, errJobs := m.Jobs(testRepo.ID, Gaps)
	_, errCompact := m.Compact(t.Context())
	tests := map[string]error{
		"update":   m.Update(testRepo.ID, func(*Tx) error { return nil }),
		"publish":  m.Publish(testRepo.ID),
		"redigest": m.Redigest(testDigest),
		"export":   m.Export(t.Context(), nil),
		"item":     errItem, "cursor": errCursor, "jobs": errJobs, "compact": errCompact,
	}
	for name, err := range tests {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if m.State(testRepo.ID) == nil {
		t.Error("the published state is lost")
	}
}

func TestCloseWaitsForCalls(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	fill(t, m, 10, 3)
	closed := make(chan error, 1)
	n := 0
	for it, err := range m.Items(testRepo.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			go func() { closed <- m.Close() }()
			for m.gate.enter() == nil { // until Close has begun
				m.gate.leave()
			}
		}
		if len(it.Events) != 3 {
			t.Fatalf("item %d has %d events", it.Number, len(it.Events))
		}
	}
	if err := <-closed; err != nil || n != 10 {
		t.Errorf("%d items were read, close gives %v", n, err)
	}
}
