package mirror

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The kinds of a history's records: the byte behind the repository.
const (
	kindHead       = 'h'
	kindCommit     = 'c'
	kindTag        = 't'
	kindRelease    = 'r'
	kindDeployment = 'd'
	kindRun        = 'w'
	kindIncident   = 'i'
	kindMilestone  = 'm'
)

// noRecord stands for a record that was not published: msgp's nil.
var noRecord = []byte{0xc0}

// family is a kind of a history's records: how they are named, merged and
// written.
type family[T any, P message[T]] struct {
	kind  byte
	name  string
	id    func(*T) ([]byte, error)
	merge func(a, b T) T
	facts func(T) T          // without the times of reads
	share func(*T, interner) // makes equal texts one; nil where none are
	ids
}

// message is a record that encodes itself.
type message[T any] interface {
	*T
	MarshalMsg([]byte) ([]byte, error)
	UnmarshalMsg([]byte) ([]byte, error)
}

// ids is how the ids of a kind are stored and written.
type ids struct {
	valid func(id string) bool
	text  func(id string) string
	parse func(text string) ([]byte, error)
}

// anyFamily is a family where the type of its records does not matter.
type anyFamily interface {
	letter() byte
	word() string
	valid(id string) bool
	idText(id string) string
	parseID(text string) ([]byte, error)
	// check decodes a record and gives what it says its id is.
	check(value []byte) (record any, id []byte, err error)
	// encodeJSON gives the stored form of a record in JSON, and its id.
	encodeJSON(text []byte) (value, id []byte, err error)
}

var (
	heads = family[model.BranchCommit, *model.BranchCommit]{
		kind: kindHead, name: "branch_head", ids: nameIDs, facts: same[model.BranchCommit],
		id:    func(*model.BranchCommit) ([]byte, error) { return []byte{kindHead}, nil },
		merge: func(_, read model.BranchCommit) model.BranchCommit { return read },
	}
	commits = family[model.BranchCommit, *model.BranchCommit]{
		kind: kindCommit, name: "branch_commit", ids: commitIDs, merge: model.MergeCommit, facts: same[model.BranchCommit],
		id: func(c *model.BranchCommit) ([]byte, error) { return parseCommitID(c.OID) },
	}
	tags = family[model.Tag, *model.Tag]{
		kind: kindTag, name: "tag", ids: nameIDs, merge: model.MergeTag,
		id:    func(t *model.Tag) ([]byte, error) { return parseName(t.Name) },
		facts: func(t model.Tag) model.Tag { t.ReadAt = 0; return t },
	}
	releases = family[model.Release, *model.Release]{
		kind: kindRelease, name: "release", ids: numberIDs, merge: model.MergeRelease,
		id: func(r *model.Release) ([]byte, error) { return numberID(r.ID) },
		facts: func(r model.Release) model.Release {
			r.ReadAt, r.HeaderAt, r.CommitAt = 0, 0, 0
			return r
		},
	}
	deployments = family[model.Deployment, *model.Deployment]{
		kind: kindDeployment, name: "deployment", ids: numberIDs, merge: model.MergeDeployment, share: shareDeployment,
		id:    func(d *model.Deployment) ([]byte, error) { return numberID(d.ID) },
		facts: func(d model.Deployment) model.Deployment { d.ReadAt, d.HeaderAt = 0, 0; return d },
	}
	runs = family[model.Run, *model.Run]{
		kind: kindRun, name: "workflow_run", ids: runIDs, merge: model.MergeRun, share: shareRun,
		id:    func(r *model.Run) ([]byte, error) { return runID(r.ID, int64(r.Attempt)) },
		facts: func(r model.Run) model.Run { r.ReadAt = 0; return r },
	}
	incidents = family[model.Incident, *model.Incident]{
		kind: kindIncident, name: "incident", ids: incidentIDs, merge: model.MergeIncident, facts: same[model.Incident],
		id: func(i *model.Incident) ([]byte, error) { return incidentID(i.Source, i.ID) },
	}
	milestones = family[model.Milestone, *model.Milestone]{
		kind: kindMilestone, name: "milestone", ids: numberIDs, merge: model.MergeMilestone,
		id:    func(m *model.Milestone) ([]byte, error) { return numberID(int64(m.Number)) },
		facts: func(m model.Milestone) model.Milestone { m.ReadAt = 0; return m },
	}
)

// families are all of them, in the order in which counts has them.
var families = []anyFamily{heads, commits, tags, releases, deployments, runs, incidents, milestones}

func familyOf(kind byte) anyFamily {
	for _, f := range families {
		if f.letter() == kind {
			return f
		}
	}
	return nil
}

// historyText names a record for messages.
func historyText(kind byte, id string) string {
	f := familyOf(kind)
	if f == nil {
		return fmt.Sprintf("record %q", id)
	}
	return f.word() + " " + f.idText(id)
}

