package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/files"
	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/postgres/embedded"
	"hjemvej/internal/seal"
	"hjemvej/scheduler"

	"github.com/jackc/pgx/v5/pgxpool"
)

// tellingWords are what no letter may say, in either language: a list of its own,
// beside letter.Neutral's.
var tellingWords = regexp.MustCompile(`(?i)traffi[ck]|menneskeha|prostit|\bsex|brothel|bordel|\bcmm\b|\bcenter mod|\biom\b|victim|\bofre|survivor|exploit|udnyt|coerc|\btvang|slave|hjemvej|hjemsend|hjemrejs|repatri|re-?integr|prepared return|reflection|refleksion|restitution|asyl|deport|udvis|politi|police|migra|programme|passport`)

// lettersOfTheDemo are the demo's caseload, and the mailbox that its letters come to.
type lettersOfTheDemo struct {
	t      *testing.T
	db     *postgres.DB
	owner  *pgxpool.Pool
	vault  person.Vault
	files  *files.Store
	mail   *mailbox.Server
	sender *letter.Sender
}

// TestR11_NoLetterOfTheDemosCaseloadSaysWhatItIsAboutOrWhom sends every letter
// that the demo's caseload queued, each kind at least once, and looks for words
// and for whatever is known of the persons in all that arrived, and in every event
// that partners are told.
func TestR11_NoLetterOfTheDemosCaseloadSaysWhatItIsAboutOrWhom(t *testing.T) {
	heavy(t)
	d := newLettersOfTheDemo(t)
	known := d.identities()
	d.sendAll()
	letters := d.mail.Letters()
	for _, l := range letters {
		// The readers' own addresses are theirs to choose.
		raw := strings.NewReplacer(l.To[0], "", l.From, "").Replace(string(l.Raw()))
		for what, text := range map[string]string{"subject": l.Subject, "text": l.Body, "HTML": l.HTML, "whole": raw} {
			mustNotTell(t, "a letter's "+what, text, known)
		}
		if strings.Contains(raw, "Content-Disposition") {
			t.Error("a letter has an attachment")
		}
	}
	events, err := postgres.Collect[struct{ Type, Data string }](t.Context(), d.owner, `SELECT type, jsonb_build_array(type, seq, case_code, handoff_id, object_id)::text AS data FROM events`)
	must(t, err)
	for _, e := range events {
		mustNotTell(t, "an event "+e.Type, e.Data, known)
	}
	golden, err := filepath.Glob("../../internal/letter/testdata/*.golden")
	must(t, err)
	for _, path := range golden {
		text, err := os.ReadFile(path)
		must(t, err)
		mustNotTell(t, path, string(text), known)
	}
	if len(known) < 200 || len(letters) < 200 || len(events) < 100 || len(golden) < 2*len(letter.Kinds()) {
		t.Errorf("looked for %d values in %d letters, %d events and %d golden letters", len(known), len(letters), len(events), len(golden))
	}
	for value := range known { // the search finds what is there
		if !names("Dear "+value+", ...", known) {
			t.Errorf("a value would not be found")
		}
	}
}

var wordsOf = regexp.MustCompile(`[\p{L}\p{N}+@._'-]+`)

func mustNotTell(t *testing.T, where, text string, known map[string]bool) {
	t.Helper()
	if found := tellingWords.FindString(text); found != "" {
		t.Errorf("%s says %q", where, found)
	}
	if names(text, known) {
		t.Errorf("%s tells of a person", where)
	}
}

// names reports whether a text holds a known value as words of its own.
func names(text string, known map[string]bool) bool {
	words := wordsOf.FindAllString(text, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], "._'-")
	}
	for i := range words {
		for n := 1; n <= 6 && i+n <= len(words); n++ {
			if known[strings.Join(words[i:i+n], " ")] {
				return true
			}
		}
	}
	return false
}

