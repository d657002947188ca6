package mirror

import (
	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Sizes of the store's parts in memory. Badger's defaults serve a server with
// gigabytes; this store is written a page at a time and read as a whole once,
// at the start, so almost nothing is worth keeping.
const (
	// The table being filled lives twice: as a skip list on the heap and as a
	// mapped log. A transaction takes at most 15 % of it, so 4 MiB hold a page of
	// 25 heavy pull requests (250 kB) in one transaction.
	memTableSize = 4 << 20
	// One table is filled while one is written out: a third would only wait.
	memTables = 2
	// Items this large are rare; they go to the value log, so that merging tables
	// does not copy them again and again. Smaller ones stay in the tables, where
	// they are compressed and covered by checksums.
	valueThreshold = 64 << 10
	// Half of it is the unit in which the value log gives space back.
	valueLogFileSize = 32 << 20
	// Records of one repository repeat each other's words: 16 KiB compress almost
	// twice as well as Badger's 4 KiB, and a single read of one item costs 20 µs.
	blockSize = 16 << 10
	// Needed wherever blocks are compressed; the few items that a page touches.
	blockCacheSize = 2 << 20
	// Only encrypted tables need it: others are searched where they are mapped.
	indexCacheSize = 2 << 20
	compactors     = 2 // Badger's least
)

// badgerOptions gives the options of the store, with a reason beside each.
func badgerOptions(path string, opts Options) badger.Options {
	o := badger.DefaultOptions(path).
		WithLogger(badgerLogger{opts.Logger}).
		WithMemTableSize(memTableSize).
		WithNumMemtables(memTables).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFileSize).
		WithBlockSize(blockSize).
		WithBlockCacheSize(blockCacheSize).
		// zstd at its fastest halves what Snappy leaves: fewer mapped pages.
		WithCompression(options.ZSTD).
		WithZSTDCompressionLevel(1).
		// A block that cannot be trusted must never be merged into a new table.
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		// A page is durable before its successor is asked for. Pages come a few in
		// a second, so that waiting for the disk costs nothing that is noticed.
		WithSyncWrites(true).
		// Updates of one repository exclude each other; no two touch the same key.
		WithDetectConflicts(false).
		WithNumCompactors(compactors).
		// Badger's metrics are process-wide variables.
		WithMetricsEnabled(false)
	if len(opts.EncryptionKey) > 0 {
		o = o.WithEncryptionKey(opts.EncryptionKey).WithIndexCacheSize(indexCacheSize)
	}
	return o
}
