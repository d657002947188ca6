package exporter

import "runtime/debug"

// heapGrowth is GOGC of a process that stays: what is held of a mirror changes
// little, so collecting at half again as much costs some milliseconds in
// between and saves a third of the memory.
const heapGrowth = 50

// keepSmall bounds the heap of a process that stays, unless GOGC is set.
func (p *program) keepSmall() {
	if _, chosen := p.getenv("GOGC"); !chosen {
		debug.SetGCPercent(heapGrowth)
	}
}

// giveBack returns to the system what loading the mirror took for a moment:
// left alone, it would be resident for minutes.
func giveBack() { debug.FreeOSMemory() }