func newLettersOfTheDemo(t *testing.T) *lettersOfTheDemo {
	t.Helper()
	dir := demoFolder(t)
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop(context.Background())) })
	master, err := seal.OpenMaster(filepath.Join(dir, "master.key"), nil)
	must(t, err)
	d := &lettersOfTheDemo{t: t, vault: person.Vault{Master: master}}
	d.files, err = files.Open(t.Context(), files.Config{URL: "file://" + filepath.Join(dir, "files")})
	must(t, err)
	t.Cleanup(func() { _ = d.files.Close() })
	url := server.URL(demoDatabase)
	d.db, err = postgres.Open(t.Context(), url, time.Now)
	must(t, err)
	t.Cleanup(d.db.Close)
	d.owner, err = pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(d.owner.Close)
	d.mail, err = mailbox.Start(t.Context(), "127.0.0.1:0", "")
	must(t, err)
	t.Cleanup(func() { _ = d.mail.Close() })
	host, port, err := net.SplitHostPort(d.mail.Addr())
	must(t, err)
	n, err := strconv.Atoi(port)
	must(t, err)
	d.sender, err = letter.NewSender(letter.Config{Host: host, Port: n, From: "post@desk.example", TLS: "none"})
	must(t, err)
	return d
}

// identities are the values by which somebody in the caseload, or somebody near
// them, could be recognised.
func (d *lettersOfTheDemo) identities() map[string]bool {
	d.t.Helper()
	type row struct{ Code, ContactPersonID, Place string }
	cases, err := postgres.Collect[row](d.t.Context(), d.owner, `SELECT code, contact_person_id, coalesce(destination_place, '') AS place FROM cases`)
	must(d.t, err)
	known := map[string]bool{}
	for _, c := range cases {
		who, err := casefile.ReadIdentity(d.t.Context(), d.db, d.vault, access.Actor{ID: c.ContactPersonID, Role: access.ContactPerson}, c.Code)
		must(d.t, err)
		text, err := json.Marshal(who)
		must(d.t, err)
		var all any
		must(d.t, json.Unmarshal(text, &all))
		note(known, "", all)
		note(known, "place", c.Place)
	}
	return known
}

// recognisable are the members of an identity that say who somebody is.
var recognisable = regexp.MustCompile(`^(given_names|family_name|birth_date|value|lines|postal_code|place|number|note|cover_story|our_word|safe_word|danger_word|must_not_know|name)$`)

func note(known map[string]bool, key string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			note(known, k, inner)
		}
	case []any:
		for _, inner := range v {
			note(known, key, inner)
		}
	case string:
		if !recognisable.MatchString(key) {
			return
		}
		if key == "birth_date" {
			day := calendar.MustParse(v)
			known[v] = true
			known[fmt.Sprintf("%d %s %d", day.Day, day.Month, day.Year)] = true
			known[fmt.Sprintf("%02d.%02d.%d", day.Day, day.Month, day.Year)] = true
			return
		}
		words := wordsOf.FindAllString(v, -1)
		for i := range words {
			words[i] = strings.Trim(words[i], "._'-")
		}
		if len(words) > 0 && len(words) <= 6 {
			known[strings.Join(words, " ")] = true
		}
		if key == "given_names" || key == "family_name" || key == "name" {
			for _, w := range words {
				known[w] = true
			}
		}
	}
}

