package githubtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// record is one line of a dataset: exactly one of its fields is set.
type record struct {
	Repo       *Repo       `json:"repo,omitempty"`
	User       *User       `json:"user,omitempty"`
	Label      *Label      `json:"label,omitempty"`
	Milestone  *Milestone  `json:"milestone,omitempty"`
	Workflow   *Workflow   `json:"workflow,omitempty"`
	Item       *Item       `json:"item,omitempty"`
	Commit     *Commit     `json:"commit,omitempty"`
	Tag        *Tag        `json:"tag,omitempty"`
	Release    *Release    `json:"release,omitempty"`
	Deployment *Deployment `json:"deployment,omitempty"`
	Run        *Run        `json:"run,omitempty"`
}

// maxProblems is how many problems of a file are reported at once.
const maxProblems = 20

// Load reads a dataset from a file of JSON Lines, gzipped or not. Its errors
// name the file, the line and what to change.
func Load(path string) (*Dataset, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	return read(path, file)
}

// Read reads a dataset of JSON Lines, gzipped or not: a repo line begins a
// repository, and all lines up to the next belong to it. It is strict: unknown
// keys, dangling references and entries out of order are errors, which name the
// line.
func Read(r io.Reader) (*Dataset, error) { return read("dataset", r) }

func read(name string, r io.Reader) (*Dataset, error) {
	lines, err := plain(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	rd := reader{name: name, lines: lines, check: newChecker()}
	if err := rd.run(); err != nil {
		return nil, err
	}
	return rd.set, nil
}

// plain gives the text of r, decompressed if it is compressed.
func plain(r io.Reader) (*bufio.Reader, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := buffered.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("read gzip header: %w; compress the file again", err)
	}
	return bufio.NewReaderSize(unzipped, 1<<16), nil
}

// reader turns lines into a Dataset.
type reader struct {
	name     string
	lines    *bufio.Reader
	line     int
	set      *Dataset
	check    *checker
	problems []error
}

func (rd *reader) run() error {
	rd.set = &Dataset{}
	for {
		text, err := rd.lines.ReadBytes('\n')
		if len(text) > 0 {
			rd.line++
			rd.read(bytes.TrimSpace(text))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w; is the file whole?", rd.name, rd.line+1, err)
		}
		if len(rd.problems) >= maxProblems {
			return errors.Join(rd.problems...)
		}
	}
	rd.finish()
	if len(rd.set.Repos) == 0 && len(rd.problems) == 0 {
		rd.problem(1, "no repository: begin with a line {\"repo\":{…}}")
	}
	return errors.Join(rd.problems...)
}

func (rd *reader) problem(line int, format string, args ...any) {
	if len(rd.problems) < maxProblems {
		rd.problems = append(rd.problems, fmt.Errorf("%s:%d: %s", rd.name, line, fmt.Sprintf(format, args...)))
	}
}

// read takes one line.
func (rd *reader) read(text []byte) {
	if len(text) == 0 {
		rd.problem(rd.line, "empty line: remove it")
		return
	}
	var rec record
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rec); err != nil {
		rd.problem(rd.line, "%v; each line is one JSON object such as {\"item\":{…}} with the keys of the format", err)
		return
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		rd.problem(rd.line, "more than one JSON value: put each on its own line")
		return
	}
	if n := rec.count(); n != 1 {
		rd.problem(rd.line, "%d records: a line holds exactly one of repo, user, label, milestone, workflow, item, commit, tag, release, deployment, run", n)
		return
	}
	rd.add(&rec)
}

// count gives how many fields are set.
func (rec *record) count() int {
	n := 0
	for _, set := range []bool{
		rec.Repo != nil, rec.User != nil, rec.Label != nil, rec.Milestone != nil, rec.Workflow != nil, rec.Item != nil,
		rec.Commit != nil, rec.Tag != nil, rec.Release != nil, rec.Deployment != nil, rec.Run != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// add puts a record into the repository that it belongs to.
func (rd *reader) add(rec *record) {
	if rec.Repo != nil {
		rd.finish()
		rd.set.Repos = append(rd.set.Repos, rec.Repo)
	}
	if len(rd.set.Repos) == 0 {
		rd.problem(rd.line, "a record before the first repo line: begin with {\"repo\":{…}}")
		return
	}
	rd.set.Repos[len(rd.set.Repos)-1].add(rec)
	if err := rd.check.record(rec, rd.line); err != nil {
		rd.problem(rd.line, "%v", err)
	}
}

func (r *Repo) add(rec *record) {
	switch {
	case rec.User != nil:
		r.Users = append(r.Users, rec.User)
	case rec.Label != nil:
		r.Labels = append(r.Labels, rec.Label)
	case rec.Milestone != nil:
		r.Milestones = append(r.Milestones, rec.Milestone)
	case rec.Workflow != nil:
		r.Workflows = append(r.Workflows, rec.Workflow)
	case rec.Item != nil:
		r.Items = append(r.Items, rec.Item)
	case rec.Commit != nil:
		r.Commits = append(r.Commits, rec.Commit)
	case rec.Tag != nil:
		r.Tags = append(r.Tags, rec.Tag)
	case rec.Release != nil:
		r.Releases = append(r.Releases, rec.Release)
	case rec.Deployment != nil:
		r.Deployments = append(r.Deployments, rec.Deployment)
	case rec.Run != nil:
		r.Runs = append(r.Runs, rec.Run)
	}
}

// finish ends the current repository: now everything that it may refer to is known.
func (rd *reader) finish() {
	if len(rd.set.Repos) == 0 {
		return
	}
	repo := rd.set.Repos[len(rd.set.Repos)-1]
	repo.Index()
	rd.check.references(repo, func(line int, err error) { rd.problem(line, "%v", err) })
}
