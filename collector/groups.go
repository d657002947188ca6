package collector

// Groups lists every group of families.
func Groups() []Group {
	return []Group{}
}
