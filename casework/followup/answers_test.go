package followup

import (
	"encoding/json"
	"os"
	"testing"
)

// FuzzAnswers sends whatever may come to every check. What can be scored can be
// kept in part with nothing missing, and the quick look agrees with the list of
// what is wrong.
func FuzzAnswers(f *testing.F) {
	golden, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		f.Fatal(err)
	}
	var g struct{ Answers json.RawMessage }
	if err := json.Unmarshal(golden, &g); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(g.Answers))
	f.Add([]byte(`{"choices":{"able_to_stay":"no","has_id":"x"},"reasons_to_leave":["no_jobs","no_jobs"]}`))
	f.Add([]byte(`{"problems":["none","other"],"on_time":[],"as_promised":["yes"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s ServiceAnswers
		if json.Unmarshal(text, &s) == nil {
			_ = serviceVersions[0].check(s, serviceFacts{}, "body.answers")
		}
		var a Answers
		if json.Unmarshal(text, &a) != nil {
			return
		}
		for _, b := range surveys {
			_, whole := b.tally(a)
			wrong, part := b.check(a, false), b.check(a, true)
			if whole != (wrong == nil) || whole && part != nil {
				t.Errorf("whole %v, wrong %v, part %v", whole, wrong, part)
			}
			if missing, _ := b.left(a); part == nil && (len(missing) == 0) != whole {
				t.Errorf("missing %v, whole %v", missing, whole)
			}
		}
	})
}
