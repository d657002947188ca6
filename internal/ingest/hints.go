package ingest

import "time"

// How hints are joined. GitHub's replicas lag a little behind its webhooks, and
// a repository where something happens all the time would cost as much as a
// hundred others.
const (
	hintDelay    = 2 * time.Second  // from the first hint
	hintPause    = 10 * time.Second // after one was followed
	maxHintPause = time.Minute      // while they do not end
)

// burst joins hints that come close together.
type burst struct {
	pace  pace // next is when to follow them; zero: there are none
	until time.Time
	pause time.Duration
}

// came notes a hint.
func (b *burst) came(now time.Time) {
	if !b.pace.next.IsZero() {
		return
	}
	if now.After(b.until) { // there was none since the last one was followed
		b.pause = hintPause
	}
	if b.pace.next = now.Add(hintDelay); b.until.After(b.pace.next) {
		b.pace.next = b.until
	}
}

// followed notes that they are followed.
func (b *burst) followed(now time.Time) {
	b.pace.next, b.until = time.Time{}, now.Add(b.pause)
	b.pause = min(2*b.pause, maxHintPause)
}

// hinted is what webhooks make due for a repository: a probe first, where it
// takes one, then the duties.
type hinted struct {
	hint
	burst burst
	after [duties]bool // due once the probe has succeeded
	ready [duties]bool // due once no pass is under way
}

// probed makes ready what waited for the probe.
func (h *hinted) probed() {
	h.ready = hint{duties: h.ready}.with(hint{duties: h.after}).duties
	h.after = [duties]bool{}
}

// takeHints takes over what webhooks told.
func (s *scheduler) takeHints() {
	now := s.in.now()
	repos, sought := s.in.hints.take()
	for id, h := range repos {
		if t := s.tasks[id]; t != nil {
			t.hinted.hint = t.hinted.with(h)
			t.hinted.burst.came(now)
		}
	}
	for k := range sought {
		if s.sought[k] == nil {
			s.sought[k] = &burst{}
		}
		s.sought[k].came(now)
	}
}

// followHints makes due what webhooks hinted at. The end of a probe, a pass or
// a lookup that is under way would take it for done, and it may have looked
// too early, so that it is waited for.
func (s *scheduler) followHints(now time.Time) {
	for k, b := range s.sought {
		if p := s.lookups[k]; b.pace.due(now) && p != nil && !s.lookedAt[k] {
			p.hint(now)
			b.followed(now)
		}
	}
	for _, t := range s.tasks {
		if h := &t.hinted; h.burst.pace.due(now) && !(h.probe && s.probing) {
			s.follow(t, now)
		}
		if !s.busy[t.r.id] && t.r.isComplete() {
			s.makeDue(t, now)
		}
	}
}

// follow asks for a probe where it takes one; without one all is ready.
func (s *scheduler) follow(t *task, now time.Time) {
	h := &t.hinted
	h.after = hint{duties: h.after}.with(h.hint).duties
	absent, _, _ := t.r.standing()
	switch {
	case !h.probe:
		h.probed()
	case absent:
		t.probe.hint(now)
	default: // one that was not found once is looked for again in time, and not at once
		t.probe.want(now)
	}
	h.hint = hint{}
	h.burst.followed(now)
}

// makeDue makes due what is ready. Everything is compared within the hour: it
// costs the more, the larger the repository is.
func (s *scheduler) makeDue(t *task, now time.Time) {
	for d := range t.hinted.ready {
		if !t.hinted.ready[d] {
			continue
		}
		if duty(d) == dutySweep {
			t.duties[d].want(round(hourly, now))
		} else {
			t.duties[d].want(now)
		}
	}
	t.hinted.ready = [duties]bool{}
}
