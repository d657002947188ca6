package mirror

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// madvPageout is MADV_PAGEOUT of Linux 5.4, which package syscall lacks.
const madvPageout = 21

// release asks the kernel to take back the pages of the store's files that are
// mapped. Badger maps its tables, so after a load, or a merge, all of them
// would count as this process's memory for good, though they are hardly read
// again. Unlike MADV_DONTNEED the advice cannot lose anything, even where the
// mapping has become another one meanwhile; where the kernel does not know it,
// nothing happens.
func release(path string) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if from, to, ok := mapping(lines.Text(), dir+"/"); ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, madvPageout)
		}
	}
}

// mapping gives the range of a line of /proc/self/maps if it is of a table in
// the directory: "7f1c8e000000-7f1c8e080000 rw-s 00000000 fe:00 1234  /dir/000001.sst".
func mapping(line, dir string) (from, to uintptr, ok bool) {
	_, name, found := strings.Cut(line, dir)
	if !found || !(strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".vlog")) {
		return 0, 0, false
	}
	addresses, _, _ := strings.Cut(line, " ")
	low, high, _ := strings.Cut(addresses, "-")
	a, errA := strconv.ParseUint(low, 16, strconv.IntSize)
	b, errB := strconv.ParseUint(high, 16, strconv.IntSize)
	return uintptr(a), uintptr(b), errA == nil && errB == nil && b > a
}
