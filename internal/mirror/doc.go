// Package mirror keeps everything that was read from GitHub in a Badger store
// and publishes compact, immutable states of it. It is the only importer of
// Badger.
package mirror
