package github

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// TagPage is a page of a repository's tags, the newest first.
type TagPage struct {
	PageInfo
	Tags    []model.Tag
	Dropped map[string]int
}

type rawTag struct {
	Name   string     `json:"name"`
	Target *rawTarget `json:"target"`
}

// rawTarget is what a tag names: a commit, or an annotated tag, which names a
// commit or another tag.
type rawTarget struct {
	TypeName      string `json:"__typename"`
	OID           string `json:"oid"`
	CommittedDate string `json:"committedDate"`
	Tagger        *struct {
		Date string `json:"date"`
	} `json:"tagger"`
	Target *rawTarget `json:"target"`
}

// Tags reads a page of tags. Those that name no commit are left out and counted.
func (c *Client) Tags(ctx context.Context, repo model.Repository, after string) (page TagPage, err error) {
	dropped, err := connection(ctx, c, "TagsPage", "tags", repo, after,
		func(l *list[rawTag], info PageInfo, drop func(string)) *Error {
			page = TagPage{PageInfo: info}
			for _, raw := range l.Nodes {
				tag, e := raw.tag(info.ServerTime, drop)
				switch {
				case e != nil:
					return e
				case tag.OID == "":
					drop("tag")
				default:
					page.Tags = append(page.Tags, tag)
				}
			}
			return nil
		})
	if err != nil {
		return TagPage{}, err
	}
	page.Dropped = dropped
	return page, nil
}

// tag turns an answer's tag into a record, without OID where it names no commit.
// The tagger of the outermost tag counts: that is the one that bears the name.
func (raw *rawTag) tag(readAt model.Instant, drop func(string)) (model.Tag, *Error) {
	tag := model.Tag{Name: raw.Name, ReadAt: readAt}
	if raw.Name == "" || raw.Target == nil || raw.Target.OID == "" {
		return tag, failure(reasonPartial, "a tag without its name or target")
	}
	if tagger := raw.Target.Tagger; tagger != nil {
		tag.TaggedAt = dated(tagger.Date, drop)
	}
	target := raw.Target
	for target != nil && target.TypeName == "Tag" {
		target = target.Target
	}
	if target == nil || target.TypeName != "Commit" {
		return tag, nil
	}
	tag.OID, tag.CommittedAt = target.OID, dated(target.CommittedDate, drop)
	return tag, nil
}

// dated reads a date, 0 of one that no clock shows, which Git takes.
func dated(text string, drop func(string)) model.Instant {
	at, ok := gitTime(text)
	if !ok {
		drop("commit_date")
	}
	return at
}
