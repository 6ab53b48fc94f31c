package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
)

// languages are forty, in some twenty scripts, with a name each.
var languages = map[string]string{
	"ro": "Ștefăniță", "da": "Åse Ødegård", "th": "ธัญญลักษณ์ ศรีสุข", "ar": "زينب الفريدة", "he": "שרה", "fa": "گلناز", "ur": "زہرا", "ps": "ږغ",
	"ru": "Дмитрий", "uk": "Ґалаґан", "bg": "Щерю", "sr": "Ђорђе", "el": "Ελευθερία", "hy": "Անահիտ", "ka": "თამარი", "hi": "क्षिति", "bn": "অনন্যা",
	"pa": "ਗੁਰਪ੍ਰੀਤ", "gu": "જ્યોતિ", "ta": "தமிழ்ச்செல்வி", "te": "శ్రీదేవి", "kn": "ಶ್ರೀನಿಧಿ", "ml": "ശ്രീലക്ഷ്മി", "si": "ශ්\u200dරියානි", "ne": "ऋतु",
	"my": "မြင့်မြင့်", "km": "សុភា", "lo": "ສົມພອນ", "vi": "Nguyễn Thị Hằng", "zh-Hans": "欧阳娜娜", "zh-Hant": "歐陽娜娜", "ja": "さくら 桜", "ko": "김하늘",
	"am": "አበበ", "ti": "ትግርኛ", "yo": "Ọmọ́wùnmí", "fr": "Ame\u0301lie", "tr": "İpek Işıl", "pl": "Żółć", "ff-Adlm": "𞤀𞤣𞤤𞤢𞤥",
}

func TestR12_NamesInFortyLanguagesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if len(languages) != 40 {
		t.Fatalf("%d languages", len(languages))
	}
	names := map[string]string{"xa": "O", "xb": strings.Repeat("ກ", 300), "xc": strings.Repeat("e\u0301", 150)}
	for language, name := range languages {
		names[language] = name
	}
	for language, name := range names {
		body, err := json.Marshal(casefile.Opening{Track: casefile.AsylumSeeker, AssessedBy: casefile.ImmigrationService, AssessedOn: day("2026-07-15"),
			Person: person.Identity{GivenNames: name, FamilyName: name, BirthDate: day("1990-04-12"), Language: language}})
		must(t, err)
		rec := w.do(req{method: http.MethodPost, path: "/v1/cases", body: string(body), bearer: people[access.ContactPerson]})
		expect(t, rec, 201)
		var opened casefile.Opened
		must(t, json.Unmarshal(rec.Body.Bytes(), &opened))
		rec = w.do(req{method: http.MethodGet, path: "/v1/cases/" + opened.Code + "/identity", bearer: people[access.ContactPerson]})
		expect(t, rec, 200)
		var who person.Identity
		must(t, json.Unmarshal(rec.Body.Bytes(), &who))
		if who.GivenNames != name || who.FamilyName != name || who.Language != language || rec.Header().Get("ETag") != tag(1) {
			t.Errorf("%s: %q, %q came back", language, who.GivenNames, who.FamilyName)
		}
	}
}

func TestR12_WhatNobodyIsCalledOrBornIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	opening := func(name, born string) req {
		body, err := json.Marshal(map[string]any{"track": "asylum_seeker", "assessed_by": "immigration_service", "assessed_on": "2026-07-15",
			"person": map[string]any{"given_names": name, "family_name": "", "birth_date": born, "language": "ro"}})
		must(t, err)
		return req{method: http.MethodPost, path: "/v1/cases", body: string(body), bearer: people[access.ContactPerson]}
	}
	for _, name := range []string{"", " ", "\u200b", strings.Repeat("a", 301), strings.Repeat("ກ", 301), "Ana\u0000", "\u202eAna\u0007"} {
		if p := w.refused(opening(name, "1990-04-12"), 422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Path != "body.person.given_names" {
			t.Errorf("%d characters: %+v", len(name), p)
		}
	}
	for _, born := range []string{"1899-12-31", "0001-01-01", "2026-11-24", "2999-01-01", "1990-02-30"} {
		if p := w.refused(opening("Ana", born), 422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Path != "body.person.birth_date" {
			t.Errorf("born %s: %+v", born, p)
		}
	}
}

func TestR29_AnswersThatAreKeptHoldNoIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	post := func(path, body string) req {
		return req{method: http.MethodPost, path: path, body: body, bearer: people[access.ContactPerson], header: map[string]string{"Idempotency-Key": "one-and-the-same-" + path}}
	}
	opening := post("/v1/cases", `{"track":"asylum_seeker","assessed_by":"immigration_service","assessed_on":"2026-07-15",
		"person":{"given_names":"`+canary+`","family_name":"","birth_date":"1990-04-12","language":"ro"}}`)
	first := w.do(opening)
	expect(t, first, 201)
	var c casefile.Opened
	must(t, json.Unmarshal(first.Body.Bytes(), &c))
	point := post("/v1/cases/"+c.Code+"/contact-points", `{"kind":"messaging_app","value":"`+canary+`","whose":"self"}`)
	added := w.do(point)
	expect(t, added, 201)
	for before, again := range map[string]req{first.Body.String(): opening, added.Body.String(): point} {
		if rec := w.do(again); rec.Body.String() != before || rec.Code != 201 {
			t.Errorf("%d %s, want %s", rec.Code, rec.Body, before)
		}
	}
	var kept, shown int
	must(t, w.owner.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE i::text LIKE '%' || $1 || '%' OR key LIKE '%one-and%') FROM idempotency_keys i`, canary).Scan(&kept, &shown))
	if kept != 2 || shown != 0 {
		t.Errorf("%d answers are kept, %d show something", kept, shown)
	}
}
