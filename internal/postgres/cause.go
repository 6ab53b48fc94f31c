package postgres

import (
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// CauseText is an error for the log without the values that databases and
// drivers put into their sentences.
func CauseText(err error) string {
	text := err.Error()
	var pg *pgconn.PgError
	if errors.As(err, &pg) && quotesData(pg.Code) {
		text = strings.ReplaceAll(text, pg.Error(), "SQLSTATE "+pg.Code+" on "+pg.TableName+" "+pg.ConstraintName)
	}
	return argument.ReplaceAllString(text, "unable to encode a value")
}

// quotesData reports whether PostgreSQL's messages of the class may repeat a
// value: data exceptions, broken constraints, and what functions raise.
func quotesData(sqlstate string) bool {
	for _, class := range []string{"22", "23", "P0"} {
		if strings.HasPrefix(sqlstate, class) {
			return true
		}
	}
	return false
}

// argument is how pgx quotes a query's argument that it cannot send.
var argument = regexp.MustCompile(`(?s)unable to encode .*`)
