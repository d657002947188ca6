package derive

import "slices"

// maxBuckets is the largest number of bucket bounds that a series has.
const maxBuckets = 14

// slot sums the observations of one series and sub.
type slot struct {
	count   uint64
	sum     uint64
	buckets [maxBuckets + 1]uint64 // each alone, above the last bound too
	native  *sparse                // nil unless native buckets are counted
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

// merge adds what another slot has.
func (s *slot) merge(o *slot) {
	s.count += o.count
	s.sum += o.sum
	for i := range s.buckets {
		s.buckets[i] += o.buckets[i]
	}
	if s.native == nil || o.native == nil {
		return
	}
	s.native.zero += o.native.zero
	for i := range s.native.counts {
		s.native.counts[i] += o.native.counts[i]
	}
}

// exactQuantiles gives the quantiles of what was observed in each window, by
// slot; recent is by window and slot, and is sorted.
func exactQuantiles(rules *Rules, recent [][][]uint32, slots int) [][]Quantile {
	exact := make([][]Quantile, slots)
	for w, window := range rules.Windows {
		for n, values := range recent[w] {
			if len(values) == 0 {
				continue
			}
			slices.Sort(values)
			for _, q := range rules.Quantiles {
				exact[n] = append(exact[n], Quantile{Window: WindowLabel(window), Q: q, Value: quantile(values, q)})
			}
		}
	}
	return exact
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
