package casefile

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// GlassHours is how long a colleague's case stays open to whoever broke the
// glass.
const GlassHours = 3

// Emergency is why a colleague's case must be opened now.
type Emergency struct {
	Reason string `json:"reason" minLength:"10" maxLength:"500" example:"She calls from the airport and her contact person is on leave" doc:"Read by the team lead"`
}

// GlassOpening is one breaking of the glass.
type GlassOpening struct {
	ID       string    `json:"id" format:"uuid"`
	UserID   string    `json:"user_id" format:"uuid" doc:"Who opened the case"`
	Reason   string    `json:"reason"`
	OpenedAt time.Time `json:"opened_at"`
	Until    time.Time `json:"until" doc:"Three hours after"`
}

const openingsSQL = `SELECT g.id, g.user_id, g.reason, g.opened_at, g.until FROM glass_openings g JOIN cases c ON c.id = g.case_id
	WHERE c.code = $1 ORDER BY g.opened_at DESC, g.id`

// BreakGlass opens a colleague's case to a contact person for three hours, as if
// it were their own. It is recorded with its reason, and the team's leads are
// told by a letter that names nobody.
func BreakGlass(ctx context.Context, db *postgres.DB, who access.Actor, code string, in Emergency) (GlassOpening, error) {
	return postgres.Write(ctx, db, who, "break-glass", func(ctx context.Context, tx *postgres.Tx) (out GlassOpening, err error) {
		err = tx.AsProgram(ctx, func() (err error) { // the case is not theirs to see yet
			row, err := Find(ctx, tx, code)
			if err != nil {
				return err
			}
			if row.ContactPersonID == who.ID {
				return fault.Conflictf("", "The case is your own.")
			}
			out, err = postgres.One[GlassOpening](ctx, tx, `INSERT INTO glass_openings (case_id, user_id, reason, until) VALUES ($1,$2,$3,$4)
				RETURNING id, user_id, reason, opened_at, until`, row.ID, who.ID, in.Reason, tx.Now.Add(GlassHours*time.Hour))
			if err != nil {
				return fmt.Errorf("open a colleague's case: %w", err)
			}
			return tellLeads(ctx, tx, row, out.ID)
		})
		return out, err
	})
}

func tellLeads(ctx context.Context, tx *postgres.Tx, row *Row, opening string) error {
	leads, err := TeamLeads(ctx, tx, row.TeamID)
	if err != nil {
		return err
	}
	for _, lead := range leads {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "glass:" + opening + ":" + lead, Kind: letter.GlassBroken, CaseID: row.ID, UserID: lead})
		if err != nil {
			return err
		}
	}
	return nil
}

// ListGlassOpenings is every breaking of the glass on a case, newest first.
func ListGlassOpenings(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]GlassOpening, error) {
	return listOf[GlassOpening](ctx, db, who, "list-glass-openings", code, openingsSQL)
}
