package mirror

import (
	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Sizes of the store's parts in memory. Badger's defaults serve a server with
// gigabytes; this store is written a page at a time and read as a whole once,
// at the start, so almost nothing is worth keeping in memory.
const (
	// Items go to the value log and the tables hold pointers to them, so that
	// merging tables, which Badger does with many buffers at once, handles 40
	// bytes of an item and not a thousand: with the items in the tables it took
	// 100 MB for moments. Cursors, jobs and counters are smaller than this and
	// stay in the tables, where their old values go with the next merge.
	valueThreshold = 512
	// The unit in which the value log gives space back. A file that is written
	// is mapped, so that this much may be resident until it is released.
	valueLogFileSize = 16 << 20
	// The table being filled is held twice, as a skip list on the heap and as a
	// mapped log. A transaction takes at most 15 % of it: 1,600 records.
	memTableSize = 1 << 20
	// One table is filled while one is written out: a third would only wait.
	memTables = 2
	tableSize = 512 << 10
	// Merging tables is what tells which values are stale, so young tables are
	// merged as soon as there are two: 25,000 changed items.
	youngTables = 2
	// Only encryption needs these two: blocks and indices as they are when
	// decrypted. Otherwise both are read where they are mapped.
	blockCacheSize = 1 << 20
	indexCacheSize = 1 << 20
	compactors     = 2 // Badger's least
)

// badgerOptions gives the options of the store, with a reason beside each.
func badgerOptions(path string, opts Options) badger.Options {
	o := badger.DefaultOptions(path).
		WithLogger(badgerLogger{opts.Logger}).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFileSize).
		WithMemTableSize(memTableSize).
		WithNumMemtables(memTables).
		WithBaseTableSize(tableSize).
		WithNumLevelZeroTables(youngTables).
		WithNumCompactors(compactors).
		// Items are compressed before they are stored; pointers do not compress,
		// and what is not compressed needs no cache.
		WithCompression(options.None).
		WithBlockCacheSize(0).
		// A block that cannot be trusted must never be merged into a new table.
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		// A page is durable before its successor is asked for, on a machine that
		// loses power too. Pages come a few in a second, so that waiting for the
		// disk is not noticed.
		WithSyncWrites(true).
		// Updates of one repository exclude each other; no two touch the same key.
		WithDetectConflicts(false).
		// The tables are small, so merging the young ones at the end takes
		// milliseconds. It tells the next start which values are stale.
		WithCompactL0OnClose(true).
		// Badger's metrics are variables of the process.
		WithMetricsEnabled(false)
	if len(opts.EncryptionKey) > 0 {
		o = o.WithEncryptionKey(opts.EncryptionKey).WithBlockCacheSize(blockCacheSize).WithIndexCacheSize(indexCacheSize)
	}
	return o
}
