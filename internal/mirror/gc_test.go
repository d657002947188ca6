package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// noisyItem is an item that does not compress.
func noisyItem(number, round int) *model.Item {
	noise := make([]byte, 6000)
	seed := sha256.Sum256(fmt.Append(nil, number, round))
	rand.NewChaCha8(seed).Read(noise)
	at := model.Instant(round + 1)
	return &model.Item{
		Number: number, Kind: model.Issue, UpdatedAt: at, ReadAt: at,
		Events: []model.Event{{ID: "c1", Kind: model.Commented, UpdatedAt: at, Text: base64.StdEncoding.EncodeToString(noise)}},
	}
}

func TestCompact(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const items, rounds = 2000, 3
	for round := range rounds {
		update(t, m, testRepo.ID, func(tx *Tx) error {
			for n := 1; n <= items; n++ {
				if _, err := tx.UpsertItem(noisyItem(n, round)); err != nil {
					return err
				}
			}
			return tx.PutRepository(testRepo)
		})
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m = open(t, dir, Options{})
	before := m.Sizes()
	freed, err := m.Compact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after := m.Sizes()
	if freed < valueLogFileSize || after["value_log"] > before["value_log"]-valueLogFileSize || before["lsm"] == 0 {
		t.Errorf("%d bytes were freed, from %v to %v", freed, before, after)
	}
	n := 0
	for it, err := range m.Items(testRepo.ID) {
		if n++; err != nil || it.Events[0].Text != noisyItem(n, rounds-1).Events[0].Text {
			t.Fatalf("item %d is lost: %v", n, err)
		}
	}
	if n != items {
		t.Errorf("%d items are left", n)
	}
}

func TestCollectorCountsFailures(t *testing.T) {
	var log bytes.Buffer
	m := &Mirror{log: slog.New(slog.NewTextHandler(&log, nil)), path: t.TempDir()}
	results := make(chan error)
	m.gc.collect = func(context.Context, *badger.DB) error { return <-results }
	m.gc.start(m, time.Millisecond)
	for _, err := range []error{nil, errors.New("disk full"), nil} {
		results <- err
	}
	close(results)
	m.gc.stop()
	if n := m.GCFailures(); n != 1 {
		t.Errorf("%d failures are counted", n)
	}
	if !strings.Contains(log.String(), `level=WARN msg="collection of value-log garbage failed" err="disk full"`) {
		t.Errorf("the log is %s", log.String())
	}
}

func TestCollectorRuns(t *testing.T) {
	m := open(t, t.TempDir(), Options{GCInterval: time.Millisecond})
	fill(t, m, 200, 12)
	if n := m.GCFailures(); n != 0 {
		t.Errorf("%d collections failed", n)
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	at := func(level slog.Level) badgerLogger {
		return badgerLogger{slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))}
	}
	tests := []struct {
		name  string
		level slog.Level
		write func(l badgerLogger)
		want  string
	}{
		{"error", slog.LevelInfo, func(l badgerLogger) { l.Errorf("bad %d\n", 7) }, `level=ERROR msg=badger message="bad 7"`},
		{"warning", slog.LevelInfo, func(l badgerLogger) { l.Warningf("two\nlines") }, `level=WARN msg=badger message="two lines"`},
		{"information is debug", slog.LevelDebug, func(l badgerLogger) { l.Infof("hello") }, `level=DEBUG msg=badger message=hello`},
		{"no information at info", slog.LevelInfo, func(l badgerLogger) { l.Infof("hello") }, ""},
		{"no debug ever", slog.LevelDebug, func(l badgerLogger) { l.Debugf("hello") }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out.Reset()
			tt.write(at(tt.level))
			got := strings.TrimSpace(out.String())
			if tt.want == "" && got != "" || !strings.HasSuffix(got, tt.want) {
				t.Errorf("the log has %q", got)
			}
		})
	}
}

// TestNothingIsLoggedAtInfo runs a mirror's whole life.
func TestNothingIsLoggedAtInfo(t *testing.T) {
	var out bytes.Buffer
	m := open(t, t.TempDir(), Options{Logger: slog.New(slog.NewTextHandler(&out, nil)), Digest: testDigest})
	fillEveryKind(t, m)
	if _, err := m.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("the log has %s", out.String())
	}
}
