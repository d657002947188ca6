package derive

// Native is a native histogram's buckets.
type Native struct {
	Schema int32
	Zero   uint64 // observations of 0
	First  int32  // index of the first of Counts
	Counts []uint64
}

type sparse struct{}
