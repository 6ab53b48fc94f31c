package events

import (
	"math/rand/v2"
	"time"
)

// pauses are how long to wait after the first failed attempt, the second, and so
// on; the last one again and again. They and Patience make some fifteen attempts.
var pauses = []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}

// pauseAfter is how long to wait after so many failed attempts, at least 1: up to
// a fifth more or less than the step, so that what broke at once does not come
// back at once, and never less than the endpoint asked for.
func pauseAfter(failed int, asked time.Duration) time.Duration {
	step := pauses[min(failed, len(pauses))-1]
	return max(asked, time.Duration(float64(step)*(0.8+0.4*rand.Float64())))
}
