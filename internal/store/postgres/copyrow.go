package postgres

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// Table is a table that can be filled from another store.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // the columns of the primary key, in its order: texts and numbers
}

// Column is a column of a table.
type Column struct {
	Name string
	Type string // as the catalogue has it: int8, text
}

// names lists names as they stand in statements.
func names(list []string) string {
	quoted := make([]string, len(list))
	for i, name := range list {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}

// ColumnNames gives the names of the columns.
func (t *Table) ColumnNames() []string {
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = c.Name
	}
	return list
}

// copySQL is the statement that takes rows as AppendRow writes them.
func (t *Table) copySQL() string {
	return "COPY " + names([]string{t.Name}) + " (" + names(t.ColumnNames()) + ") FROM STDIN BINARY"
}

// copyHeader begins rows in binary: the signature, no flags, no extension. copyTrailer ends them.
const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTrailer = "\xff\xff"
)

// AppendRow appends the row that a statement stands on, which gives the columns in their order. Nothing is made of a value on the
// way: the database's form of it is written where it will be sent from.
func (t *Table) AppendRow(b []byte, row tables.Stmt) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, uint16(len(t.Columns)))
	for i := range t.Columns {
		switch t.Columns[i].Type {
		case "int8":
			b = binary.BigEndian.AppendUint32(b, 8)
			b = binary.BigEndian.AppendUint64(b, uint64(row.ColumnInt64(i)))
		case "int2":
			b = binary.BigEndian.AppendUint32(b, 2)
			b = binary.BigEndian.AppendUint16(b, uint16(row.ColumnInt64(i)))
		case "float8":
			b = binary.BigEndian.AppendUint32(b, 8)
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(row.ColumnFloat(i)))
		case "bytea", "text":
			n := row.ColumnLen(i)
			b = binary.BigEndian.AppendUint32(b, uint32(n))
			b = append(b, make([]byte, n)...) // makes room, and no slice
			value := b[len(b)-n:]
			if row.ColumnBytes(i, value); t.Columns[i].Type == "text" && !storableBytes(value) {
				return b, t.unstorable(i, row)
			}
		default:
			return b, fault.New(fault.Internal, "Column %s of table %s has a type that is not copied: %s.", t.Columns[i].Name, t.Name, t.Columns[i].Type)
		}
	}
	return b, nil
}

// storableBytes is storable of a text's bytes.
func storableBytes(v []byte) bool { return bytes.IndexByte(v, 0) < 0 && utf8.Valid(v) }

// KeyOf gives the key of the row that a statement stands on, as Progress has it.
func (t *Table) KeyOf(row tables.Stmt) ([]json.RawMessage, error) {
	key := make([]json.RawMessage, len(t.Key))
	for i, name := range t.Key {
		col := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		var value any = row.ColumnText(col)
		if t.Columns[col].Type != "text" {
			value = row.ColumnInt64(col)
		}
		var err error
		if key[i], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return key, nil
}

func (t *Table) unstorable(col int, row tables.Stmt) error {
	key, err := t.KeyOf(row)
	if err != nil {
		return err
	}
	return fault.New(fault.Invalid, "Column %s of table %s has a text that PostgreSQL cannot keep, with the character 0 or bytes that are no UTF-8, in the row %s: change it there by a command, and copy again.",
		t.Columns[col].Name, t.Name, key)
}
