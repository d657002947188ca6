//go:build !linux

package mirror

// release does nothing where the kernel takes no such advice.
func release(string) {}
