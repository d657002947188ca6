package mirror

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// blocksOf is the unit of Stat's Blocks.
const blockUnit = 512

// diskSizes gives the bytes that the store's files occupy: Badger makes files
// longer than what they hold, so that their lengths say little.
func diskSizes(path string) (lsm, vlog int64, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, 0, err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // deleted meanwhile
		}
		if filepath.Ext(entry.Name()) == ".vlog" {
			vlog += occupied(info)
		} else {
			lsm += occupied(info)
		}
	}
	return lsm, vlog, nil
}

func diskSize(path string) (int64, error) {
	lsm, vlog, err := diskSizes(path)
	return lsm + vlog, err
}

// occupied gives the bytes of a file that are on disk.
func occupied(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * blockUnit
	}
	return info.Size()
}
