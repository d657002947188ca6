package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func mergeQueueFamilies() []Family {
	return slices.Concat(
		duration(derive.QueueWait, "Time that pull requests by humans were in the merge queue, until they were merged or removed", "none left the queue"),
		[]Family{
			counter(derive.QueueRemovals, "Removals from the merge queue that were no merges, by GitHub's reason"+unsynced),
			{
				Name: "github_dev_merge_queue_entries", History: true,
				Help: "Pull requests in the merge queue" + unsynced,
				Emit: func(in *Input, out *Sink) { out.Value(float64(in.Figures.Queued())) },
			},
		},
	)
}
