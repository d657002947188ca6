package mirror

import (
	"encoding/json"
	"fmt"
	"math"
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

// check refuses a job that has no key.
func (j Job) check(q Queue) error {
	if q == "" || strings.ContainsRune(string(q)+j.Connection, 0) || j.Number < 0 || j.Number > math.MaxInt32 {
		return fmt.Errorf("job has queue %q, number %d, connection %q", q, j.Number, j.Connection)
	}
	return nil
}

// PutJob stores a job in place of one with the same key.
func (tx *Tx) PutJob(q Queue, job Job) error {
	if err := job.check(q); err != nil {
		return err
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
