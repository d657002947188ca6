package mirror

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrLocked says that another process has the mirror open.
	ErrLocked = errors.New("mirror is locked")
	// ErrSchema says that the mirror was written by an incompatible version.
	ErrSchema = errors.New("mirror has an unknown schema version")
	// ErrCorrupt says that what is on disk is not what was written.
	ErrCorrupt = errors.New("mirror is corrupt")
	// ErrKey says that the encryption key is not the one the mirror was made with.
	ErrKey = errors.New("mirror has another encryption key")
	// ErrUnknownItem says that something was to be added to an item that is not stored.
	ErrUnknownItem = errors.New("item is not in the mirror")
	// ErrNotEmpty refuses an import into a mirror that holds something.
	ErrNotEmpty = errors.New("mirror is not empty")
)

// Digest gives the function that turns a repository's items into facts. It is
// called once for every load, publish and redigest; the function it gives is
// called by several goroutines at once, must not keep the Item and may return
// nil to leave an item out.
type Digest func(model.Repository) func(*model.Item) *model.Facts

// Options configure a Mirror.
type Options struct {
	Logger        *slog.Logger  // nil discards
	EncryptionKey []byte        // nil, or 16, 24 or 32 bytes
	Digest        Digest        // nil publishes states without items
	GCInterval    time.Duration // of value-log garbage collection; 0: 10 minutes
}

// Open opens the mirror in the directory path, which it creates where it is
// absent, and publishes every repository that is complete. It fails with
// ErrLocked, ErrSchema, ErrCorrupt or ErrKey, and then has changed nothing.
func Open(path string, opts Options) (*Mirror, error) { panic("to follow") }

// Mirror is an open store of everything that was read from GitHub. All its
// methods are safe for concurrent use.
type Mirror struct{}

// Close ends the mirror's goroutines, waits for running calls and closes the store.
func (m *Mirror) Close() error { panic("to follow") }

// Update calls write and commits what it puts in one transaction: all of it is
// durable when Update returns nil, none of it when write fails. Updates of one
// repository follow each other, those of several run side by side. Repository
// 0 holds what belongs to none. A Tx must not be used after write returned.
func (m *Mirror) Update(repo int64, write func(*Tx) error) error { panic("to follow") }

// Tx is one transaction on one repository. Its reads see its writes.
type Tx struct{}

// PutRepository stores the repository; its ID must be the transaction's.
func (tx *Tx) PutRepository(r model.Repository) error { panic("to follow") }

// UpsertItem merges a read into the stored item and reports whether anything
// but the time of the read changed. A read whose UpdatedAt is 0 is partial:
// a continuation of the item's lists; ErrUnknownItem where the item is absent.
func (tx *Tx) UpsertItem(read *model.Item) (changed bool, err error) { panic("to follow") }

// MergeEvents merges events read at an instant into the item; ErrUnknownItem
// where it is absent.
func (tx *Tx) MergeEvents(number int, at model.Instant, events []model.Event) (changed bool, err error) {
	panic("to follow")
}

// MergeReviewComments merges review comments read at an instant into the item;
// ErrUnknownItem where it is absent.
func (tx *Tx) MergeReviewComments(number int, at model.Instant, comments []model.ReviewComment) (changed bool, err error) {
	panic("to follow")
}

// MarkGone records that GitHub was found not to have the item any more: reason
// is deleted, transferred or converted. A later read takes it back.
func (tx *Tx) MarkGone(number int, reason string, at model.Instant) (changed bool, err error) {
	panic("to follow")
}

// MarkEventsGone records that events with these ids were found absent.
func (tx *Tx) MarkEventsGone(number int, at model.Instant, ids []string) (changed bool, err error) {
	panic("to follow")
}

// MarkReviewCommentsGone records that review comments with these ids were found absent.
func (tx *Tx) MarkReviewCommentsGone(number int, at model.Instant, ids []int64) (changed bool, err error) {
	panic("to follow")
}

// Item gives a stored item, or nil where it is absent. It must not be changed.
func (tx *Tx) Item(number int) (*model.Item, error) { panic("to follow") }

// SetComplete records that the first sync ended at an instant: the next
// Publish makes the repository's items visible. 0 makes it incomplete again.
func (tx *Tx) SetComplete(at model.Instant) { panic("to follow") }

// Cursor is how far a stream was read. What a field means is the stream's own affair.
type Cursor struct {
	After       string        `json:"after,omitzero"`       // behind the last stored page
	Size        int           `json:"size,omitzero"`        // of the next page
	Query       string        `json:"query,omitzero"`       // hash of the document that After belongs to
	URL         string        `json:"url,omitzero"`         // REST: of the next page, or the sticky one
	ETag        string        `json:"etag,omitzero"`        // of URL
	Watermark   model.Instant `json:"watermark,omitzero"`   // everything updated before is stored
	Next        model.Instant `json:"next,omitzero"`        // Watermark when the running pass ends
	Seen        model.Instant `json:"seen,omitzero"`        // newest update seen
	StartedAt   model.Instant `json:"startedAt,omitzero"`   // of the running pass; 0 between passes
	LastSuccess model.Instant `json:"lastSuccess,omitzero"` // end of the last whole pass
	Total       int           `json:"total,omitzero"`       // as GitHub counted
	Stored      int           `json:"stored,omitzero"`      // by this stream's first sync
	Round       int           `json:"round,omitzero"`       // passes or polls so far
	Done        bool          `json:"done,omitzero"`        // the first sync of this stream ended
	Again       bool          `json:"again,omitzero"`       // one more pass is to follow, whatever moves
}

// Cursor gives a stream's cursor, the zero one where there is none.
func (tx *Tx) Cursor(stream string) (Cursor, error) { panic("to follow") }

