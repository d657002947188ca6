package mirror

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMapping(t *testing.T) {
	tests := []struct {
		name, line string
		from, to   uintptr
		ok         bool
	}{
		{"a table", "7f1c8000-7f1c9000 rw-s 00000000 fe:00 1234    /data/mirror/000001.sst", 0x7f1c8000, 0x7f1c9000, true},
		{"values", "7f1c8000-7f1c9000 rw-s 00000000 fe:00 1234    /data/mirror/000001.vlog", 0x7f1c8000, 0x7f1c9000, true},
		{"the log being written", "7f1c8000-7f1c9000 rw-s 00000000 fe:00 1234    /data/mirror/00001.mem", 0, 0, false},
		{"another directory", "7f1c8000-7f1c9000 rw-s 00000000 fe:00 1234    /data/other/000001.sst", 0, 0, false},
		{"memory", "7f1c8000-7f1c9000 rw-p 00000000 00:00 0", 0, 0, false},
		{"nonsense", "nonsense /data/mirror/000001.sst", 0, 0, false},
		{"empty", "", 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to, ok := mapping(tt.line, "/data/mirror/")
			if ok != tt.ok || ok && (from != tt.from || to != tt.to) {
				t.Errorf("the range is %x to %x, %t", from, to, ok)
			}
		})
	}
}

// TestReleaseLosesNothing releases the pages of a mirror in use.
func TestReleaseLosesNothing(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	fill(t, m, 2000, 12)
	before := resident(t, m.path)
	release(m.path)
	after := resident(t, m.path)
	t.Logf("resident pages of the store: %d kB, then %d kB", before, after)
	n := 0
	for it, err := range m.Items(testRepo.ID) {
		if n++; err != nil || it.Number != n {
			t.Fatalf("item %d: %v", n, err)
		}
	}
	if n != 2000 {
		t.Errorf("%d items are left", n)
	}
}

// resident gives how much of a directory's files is resident, in kB.
func resident(t *testing.T, dir string) (kB int) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	ours := false
	for _, l := range strings.Split(string(b), "\n") {
		if fields := strings.Fields(l); len(fields) > 5 && strings.Contains(fields[0], "-") {
			ours = strings.Contains(l, dir)
		} else if ours && len(fields) == 3 && fields[0] == "Rss:" {
			n, _ := strconv.Atoi(fields[1])
			kB += n
		}
	}
	return kB
}
