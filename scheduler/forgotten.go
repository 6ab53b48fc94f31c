package scheduler

import (
	"context"

	"hjemvej/casework/attention"
	"hjemvej/internal/postgres"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var withoutNextStep = promauto.NewGauge(prometheus.GaugeOpts{
	Name: "hjemvej_cases_without_next_step", Help: "Open cases of which nobody would hear any more, as this replica last counted them.",
})

// reportForgotten tells of forgotten cases, and says how many there are.
func reportForgotten(ctx context.Context, db *postgres.DB) (int, error) {
	n, err := attention.Report(ctx, db)
	if err == nil {
		withoutNextStep.Set(float64(n))
	}
	return n, err
}
