package mirror

import "os"

// diskSizes gives the bytes that the store's files take on disk.
func diskSizes(path string) (lsm, values int64, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, 0, err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // deleted meanwhile
		}
		if isExt(entry.Name(), ".vlog") {
			values += occupied(info)
		} else {
			lsm += occupied(info)
		}
	}
	return lsm, values, nil
}

func diskSize(path string) (int64, error) {
	lsm, values, err := diskSizes(path)
	return lsm + values, err
}
