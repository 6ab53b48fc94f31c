package api

import (
	"math"
	"strconv"
	"sync"
	"time"

	"hjemvej/internal/fault"

	"golang.org/x/time/rate"
)

// Failed sign-ins that one address may make.
const (
	failuresPerSecond = 0.5
	failuresAtOnce    = 20
)

// limiter counts per key: an actor, an address. It forgets whom it has not seen
// for as long as it takes to be allowed everything again.
type limiter struct {
	rate  rate.Limit
	burst int
	idle  time.Duration

	mu    sync.Mutex
	seen  map[string]*visitor
	swept time.Time
}

type visitor struct {
	limit *rate.Limiter
	last  time.Time
}

// maxVisitors bounds the memory, whoever comes.
const maxVisitors = 10_000

func newLimiter(perSecond float64, burst int) *limiter {
	idle := time.Duration(float64(burst) / perSecond * float64(time.Second))
	return &limiter{rate: rate.Limit(perSecond), burst: burst, idle: max(idle, time.Second), seen: map[string]*visitor{}}
}

// take answers TooMany, with the time to wait, where the key has none left.
func (l *limiter) take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.seen[key]
	if !ok {
		l.makeRoom(now)
		v = &visitor{limit: rate.NewLimiter(l.rate, l.burst)}
		l.seen[key] = v
	}
	v.last = now
	if v.limit.AllowN(now, 1) {
		return nil
	}
	wait := (1 - v.limit.TokensAt(now)) / float64(l.rate)
	return &fault.Error{Kind: fault.TooMany, Message: "Too many requests. Please wait.", Cause: retryAfter(math.Ceil(wait))}
}

func (l *limiter) makeRoom(now time.Time) {
	if now.Sub(l.swept) > l.idle || len(l.seen) >= maxVisitors && now.Sub(l.swept) > time.Second {
		l.swept = now
		for key, v := range l.seen {
			if now.Sub(v.last) > l.idle {
				delete(l.seen, key)
			}
		}
	}
	if len(l.seen) < maxVisitors {
		return
	}
	for key := range l.seen { // any one: who made it this full does not deserve better
		delete(l.seen, key)
		return
	}
}

// retryAfter is a number of seconds to wait, on its way to the answer's header.
type retryAfter int

// Error says how long to wait.
func (s retryAfter) Error() string { return "wait " + strconv.Itoa(int(s)) + " s" }
