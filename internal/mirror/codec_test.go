package mirror

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// TestDecoderForgets decodes items of all sizes with one decoder: nothing of
// one may be left in the next.
func TestDecoderForgets(t *testing.T) {
	full := plausibleItem(1, 2, 12)
	full.ReviewComments = []model.ReviewComment{{ID: 1, Review: 2, ReplyTo: 3, Author: model.Actor{Login: "ann", Bot: true}, GoneAt: 4}}
	full.Events[0].Mentions = []model.Mention{{Kind: model.Reverts, OID: "abc"}}
	full.Events[0].Text, full.Events[0].GoneAt = "/lgtm", 5
	items := []*model.Item{
		full,
		{Number: 2, Events: []model.Event{{ID: "a"}, {ID: "b"}}, Commits: []model.Commit{{OID: "c"}}, Labels: []model.Label{{}}},
		{Number: 2, ReviewComments: []model.ReviewComment{{ID: 7}}},
		{Number: 2},
		full,
	}
	var d decoder
	for i, want := range items {
		record, err := encodeItem(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.decode(key{number: 2}, record)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("item %d: %v\n%s", i, err, diff)
		}
	}
	record, err := encodeItem(nil)
	if err != nil || len(record) == 0 {
		t.Fatalf("no item is %q, %v", record, err)
	}
	if it, err := d.decode(key{number: 2}, record); it != nil || err != nil {
		t.Errorf("no item is decoded as %v, %v", it, err)
	}
}

// FuzzDecode must take no damaged record apart without an error, nor panic.
func FuzzDecode(f *testing.F) {
	record, err := encodeItem(plausibleItem(1, 7, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add([]byte{0})
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, record []byte) {
		var d decoder
		it, err := d.decode(key{number: 7}, record)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("the error is %v", err)
		}
		if err == nil && it != nil && it.Number != 7 {
			t.Errorf("number %d was decoded", it.Number)
		}
	})
}
