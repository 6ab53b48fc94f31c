package outbox

import (
	"context"
	"fmt"
	"strings"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"
)

// toEach are the letters, those to a partner once for each of its people who can
// be written to, each with a name of its own that stays the same; the letter itself
// where there is nobody, or where it is no partner's.
func toEach(ctx context.Context, tx *postgres.Tx, letters []Letter) (each []Letter, err error) {
	people := map[string][]struct{ ID string }{}
	for _, l := range letters {
		if _, known := people[l.PartnerID]; !known && l.PartnerID != "" {
			people[l.PartnerID], err = postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM partner_people
				WHERE partner_id = $1 AND active AND undeliverable_since IS NULL ORDER BY created_at, id`, l.PartnerID)
			if err != nil {
				return nil, fmt.Errorf("find a partner's people: %w", err)
			}
		}
		if len(people[l.PartnerID]) == 0 {
			each = append(each, l)
		}
		for _, r := range people[l.PartnerID] {
			theirs := l
			theirs.recipient, theirs.Once = r.ID, l.Once+":"+r.ID
			each = append(each, theirs)
		}
	}
	return each, nil
}

// Fail records that a letter was refused for good. Where the address was the
// reason and is one of a partner's people's, nothing is sent there until they are
// changed, and whoever is left of the partner gets the letter, if they have not.
func Fail(ctx context.Context, db *postgres.DB, id string, noSuchRecipient bool) error {
	return postgres.Do(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) error {
		if err := end(ctx, tx, id, "failed"); err != nil || !noSuchRecipient {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE partner_people r SET undeliverable_since = $2, version = r.version + 1
			FROM letters l WHERE l.id = $1 AND r.id = l.partner_person_id AND r.undeliverable_since IS NULL`, id, tx.Now)
		if err != nil {
			return fmt.Errorf("note that an address refuses letters: %w", err)
		}
		return passOn(ctx, tx, id)
	})
}

// PassOn ends a letter to one of a partner's people who is not written to any
// more: whoever is left of the partner gets it, if they have not.
func PassOn(ctx context.Context, db *postgres.DB, id string) error {
	return postgres.Do(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) error {
		if err := end(ctx, tx, id, "dropped"); err != nil {
			return err
		}
		return passOn(ctx, tx, id)
	})
}

// passOn queues what a letter to one of a partner's people told, or each letter of
// a digest, for the partner anew. Letters to others have nobody to be passed on to.
func passOn(ctx context.Context, tx *postgres.Tx, id string) error {
	type row struct {
		Once, Kind, CaseID, PartnerID, Recipient, FollowupID, HandoffID, ReportID string
		Days                                                                      int
		DueOn                                                                     calendar.Date
	}
	found, err := postgres.Collect[row](ctx, tx, `SELECT once, kind, coalesce(case_id::text, '') AS case_id, partner_id, partner_person_id AS recipient,
			coalesce(followup_id::text, '') AS followup_id, coalesce(handoff_id::text, '') AS handoff_id, coalesce(report_id::text, '') AS report_id, days, due_on
		FROM letters WHERE (id = $1 OR digest_id = $1) AND partner_person_id IS NOT NULL AND kind <> 'digest' ORDER BY queued_at, id`, id)
	if err != nil {
		return fmt.Errorf("find what a letter told: %w", err)
	}
	for _, l := range found {
		_, err := Queue(ctx, tx, Letter{Once: strings.TrimSuffix(l.Once, ":"+l.Recipient), Kind: letter.Kind(l.Kind), CaseID: l.CaseID, PartnerID: l.PartnerID,
			FollowupID: l.FollowupID, HandoffID: l.HandoffID, ReportID: l.ReportID, Days: l.Days, DueOn: l.DueOn})
		if err != nil {
			return err
		}
	}
	return nil
}
