package followup

import (
	"encoding/json"
	"testing"
)

func TestR37_LevelsCompareBeforeRounding(t *testing.T) {
	const parts = 6 // units of 1/60000: 0.33 is 19800, 0.66 is 39600
	for _, c := range []struct {
		sums []exact
		want Level
	}{
		{[]exact{19800, 30000, 50000, 30000}, Standard},
		{[]exact{50000, 50000, 50000, 19799}, Intensified}, // 0.329983… would round to 0.3300
		{[]exact{39600, 50000, 50000, 50000}, Standard},
		{[]exact{39601, 50000, 50000, 50000}, Light}, // 0.660016… would round to 0.6600
		{[]exact{39601, 50000, 39601, 39600}, Standard},
		{[]exact{60000, 60000, 60000, 0}, Intensified},
	} {
		if got := surveys.newest().level(parts, c.sums...); got != c.want {
			t.Errorf("%v: %s, want %s", c.sums, got, c.want)
		}
	}
}

func TestR37_ScoresRoundToTheNearestHalfUp(t *testing.T) {
	for sum, want := range map[exact]string{
		0: "0.0000", 2: "0.0000", 3: "0.0001", 4: "0.0001", 19799: "0.3300", 60000: "1.0000",
	} {
		if got := sum.score(6).String(); got != want {
			t.Errorf("%d/60000 = %s, want %s", sum, got, want)
		}
	}
}

func TestScoresReadAndWriteAsText(t *testing.T) {
	for s := range scoreOne + 1 {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Score
		if err := json.Unmarshal(b, &back); err != nil || back != s {
			t.Fatalf("%s came back as %s, %v", b, back, err)
		}
	}
	for _, text := range []string{`""`, `"0.635"`, `"1.0001"`, `"-0.5000"`, `"0,5000"`, `"0.50000"`, `" 0.5000"`, `"0.5000\n"`} {
		var s Score
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s was read as %s", text, s)
		}
	}
}
