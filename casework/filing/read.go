package filing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
)

// List is the files of a case that the actor may know, newest first, those that
// were removed too: all of them for caseworkers, receipts for finance, for a
// partner what it sent itself.
func (c Cabinet) List(ctx context.Context, who access.Actor, code string) ([]File, error) {
	const op = "list-files"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	out := []File{}
	_, err := postgres.Read(ctx, c.DB, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&out, `SELECT `+columns+` FROM files f JOIN cases c ON c.id = f.case_id WHERE c.code = $1 ORDER BY f.uploaded_at DESC, f.id`, code))
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(f File) bool { return !f.shownTo(who) })
	return out, postgres.Allow(ctx, c.DB, who, op, head.Record(), "case")
}

// Opened is a file that may be read.
type Opened struct {
	File
	key    seal.Key
	stored files.Stored
	store  *files.Store
}

// Open finds a file and what opens it. It is recorded like any opening (R12).
// Faults: no such file; Gone where it was removed.
func (c Cabinet) Open(ctx context.Context, who access.Actor, code, id string) (Opened, error) {
	return postgres.Write(ctx, c.DB, who, "read-file", func(ctx context.Context, tx *postgres.Tx) (Opened, error) {
		row, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Opened{}, err
		}
		f, err := find(ctx, tx, row, id)
		if err != nil {
			return Opened{}, err
		}
		if f.RemovedAt != nil {
			return Opened{}, &fault.Error{Kind: fault.Gone, Message: "The file was removed."}
		}
		key, err := c.personsKey(ctx, tx, code)
		return Opened{f.File, key, f.stored(), c.Store}, err
	})
}

// CopyTo writes the file's content to w. The faults are those of files.Store's
// Get: after any error what was written is not the whole file.
func (o Opened) CopyTo(ctx context.Context, w io.Writer) error {
	return o.store.Get(ctx, o.key, o.stored, w)
}

// Name is what the file may be called where it is kept: its id and what its
// content is (R11).
func (f File) Name() string {
	return f.ID + map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[f.ContentType]
}

type fileRow struct {
	File
	WrappedKey []byte
}

func (r fileRow) stored() files.Stored {
	return files.Stored{ID: r.ID, ContentType: r.ContentType, Size: r.Size, WrappedKey: r.WrappedKey}
}

func find(ctx context.Context, tx *postgres.Tx, of *casefile.Row, id string) (fileRow, error) {
	f, err := postgres.One[fileRow](ctx, tx, `SELECT `+columns+`, f.wrapped_key FROM files f JOIN cases c ON c.id = f.case_id WHERE c.id = $1 AND f.id = $2`, of.ID, id)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !f.shownTo(tx.Who) {
		return f, fault.NoSuch("file")
	}
	if err != nil {
		return f, fmt.Errorf("find a file: %w", err)
	}
	tx.Touch(of.ID, of.Code, f.ID)
	return f, nil
}
