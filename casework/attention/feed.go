package attention

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Subscription is a calendar that its owner may subscribe to: never its address.
type Subscription struct {
	ID         string        `json:"id" format:"uuid"`
	CreatedAt  time.Time     `json:"created_at"`
	RevokedAt  *time.Time    `json:"revoked_at,omitempty"`
	LastReadOn calendar.Date `json:"last_read_on,omitzero" format:"date"`
}

// Token is the secret in a feed's address. It is kept out of stored answers: it
// marshals as empty there and is shown through Reveal.
type Token string

// MarshalJSON keeps the token out of whatever is stored.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`""`), nil }

// Reveal is the token itself, for the one answer that shows it.
func (t Token) Reveal() string { return string(t) }

// NewSubscription is a new feed, with its token: shown this once and stored as a hash.
type NewSubscription struct {
	Subscription
	Token Token
}

// maxFeeds is how many feeds one owner may have that are not revoked.
const maxFeeds = 10

const feedColumns = `id, created_at, revoked_at, last_read_on`

var _ = postgres.Rule("calendar_feed_revoked", fault.Conflictf("", "The calendar was revoked."))

// CreateFeed makes a calendar for the actor: a member of staff, or a partner by
// its key, which the calendar lives no longer than.
func CreateFeed(ctx context.Context, db *postgres.DB, who access.Actor) (NewSubscription, error) {
	return postgres.Write(ctx, db, who, "create-calendar-feed", func(ctx context.Context, tx *postgres.Tx) (NewSubscription, error) {
		have, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM calendar_feeds WHERE revoked_at IS NULL`)
		if err != nil {
			return NewSubscription{}, fmt.Errorf("count calendars: %w", err)
		}
		if len(have) >= maxFeeds {
			return NewSubscription{}, fault.Conflictf("", "You have %d calendars. Revoke one first.", maxFeeds)
		}
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		token := base64.RawURLEncoding.EncodeToString(b[:])
		hash := sha256.Sum256([]byte(token))
		user, key := who.ID, ""
		if who.Role == access.Partner {
			user, key = "", who.ID
		}
		f, err := postgres.One[Subscription](ctx, tx, `INSERT INTO calendar_feeds (user_id, partner_key_id, hash)
			VALUES (nullif($1,'')::uuid, nullif($2,'')::uuid, $3) RETURNING `+feedColumns, user, key, hash[:])
		if err != nil {
			return NewSubscription{}, fmt.Errorf("create a calendar: %w", err)
		}
		tx.Touch("", "", f.ID)
		return NewSubscription{f, Token(token)}, nil
	})
}

// ListFeeds is the actor's own calendars, the newest first.
func ListFeeds(ctx context.Context, db *postgres.DB, who access.Actor) (out []Subscription, err error) {
	_, err = postgres.Read(ctx, db, who, "list-calendar-feeds", postgres.About{},
		postgres.Many(&out, `SELECT `+feedColumns+` FROM calendar_feeds ORDER BY created_at DESC, id`))
	return out, err
}

// RevokeFeed ends one of the actor's own calendars, or all of them where id is "":
// an address is as good as unknown from then on. A second time changes nothing.
// Errors: no such calendar.
func RevokeFeed(ctx context.Context, db *postgres.DB, who access.Actor, id string) error {
	return postgres.Do(ctx, db, who, "revoke-calendar-feed", func(ctx context.Context, tx *postgres.Tx) error {
		tx.Seek(id)
		found, err := postgres.Collect[struct{ ID string }](ctx, tx, `UPDATE calendar_feeds SET revoked_at = coalesce(revoked_at, $2)
			WHERE $1 = '' OR id::text = $1 RETURNING id`, id, tx.Now)
		if err != nil {
			return fmt.Errorf("revoke a calendar: %w", err)
		}
		if id != "" && len(found) == 0 {
			return fault.NoSuch("calendar")
		}
		for _, f := range found {
			tx.Touch("", "", f.ID)
		}
		return nil
	})
}

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

type ownerRow struct {
	ID, Role, Team, Partner string
	Scopes                  []access.Scope
}

const ownerSQL = `SELECT u.id::text AS id, u.role, coalesce(u.team_id::text, '') AS team, '' AS partner, '{}'::text[] AS scopes
		FROM calendar_feeds f JOIN users u ON u.id = f.user_id WHERE f.hash = $1 AND f.revoked_at IS NULL AND u.active
	UNION ALL SELECT k.id::text, 'partner', '', k.partner_id::text, k.scopes
		FROM calendar_feeds f JOIN partner_keys k ON k.id = f.partner_key_id JOIN partners p ON p.id = k.partner_id
		WHERE f.hash = $1 AND f.revoked_at IS NULL AND k.revoked_at IS NULL AND k.expires_at > $2 AND partner_active(p, $2)`

// OwnerOf is as whom a calendar is read. The token is found by its hash, so that
// no comparison takes longer the more of it is right. Errors: no such calendar,
// the same where it is unknown or revoked, or its owner may not read any more.
func OwnerOf(ctx context.Context, db *postgres.DB, token string) (access.Actor, error) {
	if !tokenForm.MatchString(token) {
		return access.Actor{}, fault.NoSuch("calendar")
	}
	hash := sha256.Sum256([]byte(token))
	return postgres.Write(ctx, db, access.Program, "find-calendar", func(ctx context.Context, tx *postgres.Tx) (access.Actor, error) {
		found, err := postgres.Collect[ownerRow](ctx, tx, ownerSQL, hash[:], tx.Now)
		if err != nil {
			return access.Actor{}, fmt.Errorf("find a calendar: %w", err)
		}
		if len(found) == 0 {
			return access.Actor{}, fault.NoSuch("calendar")
		}
		_, err = tx.Exec(ctx, `UPDATE calendar_feeds SET last_read_on = $2 WHERE hash = $1 AND last_read_on IS DISTINCT FROM $2`, hash[:], tx.Today)
		o := found[0]
		who := access.Actor{ID: o.ID, Role: access.Role(o.Role), Team: o.Team, Partner: o.Partner, Scopes: access.SetOf(o.Scopes...)}
		if access.ReachOf(who, "read-calendar") == access.None {
			return access.Actor{}, fault.NoSuch("calendar")
		}
		return who, err
	})
}
