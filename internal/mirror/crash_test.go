package mirror

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	crashEnv  = "MIRROR_CRASH_DIR"
	crashPage = 20 // items
)

// TestCrash kills a process that stores pages, again and again at random
// points, each time going on where the mirror says it ended. Whatever the
// process said was stored must be there, and nothing by halves.
func TestCrash(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir != "" {
		storePages(t, dir)
		return
	}
	dir = t.TempDir()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for range 8 {
		confirmed := runAndKill(t, dir, time.Duration(r.IntN(120))*time.Millisecond)
		if problems, err := Verify(t.Context(), dir, Options{}, nil); err != nil || len(problems) > 0 {
			t.Fatalf("verification after page %d gives %v, %v", confirmed, problems, err)
		}
		m, err := Open(dir, Options{Digest: testDigest})
		if err != nil {
			t.Fatalf("open after page %d: %v", confirmed, err)
		}
		assertPages(t, m, confirmed)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill gives the last page that the process said was stored.
func runAndKill(t *testing.T, dir string, after time.Duration) (confirmed int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var timer *time.Timer
	for lines.Scan() {
		if timer == nil { // it is under way
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			confirmed = n
		}
	}
	if err := child.Wait(); err == nil || timer == nil {
		t.Fatalf("the process ended by itself: %v", err)
	}
	timer.Stop()
	return confirmed
}

// storePages stores pages until it is killed, each with its cursor, a counter
// and the job of the next page, and says when one is stored.
func storePages(t *testing.T, dir string) {
	m, err := Open(dir, Options{Digest: testDigest})
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Cursor(testRepo.ID, "issues")
	if err != nil {
		t.Fatal(err)
	}
	for page := c.Stored + 1; ; page++ {
		update(t, m, testRepo.ID, func(tx *Tx) error { return storePage(tx, page) })
		fmt.Println(page)
		if page%10 == 0 {
			publish(t, m, testRepo.ID)
		}
	}
}

func storePage(tx *Tx, page int) error {
	if err := tx.PutRepository(testRepo); err != nil {
		return err
	}
	for i := range crashPage {
		if _, err := tx.UpsertItem(plausibleItem(1, (page-1)*crashPage+i+1, 12)); err != nil {
			return err
		}
	}
	revised := *plausibleItem(1, page, 12) // one that is there
	revised.UpdatedAt += model.Instant(page)
	if _, err := tx.UpsertItem(&revised); err != nil {
		return err
	}
	if err := putHistory(tx, plausibleHistory(uint64(page), 3)); err != nil {
		return err
	}
	if _, err := tx.PutTags([]model.Tag{{Name: "latest", OID: fmt.Sprintf("%08x", page), ReadAt: model.Instant(page)}}); err != nil {
		return err
	}
	tx.SetComplete(1)
	tx.Count("pages", 1)
	tx.DeleteJob(Overflow, Job{Number: page})
	if err := tx.PutJob(Overflow, Job{Number: page + 1}); err != nil {
		return err
	}
	return tx.PutCursor("issues", Cursor{Stored: page})
}

// assertHistory checks that the history is as the page left it, and that of the
// last publish is shown.
func assertHistory(t *testing.T, m *Mirror, page int) {
	t.Helper()
	if page == 0 {
		return
	}
	h, err := m.History(testRepo.ID)
	if err != nil || h.Graph.Len() != 3*page || h.Tags[0].OID != fmt.Sprintf("%08x", page) {
		t.Errorf("after page %d there are %d commits, %v, %v", page, h.Graph.Len(), h.Tags, err)
	}
	shown := m.State(testRepo.ID)
	if items, commits := len(shown.Items)/crashPage, shown.History.Graph.Len()/3; items != commits {
		t.Errorf("of %d pages the items of %d and the commits of %d are shown", page, items, commits)
	}
}

// assertPages checks that the mirror is as it is after some page at or behind
// the confirmed one.
func assertPages(t *testing.T, m *Mirror, confirmed int) {
	t.Helper()
	c, err := m.Cursor(testRepo.ID, "issues")
	if err != nil || c.Stored < confirmed {
		t.Fatalf("page %d was confirmed and %d is stored, %v", confirmed, c.Stored, err)
	}
	jobs, err := m.Jobs(testRepo.ID, Overflow)
	if err != nil || len(jobs) != 1 || jobs[0].Number != c.Stored+1 {
		t.Errorf("after page %d the jobs are %v, %v", c.Stored, jobs, err)
	}
	if n := m.Counters(testRepo.ID)["pages"]; n != c.Stored {
		t.Errorf("after page %d the counter is %d", c.Stored, n)
	}
	n := 0
	for it, err := range m.Items(testRepo.ID) {
		n++
		updated := it.CreatedAt + 500_000
		if n <= c.Stored {
			updated += model.Instant(n)
		}
		if err != nil || it.Number != n || it.UpdatedAt != updated || len(it.Events) != 12 {
			t.Fatalf("item %d is not what was stored: %v", n, err)
		}
	}
	if n != c.Stored*crashPage {
		t.Errorf("after page %d there are %d items", c.Stored, n)
	}
	assertHistory(t, m, c.Stored)
}
