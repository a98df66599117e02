package postgres

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// plural is a statement that writes one row, made to write one for each element of arrays: the database then parses,
// plans and starts it once for all of them, which costs it more than the rows do.
type plural struct {
	update        bool   // of rows that are there; else an insert of rows that are not
	before, after string // the arrays, with names for their columns
	sql           string // "" until the types of the arrays are known
}

// pluralOf gives the plural of a statement, or nil when it has none. An insert has one that breaks a unique index
// or writes its row, and nothing else; an update that finds its row by plain comparisons.
func pluralOf(sql string) *plural {
	if strings.Contains(sql, "SELECT") || strings.Contains(sql, "ON CONFLICT") || strings.Contains(sql, "RETURNING") {
		return nil
	}
	named := strings.ReplaceAll(sql, "$", "given.p")
	if into, values, found := strings.Cut(named, "VALUES ("); found && strings.HasPrefix(sql, "INSERT") {
		return &plural{before: into + "SELECT " + strings.TrimSuffix(values, ")") + " FROM "}
	}
	if set, where, found := strings.Cut(named, " WHERE "); found && strings.HasPrefix(sql, "UPDATE") {
		// The count makes the database itself refuse to go on when a row was not there, so that COMMIT may follow at once.
		return &plural{update: true, before: "WITH hit AS (" + set + " FROM ",
			after: " WHERE " + where + " RETURNING 1) SELECT 1 / (count(*) = cardinality($1))::int FROM hit"}
	}
	return nil
}

// complete writes the arrays out, once the database has said of what types the parameters are.
func (p *plural) complete(types *pgtype.Map, params []uint32) {
	var arrays, names []string
	for i, oid := range params {
		n := strconv.Itoa(i + 1)
		if t, ok := types.TypeForOID(oid); ok {
			arrays = append(arrays, "$"+n+"::"+t.Name+"[]")
		}
		names = append(names, "p"+n)
	}
	p.sql = p.before + "unnest(" + strings.Join(arrays, ", ") + ") AS given(" + strings.Join(names, ", ") + ")" + p.after
}

// joins says whether a write may go with its like, and in any order with those of other kinds that may: it writes one row,
// which must be there or must not, or the transaction fails.
func (w *write) joins() bool { return w.plural != nil && (w.must || !w.plural.update) }

// sending is one statement on its way, for one write or for several.
type sending struct {
	sql    string
	args   []any
	writes []write
	must   bool // it must write a row, which is for us to see: the statement does not
}

// together makes statements of what waits, as few as may be: those that join move forward to their like, and none past a
// write that does not. final makes the database see to all that must be, where it can.
func (e *engine) together(final bool) ([]*sending, error) {
	var list []*sending
	open := map[*plural]*sending{}
	for _, w := range e.waiting {
		p := w.plural
		if !w.joins() {
			clear(open)
			list = append(list, &sending{sql: w.sql, args: w.args, must: w.must})
			continue
		}
		if open[p] == nil {
			open[p] = &sending{}
			list = append(list, open[p])
		}
		open[p].writes = append(open[p].writes, w)
	}
	for _, s := range list {
		if err := e.phrase(s, final); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// phrase gives a statement its text: the plural one if it is for several writes.
func (e *engine) phrase(s *sending, final bool) error {
	if len(s.writes) == 0 {
		return nil
	}
	first := s.writes[0]
	if len(s.writes) == 1 && !(final && first.must) {
		s.sql, s.args, s.must = first.sql, first.args, first.must
		return nil
	}
	if first.plural.sql == "" {
		ctx, cancel := e.trip()
		defer cancel()
		described, err := e.c.PgConn().Prepare(ctx, "", first.sql, nil)
		if err != nil {
			return err
		}
		first.plural.complete(e.c.TypeMap(), described.ParamOIDs)
	}
	s.sql, s.args = first.plural.sql, make([]any, len(first.args))
	for i := range first.args {
		s.args[i] = array{s.writes, i}
	}
	return nil
}

// array is what some writes have for one parameter, as an array of the database. It implements pgtype.ArrayGetter.
type array struct {
	writes []write
	param  int
}

func (a array) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(a.writes)), LowerBound: 1}}
}

// GoString keeps what is written out of messages.
func (a array) GoString() string { return "array" }

func (a array) Index(i int) any { return a.writes[i].args[a.param] }
func (a array) IndexType() any  { return a.writes[0].args[a.param] }
