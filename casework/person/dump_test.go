package person_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf16"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// secrets are the values that must be found nowhere.
var secrets = []string{
	"Zenobia-Distinctive", "Quintessa", "ธัญญลักษณ์", "อักษรพิเศษ", "زينب", "الفريدة", "Ștefăniță", "Ame\u0301lie", "1987-03-29", "2011-08-17",
	"+40712345678", "+66812345679", "zenobia@secret.example", "A friend of the bakery", "The cousin Vasile", "Strada Tainei 7", "Măgura", "PX9988776",
	"Iulian-Representative", "RO49AAAA1B31007593840000", "Holder-Person", "2013-11-05",
	"Yes-to-the-cousins-flat", "Threatened-by-uncle-Costel", "Owes-7777-lei", "Neighbours-gossip-loudly", "Lock-on-the-blue-door", "Never-alone-at-the-market",
	"A-room-over-the-mill", "Insulin-every-morning", "Hen-keeping", "Third-class-in-May", "The-half-brother", "Reading-glasses",
}

var assessments = map[casefile.AssessmentKind]casefile.NewAssessment{
	casefile.Risk: {Result: "cleared_with_conditions", AssessmentText: casefile.AssessmentText{Conditions: "Never-alone-at-the-market",
		Risk: &casefile.RiskText{SafeToReturn: "Yes-to-the-cousins-flat", Threats: "Threatened-by-uncle-Costel", Debt: "Owes-7777-lei",
			Community: "Neighbours-gossip-loudly", Mitigation: "Lock-on-the-blue-door"}}},
	casefile.Needs: {Result: "done", AssessmentText: casefile.AssessmentText{Needs: &casefile.NeedsText{Accommodation: "A-room-over-the-mill",
		Health: "Insulin-every-morning", Livelihood: "Hen-keeping", Schooling: "Third-class-in-May", Family: "The-half-brother", Other: "Reading-glasses"}}},
}

func TestR12_ADumpOfTheDatabaseShowsNobody(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "opening-a-case", Request: [32]byte{1}})
	for i, who := range []person.Identity{
		{GivenNames: "Zenobia-Distinctive", FamilyName: "Quintessa", BirthDate: calendar.MustParse("1987-03-29"), Language: "ro"},
		{GivenNames: "ธัญญลักษณ์", FamilyName: "อักษรพิเศษ", BirthDate: calendar.MustParse("1987-03-29"), Language: "th"},
		{GivenNames: "زينب", FamilyName: "الفريدة", BirthDate: calendar.MustParse("1987-03-29"), Language: "ar"},
		{GivenNames: "Ștefăniță", FamilyName: "Ame\u0301lie", BirthDate: calendar.MustParse("2011-08-17"), Language: "fr"},
	} {
		in := h.Opening()
		in.Person = who
		in.Person.ContactPoints = []person.ContactPoint{{Kind: "phone", Value: "+40712345678", Whose: "self", MayCall: true, Hours: []person.Hours{{From: "09:00", Until: "10:00"}},
			CoverStory: "A friend of the bakery", MustNotKnow: "The cousin Vasile"}, {Kind: "email", Value: "zenobia@secret.example", Whose: "self"}}
		in.Person.Documents = []person.IdentityDocument{{Kind: "passport", Country: "RO", Number: "PX9988776"}}
		ctx := postgres.WithOnce(ctx, postgres.Once{Key: "opening-a-case" + string(rune('0'+i)), Request: [32]byte{1}})
		opened, err := casefile.Open(ctx, h.DB, h.Vault, h.Contact, in)
		must(t, err)
		fillIn(t, h, opened.Code, who)
	}
	if n := h.Count(t, `SELECT count(*) FROM idempotency_keys WHERE answer IS NOT NULL`); n < 20 {
		t.Fatalf("only %d answers are kept", n)
	}
	whole := dump(t, h)
	for _, must := range []string{"identity_parts", "audit_log", "idempotency_keys", "letters", "river_job", "identity_fingerprints", "assessment_versions"} {
		if !bytes.Contains(whole, []byte(must)) {
			t.Errorf("the dump has no %s", must)
		}
	}
	for _, secret := range secrets {
		for form, text := range forms(secret) {
			if bytes.Contains(bytes.ToLower(whole), bytes.ToLower([]byte(text))) {
				t.Errorf("the dump shows %s %s", secret, form)
			}
		}
	}
	if forms := forms("Team 1"); !bytes.Contains(whole, []byte(forms["as it is"])) { // what is not secret is found
		t.Error("the dump is not looked through")
	}
}

