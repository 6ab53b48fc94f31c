package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Numbers about the service itself. Their labels are names of the program's
// own, never anything that was sent.
var (
	requests = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "hjemvej_api_requests_total", Help: "Requests answered, by operation and status.",
	}, []string{"operation", "status"})
	durations = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name: "hjemvej_api_request_seconds", Help: "Time to answer, by operation and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"operation", "status"})
)

// Metrics serves the program's numbers to Prometheus. It belongs on a listener
// of its own, not beside the service.
func Metrics() http.Handler { return promhttp.Handler() }

// count adds an answered request. What is no operation counts under "other".
func count(x *exchange, took time.Duration) {
	operation := x.operation
	if operation == "" {
		operation = "other"
	}
	status := strconv.Itoa(x.status)
	requests.WithLabelValues(operation, status).Inc()
	durations.WithLabelValues(operation, status).Observe(took.Seconds())
}
