package events

import (
	"testing"
	"time"

	"hjemvej/internal/outbox"
)

func TestPausesGrowWithJitterAndKeepToWhatIsAsked(t *testing.T) {
	t.Parallel()
	differ := map[time.Duration]bool{}
	total, attempts := time.Duration(0), 0
	for ; total < outbox.Patience; attempts++ {
		step := pauses[min(attempts, len(pauses)-1)]
		p := pauseAfter(attempts+1, 0)
		if p < step*8/10 || p > step*12/10 {
			t.Errorf("after %d attempts it waits %s, about %s is wanted", attempts+1, p, step)
		}
		differ[p*time.Second/step] = true
		total += p
	}
	if attempts < 13 || attempts > 19 || len(differ) < 5 {
		t.Errorf("%d attempts in three days, %d different pauses", attempts, len(differ))
	}
	if p := pauseAfter(1, 24*time.Hour); p != 24*time.Hour {
		t.Errorf("asked for a day, it waits %s", p)
	}
}
