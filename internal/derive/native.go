package derive

import (
	"math"
	"sort"
)

// NativeSchema is the resolution of native histograms: 2^NativeSchema buckets
// for each doubling, each 9 % wider than the one before. It never changes, so
// that a histogram's buckets add up over time.
const NativeSchema = 3

// Native is a native histogram's buckets: bucket i holds what is above
// 2^((i−1)/8) and not above 2^(i/8).
type Native struct {
	Zero   uint64 // observations of 0
	First  int32  // number of the first of Counts
	Counts []uint64
}

const perDoubling = 1 << NativeSchema

// fractions are the bounds of the buckets from 1/2 to 1.
var fractions = func() (bounds [perDoubling]float64) {
	for i := range bounds {
		bounds[i] = math.Exp2(float64(i)/perDoubling - 1)
	}
	return bounds
}()

// sparse counts native buckets. Values have 32 bits, so the buckets' numbers
// end at 32 doublings.
type sparse struct {
	zero   uint64
	counts [32*perDoubling + 1]uint64
}

func (s *sparse) add(value uint32) {
	if value == 0 {
		s.zero++
		return
	}
	fraction, exponent := math.Frexp(float64(value))
	s.counts[sort.SearchFloat64s(fractions[:], fraction)+(exponent-1)*perDoubling]++
}

// buckets gives the buckets from the first to the last that holds something.
func (s *sparse) buckets() *Native {
	n := &Native{Zero: s.zero}
	first, last := -1, -1
	for i, count := range s.counts {
		if count == 0 {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	if first >= 0 {
		n.First, n.Counts = int32(first), append(n.Counts, s.counts[first:last+1]...)
	}
	return n
}
