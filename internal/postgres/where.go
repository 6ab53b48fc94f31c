package postgres

import (
	"hjemvej/internal/fault"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Where is the condition of a list, with only the parts that were asked for. A
// condition that is always there but mostly empty ("$1 = ” OR state = $1")
// keeps PostgreSQL from using an index once its plan is kept.
type Where struct {
	parts []string
	Args  []any
}

// And adds a condition; each ? in it stands for the next of args.
func (w *Where) And(condition string, args ...any) {
	for _, a := range args {
		w.Args = append(w.Args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.Args)), 1)
	}
	w.parts = append(w.parts, condition)
}

// Arg adds an argument that stands elsewhere in the statement, and answers its
// place, such as $4.
func (w *Where) Arg(a any) string {
	w.Args = append(w.Args, a)
	return "$" + strconv.Itoa(len(w.Args))
}

// SQL is the WHERE clause, or "" where nothing was asked for.
func (w *Where) SQL() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// Past adds a condition on rows that are in order of their time and id, whose two ?
// are those of the last row of the page before (Key); "" is the first page and adds
// none. Errors: fault.Invalid where that is no such row's.
func (w *Where) Past(condition, after string) error {
	if after == "" {
		return nil
	}
	at, id, _ := strings.Cut(after, "/")
	_, err := time.Parse(time.RFC3339Nano, at)
	if err != nil || uuid.Validate(id) != nil {
		return fault.Invalidf("query.cursor", "expected a cursor that was answered here")
	}
	w.And(condition, at, id)
	return nil
}

// Key is a row's place among rows that are in order of their time and id.
func Key(at time.Time, id string) string { return at.Format(time.RFC3339Nano) + "/" + id }
