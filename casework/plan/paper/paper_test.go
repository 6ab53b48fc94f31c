package paper

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/money"
	"hjemvej/internal/press"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func print(t testing.TB, v plan.Version, language string, format press.Format) press.File {
	t.Helper()
	f, err := Print(v, code, language, format)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestR17_EveryLanguageHasEveryFixedText(t *testing.T) {
	place := regexp.MustCompile(`\{[a-z]+\}`)
	for name, texts := range words {
		if len(texts) != len(Languages) {
			t.Errorf("%s is in %d of %d languages", name, len(texts), len(Languages))
		}
		places := place.FindAllString(texts["en"], -1)
		for _, l := range Languages {
			if strings.TrimSpace(texts[l]) == "" {
				t.Errorf("%s is missing in %s", name, l)
			}
			if got := place.FindAllString(texts[l], -1); !slices.Equal(got, places) && !strings.HasPrefix(name, "date") {
				t.Errorf("%s has the places %v in %s and %v in en", name, got, l, places)
			}
		}
	}
	for prefix, field := range map[string]struct {
		of   any
		name string
	}{
		"area": {plan.Step{}, "Area"}, "responsible": {plan.Step{}, "Responsible"}, "state": {plan.Step{}, "State"},
		"category": {plan.Line{}, "Category"}, "form": {plan.Line{}, "Form"}, "title": {plan.Version{}, "Kind"}, "intro": {plan.Version{}, "Kind"},
	} {
		f, _ := reflect.TypeOf(field.of).FieldByName(field.name)
		for value := range strings.SplitSeq(f.Tag.Get("enum"), ",") {
			if words[prefix+"."+value] == nil {
				t.Errorf("there is no text for %s.%s", prefix, value)
			}
		}
	}
}

func TestR17_ThePaperSaysWhatThePlanSaysInEveryLanguage(t *testing.T) {
	style := regexp.MustCompile(`(?s)<style>.*</style>\n`)
	for _, l := range Languages {
		for name, v := range map[string]plan.Version{"action": actionPlan(), "support": supportPlan()} {
			got := style.ReplaceAll(print(t, v, l, press.HTML).Body, nil)
			golden := "testdata/" + name + "." + l + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got; go test -update):\n%s", golden, diff)
			}
		}
	}
}

func TestR17_DatesAndAmountsAreWrittenAsTheLanguageDoes(t *testing.T) {
	tests := []struct{ language, first, other, amount string }{
		{"da", "1. oktober 2026", "28. februar 2027", "12.345,50 DKK"},
		{"en", "1 October 2026", "28 February 2027", "DKK 12,345.50"},
		{"ro", "1 octombrie 2026", "28 februarie 2027", "12.345,50 DKK"},
		{"fr", "1er octobre 2026", "28 février 2027", "12 345,50 DKK"},
		{"es", "1 de octubre de 2026", "28 de febrero de 2027", "12.345,50 DKK"},
		{"th", "1 ตุลาคม 2569 (2026)", "28 กุมภาพันธ์ 2570 (2027)", "DKK 12,345.50"},
	}
	for _, tt := range tests {
		say := voice(tt.language)
		amount, err := say.amount(money.DKK("12345.5"))
		if err != nil {
			t.Fatal(err)
		}
		amount = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(amount)
		first, other := say.date(calendar.MustParse("2026-10-01")), say.date(calendar.MustParse("2027-02-28"))
		if first != tt.first || other != tt.other || amount != tt.amount {
			t.Errorf("%s: %q, %q, %q", tt.language, first, other, amount)
		}
	}
}

// unspoken are words that no fixed text may have, beside those of letters.
var unspoken = map[string]string{
	"da": "menneskehandel handel prostitution sexarbejde offer tvang udnyttelse hjemsendelse asyl program cmm center",
	"en": "trafficking victim prostitution exploitation slavery repatriation reintegration asylum programme program cmm",
	"ro": "trafic victim prostitu exploat sclav repatri reintegr azil program cmm",
	"fr": "traite victim prostitu exploit esclav rapatri réintégr asile programme cmm",
	"es": "trata víctim victim prostitu explot esclav repatri reintegr asilo programa cmm",
	"th": "ค้ามนุษย์ เหยื่อ โสเภณี ค้าประเวณี แสวงประโยชน์ ทาส ส่งกลับ คืนสู่สังคม ลี้ภัย โครงการ",
}

