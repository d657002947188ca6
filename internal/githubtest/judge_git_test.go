package githubtest

// git walks the default branch from its tip: one chain of first parents, by time.
func (j *judge) git() {
	j.reachable = map[string]bool{}
	var tip *Commit
	for _, c := range j.repo.Commits {
		if c.Mainline && (tip == nil || c.LandedAt >= tip.LandedAt) && !j.hasChild(c) {
			tip = c
		}
	}
	for c := tip; c != nil && len(c.Parents) > 0; {
		parent := j.repo.Commit(c.Parents[0])
		if parent == nil || !parent.Mainline || parent.LandedAt > c.LandedAt {
			j.t.Fatalf("mainline commit %s has the first parent %s", c.OID, c.Parents[0])
		}
		c = parent
	}
	j.walk(tip)
	for _, c := range j.repo.Commits {
		if (c.LandedAt != 0) != j.reachable[c.OID] {
			j.t.Fatalf("commit %s landed at %s, reachable %t", c.OID, c.LandedAt, j.reachable[c.OID])
		}
	}
}

// hasChild reports whether a mainline commit has a mainline child.
func (j *judge) hasChild(c *Commit) bool {
	if j.children == nil {
		j.children = map[string]bool{}
		for _, c := range j.repo.Commits {
			if c.Mainline && len(c.Parents) > 0 {
				j.children[c.Parents[0]] = true
			}
		}
	}
	return j.children[c.OID]
}

// walk marks everything that is reachable.
func (j *judge) walk(tip *Commit) {
	if tip == nil {
		return
	}
	todo := []*Commit{tip}
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if j.reachable[c.OID] {
			continue
		}
		j.reachable[c.OID] = true
		for _, oid := range c.Parents {
			if parent := j.repo.Commit(oid); parent != nil {
				todo = append(todo, parent)
			} else {
				j.t.Errorf("commit %s has an unknown parent %s", c.OID, oid)
			}
		}
	}
}

// ids holds that ids are unique and grow with time.
func (j *judge) ids() {
	last := map[string]int64{}
	grows := func(kind string, id int64) {
		if id <= last[kind] {
			j.t.Fatalf("%s %d comes after %d", kind, id, last[kind])
		}
		last[kind] = id
	}
	unique := map[int64]bool{}
	once := func(kind string, id int64) {
		if id == 0 || unique[id] {
			j.t.Fatalf("%s has the id %d, which is 0 or taken", kind, id)
		}
		unique[id] = true
	}
	for _, item := range j.repo.Items {
		clear(unique)
		if item.PR != nil {
			grows("pull request", item.ID)
			grows("issue", item.PR.IssueID)
			if item.ID > 1<<31-1 && item.CreatedAt < 1893456000 { // 2030
				j.t.Fatalf("pull request id %d does not fit into 31 bits", item.ID)
			}
			for _, r := range item.PR.Reviews {
				once("review", r.ID)
				for _, c := range r.Comments {
					once("line comment", c.ID)
				}
			}
		} else {
			grows("issue", item.ID)
		}
		clear(unique)
		for _, e := range item.Events {
			once("event", e.ID)
		}
		clear(unique)
		for _, c := range item.Comments {
			once("comment", c.ID)
		}
	}
	for _, r := range j.repo.Runs {
		grows("run", r.ID)
	}
	for _, d := range j.repo.Deployments {
		grows("deployment", d.ID)
	}
}

func (j *judge) deployments() {
	for _, d := range j.repo.Deployments {
		if !j.reachable[d.OID] || d.CreatedAt <= j.start || d.CreatedAt > j.end {
			j.t.Errorf("deployment %d of %s at %s", d.ID, d.OID, d.CreatedAt)
		}
		state, last := "", d.CreatedAt
		for _, s := range d.Statuses {
			if s.At < last || s.At > j.end || s.State == "inactive" && state != "success" {
				j.t.Errorf("deployment %d: %s at %s after %s", d.ID, s.State, s.At, state)
			}
			state, last = s.State, s.At
		}
	}
	for _, tag := range j.repo.Tags {
		if !j.reachable[tag.OID] || j.repo.Commit(tag.OID).LandedAt > tag.At {
			j.t.Errorf("tag %s of %s", tag.Name, tag.OID)
		}
	}
}

func (j *judge) runs() {
	for _, r := range j.repo.Runs {
		if j.repo.Commit(r.OID) == nil || r.CreatedAt > j.end {
			j.t.Errorf("run %d of %s at %s", r.ID, r.OID, r.CreatedAt)
		}
		at := r.CreatedAt
		for i, a := range r.Attempts {
			if a.StartedAt < at || a.CompletedAt != 0 && a.CompletedAt < a.StartedAt || (a.CompletedAt == 0) != (a.Conclusion == "") {
				j.t.Errorf("run %d, attempt %d from %s to %s: %q", r.ID, i+1, a.StartedAt, a.CompletedAt, a.Conclusion)
			}
			if i > 0 && r.Attempts[i-1].Conclusion != "failure" {
				j.t.Errorf("run %d was tried again after %s", r.ID, r.Attempts[i-1].Conclusion)
			}
			at = a.CompletedAt
		}
	}
}
