package postgres

import (
	"strconv"
	"strings"
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