func TestR11_NoPaperNamesWhatTheWorkIsAbout(t *testing.T) {
	tag := regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`)
	for _, l := range Languages {
		for _, v := range []plan.Version{actionPlan(), supportPlan()} {
			f := print(t, v, l, press.HTML)
			for _, text := range []string{f.Name, tag.ReplaceAllString(string(f.Body), " ")} {
				text = strings.ReplaceAll(text, code, "")
				if err := letter.Neutral(text); err != nil {
					t.Errorf("%s: %v", l, err)
				}
				for _, languages := range []string{l, "en"} {
					for word := range strings.FieldsSeq(unspoken[languages]) {
						if strings.Contains(strings.ToLower(text), word) {
							t.Errorf("a paper in %s says %q", l, word)
						}
					}
				}
			}
		}
		for name, texts := range words { // also those that these two plans do not use
			if err := letter.Neutral(texts[l]); err != nil || tells(texts[l]) {
				t.Errorf("%s in %s is not neutral", name, l)
			}
			for word := range strings.FieldsSeq(unspoken[l]) {
				if strings.Contains(strings.ToLower(texts[l]), word) {
					t.Errorf("%s in %s says %q", name, l, word)
				}
			}
		}
	}
}

func TestR11_APlanWhoseOwnTextsTellIsNotPrinted(t *testing.T) {
	for _, text := range []string{
		"Talk about the trafficking", "VICTIM support", "Vi\u00adctim", "v\u0131ctim or victím", "Mød CMM hver uge", "menneskehandlet", "prostituția",
		"cursă după traficul: trafic de persoane", "la traite des êtres humains", "Trata  de\npersonas", "เขาเป็นเหยื่อของ", "การค้ามนุษย์", "ＣＭＭ",
		"CMMs kontor", "handel med mennesker", "seksuel udnyttelse", "traite d’êtres humains", "trafic d'êtres humains", "trafic uman", "tráfico de seres humanos", "explotación sexual",
	} {
		for _, c := range []plan.Content{
			{Goals: []plan.Goal{{Goal: text}}}, {Goals: []plan.Goal{{Goal: "x", Actions: []plan.Step{{What: text}}}}}, {Lines: []plan.Line{{Purpose: text}}},
		} {
			_, err := Print(version(plan.Action, c), code, "da", press.HTML)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Rule != "R11" || len(f.Fields) != 1 || strings.Contains(err.Error(), text) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
	for _, text := range []string{"Handel med tøj på markedet", "Tilbud fra skolen", "Road traffic is bad: le trafic routier", "Trata con la escuela", "El tráfico de la ciudad", "Trafic aerian", "Escort for the child", "Victor's shop", "På hjemvejen"} {
		if tells(text) {
			t.Errorf("%q is an ordinary text", text)
		}
	}
}

func TestR17_ThePageLoadsAndRunsNothing(t *testing.T) {
	for _, l := range Languages {
		for _, v := range []plan.Version{actionPlan(), supportPlan(), oddPlan()} {
			body := string(print(t, v, l, press.HTML).Body)
			for _, no := range []string{"<script", "http:", "https:", "src=", "href=", "url(", "@import", "<link", "<img", "<iframe", "javascript"} {
				if strings.Contains(body, no) {
					t.Errorf("the page in %s has %s", l, no)
				}
			}
			if strings.Contains(body, "ZgotmplZ") {
				t.Errorf("the page in %s has a text at a place where it cannot stand", l)
			}
			if want := `counter(page) "`; !strings.Contains(body, want) || !strings.Contains(body, `<html lang="`+l+`">`) {
				t.Errorf("the page in %s does not number its pages, or does not say its language", l)
			}
		}
	}
}

func TestR16_APaperIsMatchedWithItsVersionByEveryPage(t *testing.T) {
	for _, l := range Languages {
		f := print(t, actionPlan(), l, press.HTML)
		for _, want := range []string{code, "9f3c27ab", `@bottom-left { content: "` + code} {
			if !strings.Contains(string(f.Body), want) {
				t.Errorf("the paper in %s does not say %s", l, want)
			}
		}
		if strings.Contains(string(f.Body), "9f3c27ab5") || f.Name != "K7QX-2MVD-3.html" {
			t.Errorf("the paper in %s says more than the beginning, or is called %s", l, f.Name)
		}
	}
}

func TestR17_ThaiIsPrintedFromThePageOnly(t *testing.T) {
	_, err := Print(actionPlan(), code, "th", press.PDF)
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
	for _, wrong := range [][2]string{{"xx", "html"}, {"", "html"}, {"da", "doc"}, {"da", ""}} {
		if _, err := Print(actionPlan(), code, wrong[0], press.Format(wrong[1])); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

func TestR17_APDFIsAlwaysTheSameAndHasItsFonts(t *testing.T) {
	for _, l := range []string{"da", "en", "ro", "fr", "es"} {
		for _, v := range []plan.Version{actionPlan(), supportPlan(), longPlan(), oddPlan()} {
			one, two := print(t, v, l, press.PDF), print(t, v, l, press.PDF)
			if !bytes.Equal(one.Body, two.Body) {
				t.Errorf("two papers in %s differ", l)
			}
			if !bytes.HasPrefix(one.Body, []byte("%PDF-")) || bytes.Count(one.Body, []byte("/FontFile2")) != 2 || bytes.Contains(one.Body, []byte("/JavaScript")) {
				t.Errorf("the PDF in %s has not its two fonts", l)
			}
		}
	}
}
