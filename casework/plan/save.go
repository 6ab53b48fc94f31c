package plan

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Save makes a new version (R15). read is the version that the actor edited, 0
// for a plan that does not exist yet. Whatever approval the earlier version had
// is not the new one's: any edit voids it (R16). A stale edit is refused with
// the places that changed since.
func Save(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind, read int, in Content) (Version, error) {
	return add(ctx, db, who, "save-plan", code, kind, read, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row) (Content, error) {
		if err := in.Validate(kind, tx.Today); err != nil {
			return in, err
		}
		return in, in.mustNameChildren(ctx, tx, c)
	})
}

// Restore makes a new version with the content of an earlier one, as it was then
// (R15). It is an edit like any other: nobody has agreed to it or approved it
// yet (R16).
func Restore(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind, version, read int) (Version, error) {
	return add(ctx, db, who, "restore-plan-version", code, kind, read, func(ctx context.Context, tx *postgres.Tx, _ *casefile.Row) (Content, error) {
		old, err := numbered(ctx, tx, code, kind, version)
		if err != nil {
			return Content{}, err
		}
		v, err := old.show()
		return v.Content, err
	})
}

// add makes the version after the one that was read.
func add(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code string, kind Kind, read int,
	content func(context.Context, *postgres.Tx, *casefile.Row) (Content, error)) (Version, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Version, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Version{}, err
		}
		if err := mustGoOn(c); err != nil {
			return Version{}, err
		}
		in, err := content(ctx, tx, c)
		if err != nil {
			return Version{}, err
		}
		before, err := newest(ctx, tx, code, kind)
		if err != nil && !isNone(err) {
			return Version{}, err
		}
		if err := current(ctx, tx, code, before, read); err != nil {
			return Version{}, err
		}
		text, hash, err := in.Canonical()
		if err != nil {
			return Version{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by) VALUES ($1,$2,$3,$4,$5,$6)`,
			c.ID, string(kind), before.Version+1, text, hash, who.ID)
		if err != nil {
			return Version{}, fmt.Errorf("save a plan: %w", err)
		}
		if err := keepDeadlines(ctx, tx, c.ID, kind, in); err != nil {
			return Version{}, err
		}
		return shown(ctx, tx, code, kind)
	})
}

// mustGoOn refuses what would change a plan, or lay its lines, when the case is
// over.
func mustGoOn(c *casefile.Row) error {
	if c.State.Over() {
		return fault.Conflictf("", "The case is over; its plans are kept as they are.")
	}
	return nil
}

// mostPlaces bounds a refusal: whoever has that much to reread, rereads it all.
const mostPlaces = 50

var sinceRead = map[ChangeKind]string{
	Added:   "was added since; its place now",
	Removed: "was removed since; its place in what you read",
	Changed: "was changed since; its place now",
	Moved:   "was moved since; its place now",
}

// current compares the version that somebody read with the newest, and says
// where they differ: the places only, no words of theirs (R15).
func current(ctx context.Context, tx *postgres.Tx, code string, now row, read int) error {
	stale := casefile.MustMatch(now.Version, read)
	if fault.KindOf(stale) != fault.Stale || read > now.Version {
		return stale
	}
	old, err := numbered(ctx, tx, code, now.Kind, read)
	if err != nil {
		return err
	}
	changes, err := old.changesTo(now)
	if err != nil {
		return err
	}
	f := &fault.Error{Kind: fault.Stale, Message: "The plan changed since you read it, at the places listed. Compare the versions, and decide anew."}
	if len(changes) == 0 {
		f.Message = "The plan was saved again since you read it, with the same content. Read it again and decide anew."
	}
	for i, c := range changes {
		if i == mostPlaces {
			f.Fields = append(f.Fields, fault.Field{Path: "body", Message: fmt.Sprintf("has %d more places that changed", len(changes)-i)})
			break
		}
		f.Fields = append(f.Fields, fault.Field{Path: "body." + c.Path, Message: sinceRead[c.Kind]})
	}
	return f
}