// PutCursor stores a stream's cursor.
func (tx *Tx) PutCursor(stream string, c Cursor) error { panic("to follow") }

// DeleteCursor forgets a stream.
func (tx *Tx) DeleteCursor(stream string) { panic("to follow") }

// Queue names a list of work that must survive a restart.
type Queue string

// The queues of a repository.
const (
	Overflow Queue = "overflow" // lists within items that go on
	Suspects Queue = "suspect"  // items that may be gone
	Gaps     Queue = "gap"      // items that could not be read
	Rereads  Queue = "reread"   // items to be read again
)

// Job is a piece of work in a queue, one for each (Number, NodeID, Connection).
type Job struct {
	Number     int           `json:"number"`
	Kind       model.Kind    `json:"kind,omitzero"`
	NodeID     string        `json:"nodeId,omitzero"`
	Connection string        `json:"connection,omitzero"`
	After      string        `json:"after,omitzero"`
	Reason     string        `json:"reason,omitzero"`
	Since      model.Instant `json:"since,omitzero"` // when the work arose
	Next       model.Instant `json:"next,omitzero"`  // not before
	Attempts   int           `json:"attempts,omitzero"`
}

// PutJob stores a job in place of one with the same key.
func (tx *Tx) PutJob(q Queue, job Job) error { panic("to follow") }

// DeleteJob removes a job.
func (tx *Tx) DeleteJob(q Queue, job Job) { panic("to follow") }

// Count adds to a counter that survives restarts. Its name is the caller's:
// words joined by "/".
func (tx *Tx) Count(name string, delta int) { panic("to follow") }

// Repositories gives every stored repository by id.
func (m *Mirror) Repositories() []model.Repository { panic("to follow") }

// Repository gives a stored repository.
func (m *Mirror) Repository(id int64) (model.Repository, bool) { panic("to follow") }

// RepositoryByName gives the repository that bears a name, without regard to
// case; of several, since names are used again, the one that was read last.
func (m *Mirror) RepositoryByName(owner, name string) (model.Repository, bool) { panic("to follow") }

// Complete gives when the repository's first sync ended; 0 before.
func (m *Mirror) Complete(repo int64) model.Instant { panic("to follow") }

// Records counts the repository's stored records by kind: issue, pull_request,
// event, comment, review, review_comment, commit. Comments and reviews are no events here.
func (m *Mirror) Records(repo int64) map[string]int { panic("to follow") }

// Cursor gives a stream's cursor, the zero one where there is none.
func (m *Mirror) Cursor(repo int64, stream string) (Cursor, error) { panic("to follow") }

// Cursors gives the cursors of a repository by stream.
func (m *Mirror) Cursors(repo int64) (map[string]Cursor, error) { panic("to follow") }

// Jobs gives a queue's jobs by number.
func (m *Mirror) Jobs(repo int64, q Queue) ([]Job, error) { panic("to follow") }

// Counters gives the repository's counters by name.
func (m *Mirror) Counters(repo int64) map[string]int { panic("to follow") }

// Item gives a stored item, or nil where it is absent.
func (m *Mirror) Item(repo int64, number int) (*model.Item, error) { panic("to follow") }

// Items yields a repository's items by number, each only until the next; the
// last pair has the error that ended the walk early, and a nil item.
func (m *Mirror) Items(repo int64) iter.Seq2[*model.Item, error] { panic("to follow") }

// Publish digests what changed since the last publish of the repository and
// makes its new state visible. While the repository is incomplete the state
// has no items.
func (m *Mirror) Publish(repo int64) error { panic("to follow") }

// State gives the repository's published state, nil where it is unknown. It is
// immutable. It takes no lock.
func (m *Mirror) State(repo int64) *model.State { panic("to follow") }

// States gives every published state by repository id.
func (m *Mirror) States() []*model.State { panic("to follow") }

// Subscribe has f called after every publish, by the goroutine that published.
// f must be quick, and must not call Update, Publish or Redigest.
func (m *Mirror) Subscribe(f func(repo int64)) (cancel func()) { panic("to follow") }

// Redigest publishes every repository anew with another digest, as after a
// change of the configuration.
func (m *Mirror) Redigest(d Digest) error { panic("to follow") }

// Sizes gives the bytes on disk by component: lsm and value_log.
func (m *Mirror) Sizes() map[string]int64 { panic("to follow") }

// GCFailures counts the value-log collections that failed.
func (m *Mirror) GCFailures() int64 { panic("to follow") }

// Compact collects the value log until nothing is left to do, merges the
// tables, and gives the bytes that were freed.
func (m *Mirror) Compact(ctx context.Context) (freed int64, err error) { panic("to follow") }

// Export writes everything as JSON Lines: a header, then one record a line.
func (m *Mirror) Export(ctx context.Context, w io.Writer) error { panic("to follow") }

// Import reads what Export wrote into an empty mirror, ErrNotEmpty otherwise.
// An error names the line; nothing is published before the last line was read.
func (m *Mirror) Import(ctx context.Context, r io.Reader) error { panic("to follow") }

// Problem is something that Verify found wrong.
type Problem struct {
	File string // the file's name, where it is known
	Key  string // the record's key, readable, where it is known
	What string
}

// String gives the problem in one line.
func (p Problem) String() string { panic("to follow") }

// Verify reads every file and every record of the mirror in path, which must
// not be open, and tells what is wrong. It changes nothing. Progress, which may
// be nil, is told how many of how many bytes were read.
func Verify(ctx context.Context, path string, opts Options, progress func(done, total int64)) ([]Problem, error) {
	panic("to follow")
}
