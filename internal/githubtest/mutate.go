package githubtest

import (
	"fmt"
	"net/http"
)

// bar keeps everybody from a repository, though it exists.
type bar struct {
	status int // 451 or 403
	reason string
	since  Time
}

// barred says why the repository of a request cannot be read, if so.
func (x *exchange) barred() *apiError {
	b := x.repo.bar
	if b == nil {
		return nil
	}
	e := refuse(b.status, "Repository access blocked")
	e.body.Block = &block{Reason: b.reason, CreatedAt: b.since.String(), HTMLURL: "https://github.com/github/dmca"}
	return e
}

// Change runs f, which may change the server's datasets in any way, while no request is
// answered. What a client sees still depends on the times that f writes: those after
// Now are not seen yet.
func (s *Server) Change(f func(now Time)) {
	now := TimeOf(s.clock())
	s.world.change(func() { f(now) })
	s.lists.reset()
}

// changeRepository changes one of the server's repositories, found by its id.
func (s *Server) changeRepository(id int64, f func(r *repository, now Time) error) error {
	err := fmt.Errorf("simulated GitHub has no repository %d", id)
	s.Change(func(now Time) {
		if r := s.world.byID[id]; r != nil {
			err = f(r, now)
		}
	})
	return err
}

// changeItem changes one issue or pull request.
func (s *Server) changeItem(repo int64, number int, f func(item *Item, now Time)) error {
	return s.changeRepository(repo, func(r *repository, now Time) error {
		item := r.Item(number)
		if item == nil {
			return fmt.Errorf("simulated GitHub has no item %d in repository %d", number, repo)
		}
		f(item, now)
		return nil
	})
}

// DeleteItem deletes an issue now: it is answered with 410, and leaves all lists.
func (s *Server) DeleteItem(repository int64, number int) error {
	return s.changeItem(repository, number, func(item *Item, now Time) { item.DeletedAt = now })
}

// TransferItem moves an issue to another repository now. Its old address redirects; with
// a nil target it does so without a Location, as GitHub sometimes does.
func (s *Server) TransferItem(repository int64, number int, to *Ref) error {
	return s.changeItem(repository, number, func(item *Item, now Time) { item.TransferredAt, item.TransferredTo = now, to })
}

// ConvertItem makes an issue a discussion now.
func (s *Server) ConvertItem(repository int64, number int) error {
	return s.changeItem(repository, number, func(item *Item, now Time) { item.ConvertedAt = now })
}

// RenameRepository gives a repository a new owner and name now. REST redirects from the
// old one.
func (s *Server) RenameRepository(id int64, owner, name string) error {
	return s.changeRepository(id, func(r *repository, now Time) error {
		r.Renames = append(r.Renames, Rename{At: now, Owner: owner, Name: name})
		return nil
	})
}

// ArchiveRepository archives a repository now.
func (s *Server) ArchiveRepository(id int64) error {
	return s.changeRepository(id, func(r *repository, now Time) error {
		r.ArchivedAt = now
		return nil
	})
}

// DeleteRepository deletes a repository now: everything of it is answered with 404.
func (s *Server) DeleteRepository(id int64) error {
	return s.changeRepository(id, func(r *repository, now Time) error {
		r.DeletedAt = now
		return nil
	})
}

// SetVisibility makes a repository public, private or internal, at all instants. To
// callers who may not read it, it does not exist.
func (s *Server) SetVisibility(id int64, visibility string) error {
	return s.changeRepository(id, func(r *repository, _ Time) error {
		r.Visibility = visibility
		return nil
	})
}

// BlockRepository keeps everybody from a repository: with 451 for legal reasons such as
// "dmca", with 403 for the reason "tos". "" lets them in again.
func (s *Server) BlockRepository(id int64, reason string) error {
	return s.changeRepository(id, func(r *repository, now Time) error {
		status := http.StatusUnavailableForLegalReasons
		switch reason {
		case "":
			r.bar = nil
			return nil
		case "tos":
			status = http.StatusForbidden
		}
		r.bar = &bar{status: status, reason: reason, since: now}
		return nil
	})
}

// DisableIssues turns a repository's issues off or on: their addresses answer with 410.
func (s *Server) DisableIssues(id int64, off bool) error {
	return s.changeRepository(id, func(r *repository, _ Time) error {
		r.issuesOff = off
		return nil
	})
}
