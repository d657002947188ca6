package mirror

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

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
func (tx *Tx) PutJob(q Queue, job Job) error {
	if q == "" || strings.ContainsRune(string(q)+job.Connection, 0) {
		return fmt.Errorf("job of repository %d has the queue %q and connection %q", tx.repo.id, q, job.Connection)
	}
	return tx.putJSON(jobKey(tx.repo.id, q, job), job)
}

// DeleteJob removes the job with the same key, if there is one.
func (tx *Tx) DeleteJob(q Queue, job Job) { tx.put(write{key: jobKey(tx.repo.id, q, job)}) }

// Jobs gives a queue's jobs by number.
func (m *Mirror) Jobs(repo int64, q Queue) ([]Job, error) {
	var out []Job
	err := m.scan(queueKey(repo, q), true, func(k key, v []byte) error {
		var job Job
		if err := json.Unmarshal(v, &job); err != nil {
			return fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
		}
		out = append(out, job)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read queue %s of repository %d: %w", q, repo, err)
	}
	return out, nil
}