// sendAll lets the scheduler send what it still would, and sends the rest, whose
// condition has ended meanwhile, as it would have. Kinds that nothing in the
// caseload gave rise to are sent about one of its cases; and each reader gets a
// digest too.
func (d *lettersOfTheDemo) sendAll() {
	d.t.Helper()
	for _, sql := range []string{
		`DELETE FROM river_job`,
		`UPDATE letters SET state = 'queued', ended_at = NULL`,
		`INSERT INTO river_job (kind, args, state, max_attempts, queue, priority) SELECT 'send_letter', jsonb_build_object('letter_id', id), 'available', 20, 'default', 1 FROM letters`,
	} {
		_, err := d.owner.Exec(d.t.Context(), sql)
		must(d.t, err)
	}
	s, err := scheduler.New(scheduler.Config{DB: d.db, Vault: d.vault, Files: d.files, Sender: d.sender, BaseURL: "https://desk.example", Domain: "desk.example",
		Schedules: scheduler.DefaultSchedules, Logger: slog.New(slog.DiscardHandler)})
	must(d.t, err)
	must(d.t, s.Start(d.t.Context()))
	for end := time.Now().Add(time.Minute); d.count(`SELECT count(*) FROM river_job WHERE state IN ('available','running')`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatal("the scheduler does not come to an end")
		}
	}
	must(d.t, s.Stop(d.t.Context()))
	d.sendRest()
}

func (d *lettersOfTheDemo) count(sql string) (n int) {
	d.t.Helper()
	must(d.t, d.owner.QueryRow(d.t.Context(), sql).Scan(&n))
	return n
}

func (d *lettersOfTheDemo) sendRest() {
	d.t.Helper()
	type row struct {
		ID, Kind, Code, Address, Language, State string
		Days                                     int
		DueOn                                    calendar.Date
		ToPartner                                bool
	}
	rows, err := postgres.Collect[row](d.t.Context(), d.owner, `SELECT l.id, l.kind, coalesce(c.code, '') AS code, coalesce(u.email, r.email, p.email) AS address, coalesce(u.language, r.language, p.language) AS language,
			l.state, l.days, l.due_on, p.id IS NOT NULL AS to_partner FROM letters l LEFT JOIN cases c ON c.id = l.case_id LEFT JOIN users u ON u.id = l.user_id
			LEFT JOIN partners p ON p.id = l.partner_id LEFT JOIN partner_people r ON r.id = l.partner_person_id ORDER BY l.id`)
	must(d.t, err)
	links := map[bool]string{true: "https://desk.example/v1/handoffs", false: "https://desk.example/v1/cases"}
	have, digests := map[letter.Kind]bool{}, map[row][]letter.Item{}
	send := func(to row, m letter.Message, err error, id string) {
		d.t.Helper()
		must(d.t, err)
		must(d.t, d.sender.Send(d.t.Context(), to.Address, m, id+"@desk.example"))
	}
	one := func(r row, id string) {
		link := links[r.ToPartner]
		if !r.ToPartner {
			link += "/" + r.Code
		}
		m, err := letter.Compose(letter.Letter{Kind: letter.Kind(r.Kind), Language: r.Language, CaseCode: r.Code, Days: r.Days, DueOn: r.DueOn, Link: link})
		send(r, m, err, id)
	}
	for _, r := range rows {
		if r.Kind == string(letter.Digest) {
			continue // what it carries is among the rows
		}
		have[letter.Kind(r.Kind)] = true
		if r.State != "sent" {
			one(r, r.ID)
		}
		if letter.Kind(r.Kind).Waits() {
			reader := row{Address: r.Address, Language: r.Language, ToPartner: r.ToPartner}
			digests[reader] = append(digests[reader], letter.Item{Kind: letter.Kind(r.Kind), CaseCode: r.Code, DueOn: r.DueOn})
		}
	}
	for reader, items := range digests {
		m, err := letter.ComposeDigest(reader.Language, items, links[reader.ToPartner])
		send(reader, m, err, "digest")
	}
	for _, kind := range letter.Kinds() {
		for _, language := range []string{"da", "en"} {
			if r := rows[0]; !have[kind] {
				r.Kind, r.Language, r.Days, r.DueOn = string(kind), language, 3, calendar.MustParse("2026-11-26")
				if kind == letter.EndpointPaused { // to a partner, about no case
					r.Code, r.ToPartner = "", true
				}
				one(r, string(kind))
			}
		}
	}
	if len(digests) < 5 || len(have) < 8 {
		d.t.Errorf("%d digests and %d kinds", len(digests), len(have))
	}
}
