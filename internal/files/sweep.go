package files

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/blob"
)

// Sweep takes away what nobody knows of, last touched before a moment: beginnings
// of files that a killed program left, and files without a row, of which kept
// gives, for some ids at a time, those that have one. The moment must lie further
// back than the longest upload takes; an hour is plenty. It gives how many it took
// away. Whatever else lies in the bucket stays.
//
// It lists the whole bucket, so it is for the night. It may be interrupted,
// repeated, and run by several programs at once.
func (s *Store) Sweep(ctx context.Context, before time.Time, kept func(ctx context.Context, ids []string) ([]string, error)) (taken int, err error) {
	if s.remote != nil {
		if taken, err = s.remote.sweep(ctx, before); err != nil {
			return taken, unavailable(notSwept, err)
		}
	}
	const page = 10_000 // a folder is walked anew for each
	for token := blob.FirstPageToken; len(token) > 0; {
		var objects []*blob.ListObject
		if objects, token, err = s.bucket.ListPage(ctx, token, page, nil); err != nil {
			return taken, unavailable(notSwept, err)
		}
		lost, err := lostOf(ctx, objects, before, kept)
		if err != nil {
			return taken, err
		}
		for _, name := range lost {
			if err := s.Delete(ctx, name); err != nil {
				return taken, err
			}
			taken++
		}
	}
	return taken, nil
}

// lostOf are the names, of some objects, that nobody knows of.
func lostOf(ctx context.Context, objects []*blob.ListObject, before time.Time, kept func(context.Context, []string) ([]string, error)) (lost []string, err error) {
	unsure := map[string]bool{}
	var ids []string
	for _, o := range objects {
		switch id, rest, _ := strings.Cut(o.Key, "."); {
		case !isID(id) || !o.ModTime.Before(before):
		case rest == "":
			unsure[id] = true
			ids = append(ids, id)
		case strings.HasSuffix(rest, ".tmp"): // so fileblob calls what is not whole yet
			lost = append(lost, o.Key)
		}
	}
	if len(ids) == 0 {
		return lost, nil
	}
	known, err := kept(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look for the files' rows: %w", err)
	}
	for _, id := range known {
		delete(unsure, id)
	}
	for id := range unsure {
		lost = append(lost, id)
	}
	return lost, nil
}

// isID reports whether a name is one that Put gives.
func isID(name string) bool { return len(name) == 36 && uuid.Validate(name) == nil }
