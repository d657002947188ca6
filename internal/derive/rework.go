package derive

// rework finds which deployments rework an earlier one: those that roll back,
// and those that ship a revert of what an earlier one shipped, a pull request that closes an
// incident that is linked by then, or one that is labelled a hotfix then.
func (l *ledger) rework() {
	issues := map[int32]*incident{}
	for _, i := range l.incidents {
		if i.source == byIssue {
			issues[i.item.Number] = i
		}
	}
	for _, t := range l.tracks {
		reverts := map[int32]*incident{}
		for _, i := range t.reverts {
			reverts[i.item.Number] = i
		}
		for _, s := range t.successes {
			if s.rollback {
				s.rework = append(s.rework, "rolls back")
			}
			for _, p := range s.shipped {
				s.reworks(&l.merged[p], reverts, issues)
			}
		}
	}
}

// reworks notes why a pull request that a deployment ships makes it rework.
func (s *success) reworks(p *mergedPull, reverts, issues map[int32]*incident) {
	if p.Merged > s.at {
		return // it was no pull request's yet
	}
	if i := reverts[p.Number]; i != nil {
		s.rework = append(s.rework, "ships #"+itoa(p.Number)+", which "+i.links[0].why)
	}
	if p.More == nil {
		return
	}
	for _, issue := range p.More.Closes {
		if i := issues[issue]; i != nil && i.linkedAt(s.at) {
			s.rework = append(s.rework, "ships #"+itoa(p.Number)+", which closes the incident "+i.name)
		}
	}
	for _, h := range p.More.Hotfix {
		if holds(h.From, h.To, int64(s.at)) {
			s.rework = append(s.rework, "ships #"+itoa(p.Number)+", a hotfix")
			break
		}
	}
}
