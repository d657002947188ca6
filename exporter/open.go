package exporter

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// digestFor gives the digest of a mirror that is being opened.
type digestFor func(*mirror.Mirror) (mirror.Digest, error)

// openMirror opens the mirror with what the configuration says of it. Without
// a digest its items are only counted.
func openMirror(path string, valid Valid, log *slog.Logger, digest digestFor) (*mirror.Mirror, error) {
	options, err := mirrorOptions(valid, log)
	if err != nil {
		return nil, err
	}
	options.DigestFor = digest
	m, err := mirror.Open(path, options)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, mirrorCure(err))
	}
	return m, nil
}

func mirrorOptions(valid Valid, log *slog.Logger) (mirror.Options, error) {
	options := mirror.Options{Logger: log.With("component", "mirror")}
	file := valid.config.Mirror.EncryptionKeyFile
	if file == "" {
		return options, nil
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return options, fmt.Errorf("reading the mirror's key: %w", err)
	}
	options.EncryptionKey = trimKey(key)
	return options, nil
}

// mirrorCure tells what to do about a mirror that cannot be opened.
func mirrorCure(err error) string {
	switch {
	case errors.Is(err, mirror.ErrLocked):
		return "; stop it, ask it over HTTP, or give another --mirror.path"
	case errors.Is(err, mirror.ErrSchema):
		return "; it was written by another version: use that one to export it, and import that into a new --mirror.path"
	case errors.Is(err, mirror.ErrCorrupt):
		return "; `mirror verify` tells what is wrong; nothing was deleted: restore a copy, or give another --mirror.path for a first sync anew"
	case errors.Is(err, mirror.ErrKey):
		return "; give the key that it was made with in mirror.encryption_key_file"
	case errors.Is(err, os.ErrPermission):
		return "; give this user the right to write there, or another --mirror.path"
	}
	return ""
}

var errNoMirror = errors.New("holds no mirror")

// mirrorExists keeps commands that only look from making an empty mirror.
func mirrorExists(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return fmt.Errorf("%s %w; fill one with `sync` or `run`, or give its directory with --mirror.path", path, errNoMirror)
	}
	if err != nil {
		return fmt.Errorf("looking for the mirror: %w%s", err, mirrorCure(err))
	}
	return nil
}
