package mirror

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// History gives all that is stored of a repository's history, published or
// not; nil where nothing is. It reads the disk: State has what was published.
func (m *Mirror) History(repo int64) (*model.History, error) {
	read := historyRead{repo: repo, decode: true}
	if err := m.view(read.read); err != nil {
		return nil, fmt.Errorf("read history of repository %d: %w", repo, err)
	}
	return read.result(), nil
}

// HasCommit reports whether a commit is stored.
func (m *Mirror) HasCommit(repo int64, oid string) (found bool, err error) {
	id, err := parseCommitID(oid)
	if err != nil {
		return false, nil //nolint:nilerr // what is no name is not stored
	}
	err = m.view(func(txn *badger.Txn) error {
		raw, err := value(txn, historyKey(prefixHistory, repo, kindCommit, id))
		found = raw != nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read commit %s of repository %d: %w", oid, repo, err)
	}
	return found, nil
}

// Commits gives the stored commits of a repository, nil for none, and the name
// of its default branch's head.
func (m *Mirror) Commits(repo int64) (graph *model.Graph, head string, err error) {
	h, err := m.historyOf(repo, kindHead, kindCommit)
	return h.Graph, h.Head, err
}

// Tags gives the stored tags of a repository by name.
func (m *Mirror) Tags(repo int64) ([]model.Tag, error) {
	h, err := m.historyOf(repo, kindTag)
	return h.Tags, err
}

// Releases gives the stored releases of a repository by id.
func (m *Mirror) Releases(repo int64) ([]model.Release, error) {
	h, err := m.historyOf(repo, kindRelease)
	return h.Releases, err
}

// Deployments gives the stored deployments of a repository by id.
func (m *Mirror) Deployments(repo int64) ([]model.Deployment, error) {
	h, err := m.historyOf(repo, kindDeployment)
	return h.Deployments, err
}

// Runs gives the stored attempts of a repository's runs by id and attempt.
func (m *Mirror) Runs(repo int64) ([]model.Run, error) {
	h, err := m.historyOf(repo, kindRun)
	return h.Runs, err
}

// Milestones gives the stored milestones of a repository by number.
func (m *Mirror) Milestones(repo int64) ([]model.Milestone, error) {
	h, err := m.historyOf(repo, kindMilestone)
	return h.Milestones, err
}

// historyOf reads some kinds of a repository's history.
func (m *Mirror) historyOf(repo int64, kinds ...byte) (model.History, error) {
	read := historyRead{repo: repo, decode: true, kinds: kinds}
	if err := m.view(read.read); err != nil {
		return model.History{}, fmt.Errorf("read history of repository %d: %w", repo, err)
	}
	return read.history, nil
}

// historyRead reads a repository's history, or some of its kinds.
type historyRead struct {
	repo   int64
	kinds  []byte            // nil: all
	decode bool              // else it is only counted
	past   map[string][]byte // what is to be read in place of what is stored, by key

	history model.History
	counts  counts
	records int
	bytes   int64
}

// result gives the history, nil where nothing is stored.
func (hr *historyRead) result() *model.History {
	h := hr.history
	if h.Head == "" && h.Graph == nil && len(h.Tags)+len(h.Releases)+len(h.Deployments)+len(h.Runs)+len(h.Incidents)+len(h.Milestones) == 0 {
		return nil
	}
	return &h
}

func (hr *historyRead) size() int64 { return hr.bytes }

func (hr *historyRead) read(txn *badger.Txn) (err error) {
	for _, f := range families {
		kind := f.letter()
		if hr.kinds != nil && !slices.Contains(hr.kinds, kind) {
			continue
		}
		if hr.decode {
			err = hr.readKind(txn, kind)
		} else {
			err = hr.each(txn, kind, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (hr *historyRead) readKind(txn *badger.Txn, kind byte) (err error) {
	h := &hr.history
	switch kind {
	case kindHead:
		var head []model.BranchCommit
		if head, err = readRecords(hr, txn, heads); len(head) > 0 {
			h.Head = head[0].OID
		}
	case kindCommit:
		h.Graph, err = hr.readGraph(txn)
	case kindTag:
		h.Tags, err = readRecords(hr, txn, tags)
	case kindRelease:
		h.Releases, err = readRecords(hr, txn, releases)
	case kindDeployment:
		h.Deployments, err = readRecords(hr, txn, deployments)
	case kindRun:
		h.Runs, err = readRecords(hr, txn, runs)
	case kindIncident:
		h.Incidents, err = readRecords(hr, txn, incidents)
	case kindMilestone:
		h.Milestones, err = readRecords(hr, txn, milestones)
	}
	return err
}

// readGraph reads the commits one by one, since all of them would take several
// times what their graph does.
func (hr *historyRead) readGraph(txn *badger.Txn) (*model.Graph, error) {
	known := 0
	if hr.history.Graph != nil {
		known = hr.history.Graph.Len()
	}
	b := model.NewGraphBuilder(known)
	var c model.BranchCommit
	err := hr.each(txn, kindCommit, func(k key, value []byte) error {
		c.Parents = c.Parents[:0]
		if _, err := c.UnmarshalMsg(value); err != nil {
			return fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
		}
		b.Add(&c)
		return nil
	})
	return b.Graph(), err
}

// readRecords reads the records of one kind in the order of their ids.
func readRecords[T any, P message[T]](hr *historyRead, txn *badger.Txn, f family[T, P]) ([]T, error) {
	var out []T
	shared := interner{}
	err := hr.each(txn, f.kind, func(k key, value []byte) error {
		t, err := f.decode(value)
		if err != nil {
			return fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
		}
		if f.share != nil {
			f.share(&t, shared)
		}
		out = append(out, t)
		return nil
	})
	return slices.Clip(out), err
}

// each counts the records of a kind and hands each to f as it is to be read.
func (hr *historyRead) each(txn *badger.Txn, kind byte, f func(key, []byte) error) error {
	prefix := append(repoKey(prefixHistory, hr.repo), kind)
	return scan(txn, prefix, f != nil, func(k key, value []byte) error {
		hr.records++
		hr.counts.addKind(kind)
		hr.bytes += int64(len(value))
		if f == nil {
			return nil
		}
		if len(hr.past) > 0 {
			if published, ok := hr.past[string(historyKey(prefixPast, k.repo, k.kind, []byte(k.id)))]; ok {
				value = published
			}
		}
		if bytes.Equal(value, noRecord) {
			return nil
		}
		return f(k, value)
	})
}
