package mirror

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// fill stores items as a first sync does, 40 a page.
func fill(t testing.TB, m *Mirror, items, events int) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutRepository(testRepo) })
	for first := 1; first <= items; first += 40 {
		update(t, m, testRepo.ID, func(tx *Tx) error {
			for n := first; n < min(first+40, items+1); n++ {
				if _, err := tx.UpsertItem(plausibleItem(1, n, events)); err != nil {
					return err
				}
			}
			return tx.PutCursor("issues", Cursor{After: fmt.Sprint(first), Stored: first})
		})
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetComplete(1_800_000_000); return nil })
}

func vmRSS() string {
	b, _ := os.ReadFile("/proc/self/status")
	out := ""
	for _, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(l, "VmRSS") || strings.HasPrefix(l, "Rss") || strings.HasPrefix(l, "VmHWM") {
			out += strings.Join(strings.Fields(l), " ") + "; "
		}
	}
	return out
}

func TestAdhocLoad(t *testing.T) {
	dir := os.Getenv("ADHOC_DIR")
	if dir == "" {
		t.Skip()
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST")); err != nil {
		m := open(t, dir, Options{})
		start := time.Now()
		fill(t, m, 40000, 12)
		t.Log("fill", time.Since(start), vmRSS())
		t.Log(m.Sizes())
		return
	}
	t.Log("before", vmRSS())
	start := time.Now()
	m := open(t, dir, Options{Digest: testDigest})
	t.Log("open", time.Since(start), vmRSS())
	t.Log(m.Sizes())
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	t.Logf("heap inuse %d MB sys %d MB numgc %d totalalloc %d MB pause %v", ms.HeapInuse>>20, ms.HeapSys>>20, ms.NumGC, ms.TotalAlloc>>20, time.Duration(ms.PauseTotalNs))
	debug.FreeOSMemory()
	runtime.ReadMemStats(&ms)
	t.Logf("heap inuse %d MB", ms.HeapInuse>>20)
	t.Log("freed", vmRSS())
	peak := 0
	go func() {
		for n := range 12 {
			m.Update(testRepo.ID, func(tx *Tx) error {
				for i := range 400 {
					it := plausibleItem(2, n*3000+i*7+1, 12)
					it.UpdatedAt += 1000
					it.ReadAt += 1000
					tx.UpsertItem(it)
				}
				return nil
			})
		}
		m.Compact(context.Background())
		t.Log("compacted")
	}()
	for range 60 {
		time.Sleep(50*time.Millisecond)
		runtime.ReadMemStats(&ms)
		peak = max(peak, int(ms.HeapInuse>>20))
	}
	t.Log("peak heap", peak)
	debug.FreeOSMemory()
	t.Log("later", vmRSS())
	runtime.ReadMemStats(&ms)
	t.Logf("heap inuse %d MB idle %d released %d sys %d MB stack %d", ms.HeapInuse>>20, ms.HeapIdle>>20, ms.HeapReleased>>20, ms.Sys>>20, ms.StackInuse>>20)
	f, _ := os.Create("/tmp/heap.prof")
	runtime.MemProfileRate = 1
	pprof.Lookup("heap").WriteTo(f, 0)
	f.Close()
	start = time.Now()
	if err := m.Redigest(testDigest); err != nil {
		t.Fatal(err)
	}
	t.Log("redigest", time.Since(start), vmRSS())
}
