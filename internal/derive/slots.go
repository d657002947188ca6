package derive

import "slices"

// maxBuckets is the largest number of bucket bounds that a series has.
const maxBuckets = 13

// slot sums the observations of one series and sub.
type slot struct {
	count   uint64
	sum     uint64
	buckets [maxBuckets + 1]uint64 // each alone, above the last bound too
	native  *sparse                // nil unless native buckets are counted
}

// newSlots makes the slots of every series.
func newSlots(native bool) []slot {
	slots := make([]slot, firstSlots[seriesCount])
	if !native {
		return slots
	}
	for s := range seriesCount {
		for n := firstSlots[s]; n < firstSlots[s+1] && seriesRows[s].buckets != nil; n++ {
			slots[n].native = &sparse{}
		}
	}
	return slots
}

// add adds an observation; without bounds it is only counted.
func (s *slot) add(bounds []uint32, value uint32) {
	s.count++
	if bounds == nil {
		return
	}
	s.sum += uint64(value)
	i := 0
	for i < len(bounds) && value > bounds[i] {
		i++
	}
	s.buckets[i]++
	if s.native != nil {
		s.native.add(value)
	}
}

// distribution gives the slot as a histogram.
func (s *slot) distribution(bounds []uint32) Distribution {
	d := Distribution{Count: s.count, Sum: s.sum, Bounds: bounds, Buckets: make([]uint64, len(bounds))}
	cumulative := uint64(0)
	for i := range bounds {
		cumulative += s.buckets[i]
		d.Buckets[i] = cumulative
	}
	if s.native != nil {
		d.Native = s.native.buckets()
	}
	return d
}

// addExact adds the quantiles of what was observed in a window, by slot.
func (f *Figures) addExact(window string, recent [][]uint32) {
	for n, values := range recent {
		if len(values) == 0 {
			continue
		}
		slices.Sort(values)
		for _, q := range f.Quantiles {
			f.exact[n] = append(f.exact[n], Quantile{Window: window, Q: q, Value: quantile(values, q)})
		}
	}
}

// quantile gives the q-quantile of sorted values, interpolated linearly
// between the closest ranks, as NumPy does by default.
func quantile(sorted []uint32, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	low := min(int(rank), len(sorted)-1)
	high := min(low+1, len(sorted)-1)
	a, b := float64(sorted[low]), float64(sorted[high])
	return a + (b-a)*(rank-float64(low))
}