// fillIn does everything with a case that takes identity, each step kept for a
// repetition.
func fillIn(t *testing.T, h *housetest.House, code string, who person.Identity) {
	t.Helper()
	n := 0
	once := func() context.Context {
		n++
		return postgres.WithOnce(t.Context(), postgres.Once{Key: code + strings.Repeat("x", n), Request: [32]byte{2}})
	}
	add := func(p person.Part) person.PartState {
		t.Helper()
		state, err := casefile.AddPart(once(), h.DB, h.Vault, h.Contact, code, p)
		must(t, err)
		return state
	}
	point := add(&person.ContactPoint{Kind: "phone", Value: "+66812345679", Whose: "relative"})
	add(&person.Address{Use: "home", Lines: "Strada Tainei 7", Place: "Măgura", Country: "RO"})
	add(&person.FamilyMember{Relation: "child", GivenNames: who.GivenNames, BirthDate: calendar.MustParse("2013-11-05")})
	_, err := casefile.ChangePart(once(), h.DB, h.Vault, h.Contact, code, point.ID, 1, &person.ContactPoint{Kind: "phone", Value: "+66812345679", Whose: "self", DoNotContact: true})
	must(t, err)
	i, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, code)
	must(t, err)
	_, err = casefile.ChangeIdentity(once(), h.DB, h.Vault, h.Contact, code, i.Version, i.Core())
	must(t, err)
	_, err = support.ChangePayee(once(), h.DB, h.Vault, h.Contact, code, 0, support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Holder-Person", CameOver: "visit"})
	must(t, err)
	if i.IsChildOn(h.Today()) {
		_, err = casefile.Appoint(once(), h.DB, h.Vault, h.Contact, code, casefile.Appointment{Kind: "personal_representative", Name: "Iulian-Representative", AppointedOn: h.Today()})
		must(t, err)
	}
	for kind, in := range assessments {
		in.DoneOn = h.Today()
		_, err = casefile.SaveAssessment(once(), h.DB, h.Vault, h.Contact, code, kind, 0, in)
		must(t, err)
		opened, err := casefile.ReadAssessment(t.Context(), h.DB, h.Vault, h.Lead, code, kind)
		must(t, err)
		if diff := cmp.Diff(in.AssessmentText, opened.AssessmentText); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
	_, err = casefile.ListDuplicates(t.Context(), h.DB, h.Lead, code)
	must(t, err)
}

// forms are the ways in which a text can lie in a dump.
func forms(s string) map[string]string {
	escaped, _ := json.Marshal(s)
	var units strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if u < 128 {
			units.WriteByte(byte(u))
			continue
		}
		units.WriteString(`\u` + hex.EncodeToString([]byte{byte(u >> 8), byte(u)}))
	}
	out := map[string]string{"as it is": s, "in hexadecimal": hex.EncodeToString([]byte(s)), "in JSON": strings.Trim(string(escaped), `"`), "in escaped JSON": units.String()}
	for shift := range 3 { // base64 has three forms of a text within another
		b := base64.StdEncoding.EncodeToString(append(make([]byte, shift), s...))
		skip, end := (shift*8+5)/6, len(b)
		if pad := (shift + len(s)) % 3; pad > 0 {
			end -= 4 - pad // the last letter is of the next text too
			end--
		}
		out["in base64, shifted "+string(rune('0'+shift))] = b[skip:max(end, skip)]
	}
	for form, text := range out {
		if len(text) < 4 {
			delete(out, form)
		}
	}
	return out
}

// dump is what pg_dump writes, or every table as text where there is none.
func dump(t *testing.T, h *housetest.House) []byte {
	t.Helper()
	if tool, err := exec.LookPath("pg_dump"); err == nil {
		if out, err := exec.CommandContext(t.Context(), tool, "--inserts", "--dbname", h.URL).Output(); err == nil {
			return out
		}
	}
	rows, err := h.Owner.Query(t.Context(), `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'`)
	must(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	conn, err := h.Owner.Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	var all bytes.Buffer
	for _, table := range tables {
		all.WriteString(table + "\n")
		_, err := conn.Conn().PgConn().CopyTo(t.Context(), &all, `COPY `+table+` TO STDOUT`)
		must(t, err)
	}
	return all.Bytes()
}
