package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
)

// MaxEndpoints is how many endpoints a partner has at most.
const MaxEndpoints = 10

// State says whether an endpoint is handed events.
type State string

// The states of an endpoint. What happens while it is paused waits for it.
const (
	Active State = "active"
	Paused State = "paused"
)

// Endpoint is where a partner's own system takes events.
type Endpoint struct {
	ID           string     `json:"id" format:"uuid"`
	URL          string     `json:"url" example:"https://partner.example/events"`
	Description  string     `json:"description,omitempty" example:"production"`
	State        State      `json:"state" enum:"active,paused"`
	Why          string     `json:"why,omitempty" enum:"by_hand,gone,failing" doc:"It is paused: by hand, because it answered 410, or because it took nothing for three days"`
	Since        time.Time  `json:"since" doc:"In this state"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"Nothing was taken since; it is tried again with growing pauses"`
	Version      int        `json:"version" example:"1"`
}

// NewEndpoint is where a partner wants its events, or wants them from now on.
type NewEndpoint struct {
	URL         string `json:"url" minLength:"1" maxLength:"2000" example:"https://partner.example/events" doc:"https, with a certificate that the public trusts, at a public address"`
	Description string `json:"description,omitempty" maxLength:"200" example:"production"`
}

// ChangedEndpoint is an endpoint as it is to be.
type ChangedEndpoint struct {
	NewEndpoint
	Paused bool `json:"paused,omitempty" doc:"Hand it nothing; what happens meanwhile waits for it"`
}

// CreatedEndpoint is a new endpoint with the secret that its events are signed
// with. A repeated request answers without it.
type CreatedEndpoint struct {
	Endpoint
	Secret partners.Secret `json:"secret"`
}

const endpointColumns = `id, url, description, state, coalesce(why, '') AS why, since, failing_since, version`

var _ = postgres.Rule("event_endpoints_partner_id_fkey", fault.NoSuch("partner"))

// Create adds an endpoint: it is handed what happens from now on.
func Create(ctx context.Context, db *postgres.DB, v person.Vault, s *webhook.Sender, who access.Actor, partnerID string, in NewEndpoint) (CreatedEndpoint, error) {
	return postgres.Write(ctx, db, who, "create-endpoint", func(ctx context.Context, tx *postgres.Tx) (out CreatedEndpoint, err error) {
		tx.Seek(partnerID)
		if err := tx.May(access.Record{Partner: partnerID}, "partner"); err != nil {
			return out, err
		}
		if err := checkURL(s, in.URL); err != nil {
			return out, err
		}
		var have int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM event_endpoints WHERE partner_id = $1`, partnerID).Scan(&have); err != nil {
			return out, fmt.Errorf("count a partner's endpoints: %w", err)
		}
		if have >= MaxEndpoints {
			return out, fault.Conflictf("", "There are %d endpoints; change one of them.", have)
		}
		out.Endpoint, err = postgres.One[Endpoint](ctx, tx, `INSERT INTO event_endpoints (partner_id, url, description) VALUES ($1, $2, $3) RETURNING `+endpointColumns,
			partnerID, in.URL, in.Description)
		if err != nil {
			return out, fmt.Errorf("add an endpoint: %w", err)
		}
		tx.Touch("", "", out.ID)
		out.Secret, err = addSecret(ctx, tx, v, out.ID)
		return out, err
	})
}

func checkURL(s *webhook.Sender, url string) error {
	if err := s.CheckEndpoint(url); err != nil {
		return fault.Invalidf("body.url", "%s", err)
	}
	return nil
}

// ListEndpoints is every endpoint of a partner, oldest first.
func ListEndpoints(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) ([]Endpoint, error) {
	const op = "list-endpoints"
	if err := postgres.Allow(ctx, db, who, op, access.Record{Partner: partnerID}, "partner"); err != nil {
		return nil, err
	}
	out := []Endpoint{}
	var partner struct{ ID string }
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Partner: partnerID},
		postgres.Single(&partner, "partner", `SELECT id FROM partners WHERE id = $1`, partnerID),
		postgres.Many(&out, `SELECT `+endpointColumns+` FROM event_endpoints WHERE partner_id = $1 ORDER BY created_at, id`, partnerID))
	return out, err
}

// Change changes an endpoint, pauses it or lets it go on. One that goes on, or
// goes elsewhere, begins anew: whatever waits for it is due at once, and is tried
// for three days from now.
func Change(ctx context.Context, db *postgres.DB, s *webhook.Sender, who access.Actor, partnerID, id string, version int, in ChangedEndpoint) (Endpoint, error) {
	return postgres.Write(ctx, db, who, "change-endpoint", func(ctx context.Context, tx *postgres.Tx) (Endpoint, error) {
		have, err := find(ctx, tx, partnerID, id, " FOR UPDATE")
		switch {
		case err != nil:
			return Endpoint{}, err
		case have.Version != version:
			return Endpoint{}, &fault.Error{Kind: fault.Stale}
		}
		if err := checkURL(s, in.URL); err != nil {
			return Endpoint{}, err
		}
		to, why := Active, ""
		if in.Paused {
			to, why = Paused, "by_hand"
		}
		out, err := postgres.One[Endpoint](ctx, tx, `UPDATE event_endpoints SET url = $2, description = $3, state = $4,
				why = CASE WHEN state = $4 THEN why ELSE nullif($5, '') END, since = CASE WHEN state = $4 THEN since ELSE $6 END,
				failures = 0, failing_since = NULL, next_at = DEFAULT, version = version + 1
			WHERE id = $1 RETURNING `+endpointColumns, id, in.URL, in.Description, string(to), why, tx.Now)
		if err != nil {
			return out, fmt.Errorf("change an endpoint: %w", err)
		}
		if in.Paused {
			return out, nil
		}
		return out, begin(ctx, tx, id)
	})
}

// find finds an endpoint of a partner's as who may. Where it is locked, nobody
// changes or serves it until the transaction ends.
func find(ctx context.Context, tx *postgres.Tx, partnerID, id, lock string) (Endpoint, error) {
	tx.Seek(id)
	if err := tx.May(access.Record{Partner: partnerID}, "endpoint"); err != nil {
		return Endpoint{}, err
	}
	e, err := postgres.One[Endpoint](ctx, tx, `SELECT `+endpointColumns+` FROM event_endpoints WHERE id = $1 AND partner_id = $2`+lock, id, partnerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, fault.NoSuch("endpoint")
	}
	if err != nil {
		return e, fmt.Errorf("find an endpoint: %w", err)
	}
	tx.Touch("", "", id)
	return e, nil
}

func begin(ctx context.Context, tx *postgres.Tx, id string) error {
	return tx.AsProgram(ctx, func() error {
		_, err := tx.Exec(ctx, `UPDATE event_deliveries SET attempts = 0, next_at = DEFAULT, until = $2 WHERE endpoint_id = $1 AND state = 'pending'`, id, tx.Now.Add(outbox.Patience))
		if err != nil {
			return fmt.Errorf("begin with an endpoint: %w", err)
		}
		return outbox.Wake(ctx, tx, id)
	})
}