func (f family[T, P]) letter() byte                        { return f.kind }
func (f family[T, P]) word() string                        { return f.name }
func (f family[T, P]) valid(id string) bool                { return f.ids.valid(id) }
func (f family[T, P]) idText(id string) string             { return f.ids.text(id) }
func (f family[T, P]) parseID(text string) ([]byte, error) { return f.ids.parse(text) }

// decode reads a stored record.
func (f family[T, P]) decode(value []byte) (t T, err error) {
	rest, err := P(&t).UnmarshalMsg(value)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("has %d bytes too many", len(rest))
	}
	return t, err
}

func (f family[T, P]) check(value []byte) (any, []byte, error) {
	t, err := f.decode(value)
	if err != nil {
		return nil, nil, err
	}
	id, err := f.id(&t)
	return t, id, err
}

func (f family[T, P]) encodeJSON(text []byte) (value, id []byte, err error) {
	var t T
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&t); err != nil {
		return nil, nil, err
	}
	t = f.merge(t, t)
	if id, err = f.id(&t); err != nil {
		return nil, nil, err
	}
	value, err = P(&t).MarshalMsg(nil)
	return value, id, err
}

func same[T any](t T) T { return t }

var (
	errNoName   = errors.New("has no name")
	nameIDs     = ids{func(id string) bool { return id != "" }, same[string], parseName}
	commitIDs   = ids{func(id string) bool { return len(id) <= 32 && id != "" }, hexText, parseCommitID}
	numberIDs   = ids{func(id string) bool { return len(id) == 8 }, numberText, parseNumber}
	runIDs      = ids{func(id string) bool { return len(id) == 12 }, runText, parseRun}
	incidentIDs = ids{validIncident, func(id string) string { return strings.Replace(id, "\x00", "/", 1) }, parseIncidentID}
)

func parseName(name string) ([]byte, error) {
	if name == "" {
		return nil, errNoName
	}
	return []byte(name), nil
}

func hexText(id string) string { return hex.EncodeToString([]byte(id)) }

func parseCommitID(oid string) ([]byte, error) {
	id, err := hex.DecodeString(oid)
	if err != nil || len(id) == 0 || len(id) > 32 {
		return nil, fmt.Errorf("is no name of a commit: %q", oid)
	}
	return id, nil
}

func numberID(n int64) ([]byte, error) {
	if n <= 0 {
		return nil, fmt.Errorf("has the id %d", n)
	}
	return binary.BigEndian.AppendUint64(nil, uint64(n)), nil
}

func numberText(id string) string {
	return strconv.FormatUint(binary.BigEndian.Uint64([]byte(id)), 10)
}

func parseNumber(text string) ([]byte, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, err
	}
	return numberID(n)
}

func runID(run, attempt int64) ([]byte, error) {
	if run <= 0 || attempt < 0 || attempt > 1<<31 {
		return nil, fmt.Errorf("has the id %d and the attempt %d", run, attempt)
	}
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, uint64(run)), uint32(attempt)), nil
}

func runText(id string) string {
	return numberText(id[:8]) + "/" + strconv.FormatUint(uint64(binary.BigEndian.Uint32([]byte(id[8:]))), 10)
}

func parseRun(text string) ([]byte, error) {
	run, attempt, _ := strings.Cut(text, "/")
	n, errRun := strconv.ParseInt(run, 10, 64)
	a, errAttempt := strconv.ParseInt(attempt, 10, 64)
	if err := errors.Join(errRun, errAttempt); err != nil {
		return nil, err
	}
	return runID(n, a)
}

func validIncident(id string) bool {
	source, id, ok := strings.Cut(id, "\x00")
	return ok && source != "" && id != "" && !strings.Contains(source, "/")
}

func incidentID(source, id string) ([]byte, error) {
	stored := source + "\x00" + id
	if strings.Contains(source, "\x00") || !validIncident(stored) {
		return nil, fmt.Errorf("has the source %q and the id %q", source, id)
	}
	return []byte(stored), nil
}

// parseIncidentID reads SOURCE/ID; sources have no slash.
func parseIncidentID(text string) ([]byte, error) {
	source, id, _ := strings.Cut(text, "/")
	return incidentID(source, id)
}

// interner makes equal texts one, since a mirror holds each many times.
type interner map[string]string

func (in interner) share(texts ...*string) {
	for _, text := range texts {
		if known, ok := in[*text]; ok {
			*text = known
			continue
		}
		in[*text] = *text
	}
}

func shareDeployment(d *model.Deployment, in interner) {
	in.share(&d.Environment, &d.State)
	for i := range d.Statuses {
		in.share(&d.Statuses[i].State)
	}
}

func shareRun(r *model.Run, in interner) {
	in.share(&r.Workflow, &r.Event, &r.Branch, &r.Status, &r.Conclusion)
}
