package exporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A token that cannot be read keeps the exporter from its work only where there
// is no other.
func TestTokensThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good": "ghp_good", "empty": "", "bad.pem": "no key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const (
		empty   = `{name: a, token_file: empty}`
		missing = `{name: b, token_file: missing}`
		unset   = `{name: c, token_env: UNSET_OF_TEST}`
		badKey  = `{name: d, app: {app_id: 1, private_key_file: bad.pem}}`
		good    = `{name: e, token_file: good}`
		watched = `{name: f, token_file: good, monitor_only: true}`
	)
	bad := []string{empty, missing, unset, badKey}
	for _, tt := range []struct {
		name     string
		tokens   []string
		strict   bool
		problems int // of the error
		warnings int
	}{
		{"one is good", append(bad, good), false, 0, 4},
		{"one is good, but all is checked", append(bad, good), true, 4, 0},
		{"none is good", bad, false, 4, 0},
		{"the good one is only watched", append(bad, watched), false, 4, 0},
		{"all are good", []string{good, watched}, false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "github: {tokens: [" + strings.Join(tt.tokens, ", ") + "]}\nprojects: {p: {repositories: [o/r]}}\n"
			valid, err := ParseConfig(filepath.Join(dir, "c.yml"), []byte(text)).Validate(Environment{Partly: !tt.strict})
			problems, _ := err.(Problems)
			if len(problems) != tt.problems || (err != nil) != (tt.problems > 0) || len(valid.Warnings()) != tt.warnings {
				t.Errorf("%v; %v", err, valid.Warnings())
			}
		})
	}
}
