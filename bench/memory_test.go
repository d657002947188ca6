package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// rest is how long a program idles before its memory counts, scraped all the
// while: long enough for a tick, at which everything is evaluated anew.
const rest = 20 * time.Second

// memory adds what a program has resident that has nothing to do but to be scraped.
func (out *table) memory(items int, limit float64, p *process, when string) {
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
	out.limited(fmt.Sprintf("memory at %s items", grouped(items)), limit, held.median(), "MB", "resident %s; %s; %s of it files; peak %s",
		when, held.spread(), number(p.status("RssFile")), number(p.status("VmHWM")))
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
