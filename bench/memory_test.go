package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// rest is how long a program idles before its memory is read, scraped all the
// while: two ticks, in which everything is evaluated anew.
const rest = 35 * time.Second

// memory adds what a program has resident that has nothing to do but to be scraped.
func (out *table) memory(box *sandbox, p *process) {
	var held sample
	for began := time.Now(); time.Since(began) < rest; time.Sleep(time.Second) {
		p.scrape()
		if now := p.status("VmRSS"); now > 0 {
			held = append(held, now)
		}
	}
	if len(held) == 0 {
		return // this system does not tell
	}
	items := box.items()
	limit := 0.0
	if items == manyItems {
		limit = maxResident
	}
	out.limited(fmt.Sprintf("memory at %s items", grouped(items)), limit, held.median(), "MB", "resident, idle; %s; %s of it files, peak %s",
		held.spread(), number(p.status("RssFile")), number(p.status("VmHWM")))
}

// items counts the items of the sandbox's repositories.
func (b *sandbox) items() (n int) {
	for _, set := range b.data {
		n += len(set.Repos[0].Items)
	}
	return n
}

// status reads a size in megabytes from what Linux tells of the process, 0 elsewhere.
func (p *process) status(key string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == key+":" {
			kB, _ := strconv.ParseFloat(fields[1], 64) // 0 if it is no number
			return kB * 1024 / 1e6
		}
	}
	return 0
}

// processor names the machine's, where the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // "" elsewhere
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "of unknown kind"
}
