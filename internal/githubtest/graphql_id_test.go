package githubtest

import (
	"encoding/base64"
	"fmt"
	"testing"
)

// legacyID gives a node id of the older form.
func legacyID(typ string, id int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "0%d:%s%d", len(typ), typ, id))
}

// TestNodeIDs reads objects by ids of both forms, and looks which form their ids have.
func TestNodeIDs(t *testing.T) {
	d := sample()
	r := d.Repos[0]
	r.NodeID, r.Item(1).NodeID, r.Item(3).NodeID = legacyID("Repository", r.ID), legacyID("Issue", 1001), legacyID("PullRequest", 2003)
	tests := []struct {
		typ      string
		old, new string
	}{
		{"Repository", r.NodeID, GlobalID("R", r.ID)},
		{"Issue", r.Item(1).NodeID, GlobalID("I", r.ID, 1001)},
		{"PullRequest", r.Item(3).NodeID, GlobalID("PR", r.ID, 2003)},
		{"IssueComment", "", GlobalID("IC", r.ID, 1101)},
		{"Commit", "", CommitGlobalID(r.ID, oidOf(1))},
		{"Ref", "", nameID("REF", r.ID, "refs/tags/v0.1")},
		{"Tag", "", nameID("TA", r.ID, oidOf(900))},
	}
	for _, test := range tests {
		for _, newIDs := range []bool{false, true} {
			a := newAsker(t, TimeOf(sampleNow), d)
			a.newIDs = newIDs
			want := test.new
			if test.old != "" && !newIDs {
				want = test.old
			}
			for _, id := range []string{test.old, test.new} {
				if id == "" {
					continue
				}
				var got struct{ Node struct{ Typename, ID string } }
				a.into(&got, `query($id: ID!) { node(id: $id) { typename: __typename id } }`, map[string]any{"id": id})
				if got.Node.Typename != test.typ || got.Node.ID != want {
					t.Errorf("new ids %t: %s leads to %+v, want a %s %s", newIDs, id, got.Node, test.typ, want)
				}
			}
		}
	}
}

func TestBadNodeIDs(t *testing.T) {
	a := sampleAsker(t)
	for _, id := range []string{
		"", "x", "_", "I_", "I_kw", "I_kwBl", "PR_kwBlzQPp", "I_kwBmzQPp", "ZZ_kwBlzQPp", "MDU6SXNzdWU=", "MDU6SXNzdWUxMDA2",
		legacyID("Nothing", 1), legacyID("Issue", 1006), "I_" + base64.RawURLEncoding.EncodeToString([]byte{0x93, 0, 0x65, 0xda, 0xff}), "C_kwBl2gAA", "R_kgBl_",
	} {
		if a.exists(id) {
			t.Errorf("%q leads somewhere", id)
		}
	}
}

func TestSchemaIsPublished(t *testing.T) {
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if len(schema.Types) < 1500 || schema.Types["PullRequestTimelineItems"] == nil {
		t.Errorf("%d types", len(schema.Types))
	}
	seen := map[string]bool{}
	for _, f := range schema.Types["EnterpriseOwnerInfo"].Fields {
		if seen[f.Name] {
			t.Errorf("EnterpriseOwnerInfo has %s twice", f.Name)
		}
		seen[f.Name] = true
	}
}
