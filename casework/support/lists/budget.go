package lists

import (
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// nearCeiling is what has used nine tenths of what it may (R25): programmes of
// what may be approved under them, persons of their ceiling, lines of their
// amount, while support goes on. A programme belongs to no case: finance alone
// reads of it.
var nearCeiling = list{
	name: NearCeiling, title: "Near the ceiling", where: `true`, order: order{"c.rank", "int", "c.id"},
	from: ` FROM (
		SELECT 1 AS rank, g.id, 'programme' AS about, '' AS "case", '' AS line, '' AS category, g.ceiling_dkk AS ceiling, g.allotted_dkk AS used,
			NULL::uuid AS contact_person_id, NULL::uuid AS team_id
		FROM programmes g WHERE g.active AND g.ceiling_dkk > 0 AND g.allotted_dkk >= 0.9 * g.ceiling_dkk
		UNION ALL
		SELECT 2, k.id, 'person', k.code, '', '', b.ceiling_dkk, b.lines_dkk, k.contact_person_id, k.team_id
		FROM case_budgets b JOIN cases k ON k.id = b.case_id
		WHERE b.ceiling_dkk > 0 AND b.lines_dkk >= 0.9 * b.ceiling_dkk AND ` + supported + `
		UNION ALL
		SELECT 3, l.id, 'line', k.code, l.key, l.category, l.approved_dkk, l.committed_dkk, k.contact_person_id, k.team_id
		FROM budget_lines l JOIN cases k ON k.id = l.case_id
		WHERE l.approved_dkk > 0 AND l.committed_dkk >= 0.9 * l.approved_dkk AND ` + supported + `) c`,
	ask: asking[ceilingRow](`c.about, c."case", c.line, c.category, c.ceiling::text AS ceiling, c.used::text AS used, floor(c.used * 100 / c.ceiling)::int AS percent`),
	columns: []column{
		text("about", func(r Row) string { return r.About }), caseCode, line, category,
		text("programme_id", func(r Row) string { return r.Programme }),
		amount("ceiling", func(r Row) *money.Amount { return r.Ceiling }),
		amount("used", func(r Row) *money.Amount { return r.Used }),
		number("percent", func(r Row) int { return r.Percent }),
	},
}

const supported = `k.state IN ('accepted','departed','arrived') AND (k.last_day IS NULL OR k.last_day >= actor_today())`

type ceilingRow struct {
	position
	About, Case, Line, Category, Ceiling, Used string
	Percent                                    int
}

func (c ceilingRow) show(reader) (Row, error) {
	r := Row{About: c.About, Case: c.Case, Line: c.Line, Category: c.Category, Percent: c.Percent}
	if c.About == "programme" {
		r.Programme = c.ID // its name says what the work is about (R11)
	}
	return r, kroner(map[**money.Amount]string{&r.Ceiling: c.Ceiling, &r.Used: c.Used})
}

// endingSoon is the lines that are not used up, or not delivered, but for what is
// rounding, of persons whose support ends within thirty days (R23), the soonest first.
var endingSoon = list{
	name: EndingSoon, title: "Ending soon", order: order{"c.last_day", "date", "l.id"},
	from: ` FROM cases c JOIN budget_lines l ON l.case_id = c.id
		CROSS JOIN LATERAL (SELECT coalesce(sum(p.proven_dkk) FILTER (WHERE p.state <> 'failed'), 0) AS dkk, coalesce(sum(p.explained_dkk), 0) AS explained
			FROM payments p WHERE p.line_id = l.id AND p.state IN ('sent','received','failed')) got`,
	where: `c.support_ended_on IS NULL AND ` + goesOn + ` AND c.last_day BETWEEN actor_today() AND actor_today() + 30
		AND EXISTS (SELECT FROM line_remains r WHERE r.line_id = l.id)`,
	ask: asking[endingRow](`c.code AS "case", l.key AS line, l.category, c.last_day, l.approved_dkk::text AS approved, l.committed_dkk::text AS committed, got.dkk::text AS received,
		(l.approved_dkk - l.committed_dkk)::text AS unspent, (l.committed_dkk - got.dkk - got.explained)::text AS unreceived`),
	columns: []column{caseCode, line, category,
		date("last_day", func(r Row) calendar.Date { return r.LastDay }),
		amount("approved", func(r Row) *money.Amount { return r.Approved }),
		amount("committed", func(r Row) *money.Amount { return r.Committed }),
		amount("received", func(r Row) *money.Amount { return r.Received }),
		amount("unspent", func(r Row) *money.Amount { return r.Unspent }),
		amount("not_received", func(r Row) *money.Amount { return r.Unreceived }),
	},
}

type endingRow struct {
	position
	Case, Line, Category                               string
	LastDay                                            calendar.Date
	Approved, Committed, Received, Unspent, Unreceived string
}

func (e endingRow) show(reader) (Row, error) {
	r := Row{About: "line", Case: e.Case, Line: e.Line, Category: e.Category, LastDay: e.LastDay}
	return r, kroner(map[**money.Amount]string{&r.Approved: e.Approved, &r.Committed: e.Committed, &r.Received: e.Received,
		&r.Unspent: e.Unspent, &r.Unreceived: e.Unreceived})
}
