package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func webhookFamilies() []Family {
	return []Family{{
		Name: "github_dev_webhook_deliveries_total", Kind: Counter, Labels: []string{"event", "result"},
		Help: "Deliveries of GitHub's webhooks: accepted (something is read sooner), ignored (nothing follows from it), duplicate, " +
			"invalid_signature, invalid (no delivery, or too large) or unavailable (too much at once, or no secret can be read); " +
			"the event of the last three is as claimed; absent while webhooks are off.",
		Emit: func(in *Input, out *Sink) {
			if in.Process.Webhook == nil {
				return
			}
			for _, event := range append(slices.Clone(model.WebhookEvents), model.WebhookOther) {
				for _, result := range model.WebhookResults {
					n := in.Process.Webhook.Counts[model.WebhookCount{Event: event, Result: result}]
					out.Value(float64(n), event, string(result))
				}
			}
		},
	}}
}
