// Package mirror keeps everything that was read from GitHub in a Badger store
// and publishes compact, immutable states of it. It is the only importer of
// Badger.
//
// # Writing
//
// Update runs one transaction on one repository: a page's records and the
// cursor behind it are durable together. Items are merged, never replaced, so
// that order and repetition of reads do not matter (model.Merge).
//
// # Publishing
//
// What is stored becomes visible by Publish, at the end of a pass. Until then
// the item as it was published stays beside the new one, so that neither a
// reader nor a restart sees half of a pass. The same holds for the records of a
// repository's history: its commits, tags, releases, deployments, runs,
// incidents and milestones. Readers take no lock.
//
// # Key layout
//
// Numbers are big endian, so that keys sort by repository and then by item;
// repository 0 is what belongs to none. No value is empty: Badger gives an
// unreadable value as an empty one.
//
//	m name                                  of the store: "schema" has its version, decimal
//	r repo(8)                               model.Repository, msgp
//	h repo(8)                               how far it is: head, JSON
//	i repo(8) number(4)                     model.Item, msgp compressed by S2
//	b repo(8) number(4)                     the item as it was published last, before it changed, or no item
//	c repo(8) stream                        Cursor, JSON
//	q repo(8) queue 0 number(4) conn 0 node Job, JSON
//	n repo(8) name                          counter, decimal
//	d repo(8) kind(1) id                    record of the repository's history, msgp
//	e repo(8) kind(1) id                    the record as it was published last, before it changed, or msgp's nil
//
// Kinds of history and their ids:
//
//	h "h"                                   head of the default branch, model.BranchCommit without parents
//	c name of 1 to 32 bytes                 model.BranchCommit
//	t name                                  model.Tag
//	r id(8)                                 model.Release
//	d id(8)                                 model.Deployment
//	w id(8) attempt(4)                      model.Run
//	i source 0 id                           model.Incident
//	m number(8)                             model.Milestone
//
// Badger's own keys begin with "!badger!".
//
// # Damage
//
// All files are checked before Badger opens them, since Badger drops what it
// finds damaged. A damaged mirror is refused and left as it is; Verify tells
// what is wrong with it.
package mirror
