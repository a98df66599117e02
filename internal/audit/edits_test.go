package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zombiezen.com/go/sqlite"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/audit"
)

// How many random edits are made, by so many at a time: ten thousand in all.
const (
	editors       = 2
	databaseEdits = 2000 // each
	fileEdits     = 3000 // each
)

// edits says how many of n edits are made.
func edits(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

// TestEdits: whatever anybody changes in a database or in an exported file of it is found.
func TestEdits(t *testing.T) {
	t.Parallel()
	e := evidenceWithout(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(editors) {
		t.Run(fmt.Sprintf("database %d", i), func(t *testing.T) {
			t.Parallel()
			editDatabases(t, e, rand.New(rand.NewPCG(seed, i)))
		})
		t.Run(fmt.Sprintf("export %d", i), func(t *testing.T) {
			t.Parallel()
			editExports(t, e, rand.New(rand.NewPCG(seed, editors+i)))
		})
	}
}

// evidenceWithout gives evidence in which nothing was altered, and makes sure of that.
func evidenceWithout(t *testing.T) *evidence {
	t.Helper()
	e := gather(t, 1500)
	path := filepath.Join(t.TempDir(), "whole.db")
	e.write(t, path)
	edit(t, path, func(*sqlite.Conn) bool { return true }) // leaves the file without a write-ahead log
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e.database = b
	r, err := e.verify(t.Context(), path, true)
	if err != nil || !r.OK || r.Events < 500 || r.Blocks < 1 || r.External < 4 || r.Heads != 2*r.External {
		t.Fatalf("the whole database: %+v, %v", r, err)
	}
	for scope, text := range e.exports {
		if report, err := e.check(text); err != nil || !report.OK() || report.Events < 20 {
			t.Fatalf("the whole export of %s: %+v, %v", scope, report, err)
		}
	}
	return e
}

func (e *evidence) write(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, e.database, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (e *evidence) verify(ctx context.Context, path string, replay bool) (switchboard.AuditReport, error) {
	return app.VerifyFile(ctx, path, app.Audit{Keys: []string{e.key}, Heads: audit.SplitHeads(e.heads), Replay: replay})
}

func (e *evidence) check(export []byte) (*audit.Report, error) {
	keys, err := audit.ParseKeys([]string{e.key})
	if err != nil {
		return nil, err
	}
	r, _, err := audit.File{Keys: keys, Heads: audit.SplitHeads(e.heads)}.Check(bytes.NewReader(export))
	return r, err
}

// editDatabases makes one random edit after the other, each in a fresh copy.
func editDatabases(t *testing.T, e *evidence, r *rand.Rand) {
	path := filepath.Join(t.TempDir(), "edited.db")
	made := map[string]int{}
	for range edits(databaseEdits) {
		e.write(t, path)
		what := ""
		for what == "" { // some edits hit a constraint, and change nothing
			edit(t, path, func(c *sqlite.Conn) bool {
				what = (&editor{t, c, r}).edit()
				return what != ""
			})
		}
		made[what]++
		if report, err := e.verify(t.Context(), path, false); err == nil && report.OK {
			t.Fatalf("not found: %s", what)
		}
	}
	t.Log(made)
}

// editor makes one edit of a database.
type editor struct {
	t *testing.T
	c *sqlite.Conn
	r *rand.Rand
}

// heads are the tables whose rows keep the head of a chain, with their keys.
var headTables = []string{"agents", "activations", "partners", "services", "members", "channels"}

// edit makes a random edit and says which; "" when the database does not permit it.
func (x *editor) edit() (what string) {
	ok := false
	switch n := x.r.IntN(20); {
	case n < 8:
		column := []string{"seq", "prev", "subject_kind", "subject_id", "version", "kind", "service_code", "actor", "key",
			"address", "request_id", "at", "data", "hash"}[x.r.IntN(14)]
		what, ok = "a bit of events."+column, x.flip("events", column, x.rowOf("events"))
	case n < 10:
		what, ok = "an event deleted", exec(x.c, "DELETE FROM events WHERE rowid = ?", x.rowOf("events"))
	case n == 10:
		what, ok = "events swapped", x.swap()
	case n == 11:
		what, ok = "an event added", x.add()
	case n == 12:
		what, ok = "the tail cut", x.cut()
	case n < 15:
		table, column := headTables[x.r.IntN(len(headTables))], []string{"version", "seq", "hash"}[x.r.IntN(3)]
		what, ok = "a bit of "+table+"."+column, x.flipHead(table, column)
	case n == 15:
		column := []string{"status", "verification", "effective_from", "effective_until", "verify_by"}[x.r.IntN(5)]
		what, ok = "a bit of activations."+column, x.flipHead("activations", column)
	case n == 16:
		what, ok = "an activation taken back", x.takeBack()
	case n == 17:
		column := []string{"head", "size", "root", "at", "note"}[x.r.IntN(5)]
		what, ok = "a bit of log_heads."+column, x.flip("log_heads", column, x.rowOf("log_heads"))
	case n == 18:
		column := []string{"block", "hash"}[x.r.IntN(2)]
		what, ok = "a bit of log_blocks."+column, x.flip("log_blocks", column, x.rowOf("log_blocks"))
	default:
		table := headTables[x.r.IntN(len(headTables))]
		what, ok = "a row of "+table+" deleted", exec(x.c, "DELETE FROM "+table+" WHERE hash = ?", x.hashOf(table))
	}
	if !ok {
		return ""
	}
	return what
}

// rowOf gives the number of a random row.
func (x *editor) rowOf(table string) (id int64) {
	one(x.t, x.c, func(s *sqlite.Stmt) { id = s.ColumnInt64(0) },
		"SELECT rowid FROM "+table+" ORDER BY rowid LIMIT 1 OFFSET abs(?) % (SELECT count(*) FROM "+table+")", x.r.Int64N(1<<40))
	return id
}

// hashOf gives the head's hash of a random row, by which the row is known.
func (x *editor) hashOf(table string) (hash []byte) {
	one(x.t, x.c, func(s *sqlite.Stmt) { hash = make([]byte, s.ColumnLen(0)); s.ColumnBytes(0, hash) },
		"SELECT hash FROM "+table+" ORDER BY hash LIMIT 1 OFFSET abs(?) % (SELECT count(*) FROM "+table+")", x.r.Int64N(1<<40))
	return hash
}

// flip changes one bit of a column in the row with a number.
func (x *editor) flip(table, column string, row int64) bool {
	return x.change(table, column, "rowid", row)
}

func (x *editor) flipHead(table, column string) bool {
	return x.change(table, column, "hash", x.hashOf(table))
}

func (x *editor) change(table, column, by string, row any) (ok bool) {
	var to any
	cast := "?"
	one(x.t, x.c, func(s *sqlite.Stmt) {
		if s.ColumnType(0) == sqlite.TypeInteger {
			to = s.ColumnInt64(0) ^ 1<<x.r.IntN(63)
			return
		}
		b := make([]byte, s.ColumnLen(0))
		s.ColumnBytes(0, b)
		if len(b) == 0 {
			b = []byte{'x'}
		} else {
			b[x.r.IntN(len(b))] ^= 1 << x.r.IntN(8)
		}
		if to = b; s.ColumnType(0) == sqlite.TypeText {
			cast = "CAST(? AS TEXT)"
		}
	}, "SELECT "+column+" FROM "+table+" WHERE "+by+" = ?", row)
	return exec(x.c, "UPDATE "+table+" SET "+column+" = "+cast+" WHERE "+by+" = ?", to, row)
}

// swap lets two events change places.
func (x *editor) swap() bool {
	a, b := x.rowOf("events"), x.rowOf("events")
	return a != b && exec(x.c, "UPDATE events SET seq = -1 WHERE seq = ?", a) &&
		exec(x.c, "UPDATE events SET seq = ? WHERE seq = ?", a, b) && exec(x.c, "UPDATE events SET seq = ? WHERE seq = -1", b)
}

// add adds the copy of an event at the end, or in the place of one of which it makes room.
func (x *editor) add() bool {
	from := x.rowOf("events")
	to := "(SELECT max(seq) + 1 FROM events)"
	if x.r.IntN(2) == 0 {
		at := fmt.Sprint(x.rowOf("events"))
		to = at
		if !exec(x.c, "UPDATE events SET seq = -seq WHERE seq >= "+at) || !exec(x.c, "UPDATE events SET seq = 1 - seq WHERE seq < 0") {
			return false
		}
		if f := from; f >= x.int("SELECT "+at) {
			from = f + 1
		}
	}
	return exec(x.c, `INSERT INTO events SELECT `+to+`, prev, subject_kind, subject_id, version, kind, service_code, actor, key, address,
 request_id, at, data, hash FROM events WHERE seq = ?`, from)
}

func (x *editor) int(sql string) (n int64) {
	one(x.t, x.c, func(s *sqlite.Stmt) { n = s.ColumnInt64(0) }, sql)
	return n
}

// cut takes the last events away, with every head and block that covers one of them.
func (x *editor) cut() bool {
	from := x.rowOf("events")
	if !exec(x.c, "DELETE FROM events WHERE seq >= ?", from) {
		return false
	}
	if x.r.IntN(2) == 0 {
		exec(x.c, "DELETE FROM log_heads WHERE size >= ?", from)
		exec(x.c, "DELETE FROM log_blocks WHERE 256 * block + 256 >= ?", from)
	}
	return true
}

// takeBack brings the row of an activation back to what an earlier event made of it, head and all.
func (x *editor) takeBack() (ok bool) {
	hash := x.hashOf("activations")
	var seq, version int64
	var older []byte
	one(x.t, x.c, func(s *sqlite.Stmt) {
		seq, version, older = s.ColumnInt64(0), s.ColumnInt64(1), make([]byte, 32)
		s.ColumnBytes(2, older)
	}, `SELECT e.seq, e.version, e.hash FROM activations a JOIN events e ON e.subject_id = a.user_code AND e.service_code = a.service_code
 AND e.kind LIKE 'activation.%' AND e.seq < a.seq WHERE a.hash = ? ORDER BY e.seq DESC LIMIT 1`, hash)
	return seq > 0 && exec(x.c, "UPDATE activations SET seq = ?, version = ?, hash = ? WHERE hash = ?", seq, version, older, hash)
}

// editExports makes random edits of exported files.
func editExports(t *testing.T, e *evidence, r *rand.Rand) {
	scopes := []audit.Scope{audit.All, audit.Span, audit.Chain}
	for range edits(fileEdits) {
		scope := scopes[r.IntN(len(scopes))]
		edited, what := editExport(r, e.exports[scope])
		if bytes.Equal(edited, e.exports[scope]) {
			continue // two lines that are the same changed places, say
		}
		if report, err := e.check(edited); err == nil && report.OK() {
			t.Fatalf("not found in the export of %s: %s", scope, what)
		}
	}
}

func editExport(r *rand.Rand, whole []byte) (edited []byte, what string) {
	edited, all := bytes.Clone(whole), lines(whole)
	all = all[:len(all)-1] // nothing stands behind the last end of a line
	i, j := r.IntN(len(all)), r.IntN(len(all))
	switch r.IntN(8) {
	case 0:
		return bytes.Join(slices.Delete(all, i, i+1), nil), fmt.Sprintf("line %d deleted", i+1)
	case 1:
		return bytes.Join(slices.Insert(all, i, all[i]), nil), fmt.Sprintf("line %d doubled", i+1)
	case 2:
		all[i], all[j] = all[j], all[i]
		return bytes.Join(all, nil), fmt.Sprintf("lines %d and %d swapped", i+1, j+1)
	case 3:
		n := r.IntN(len(whole))
		return edited[:n], fmt.Sprintf("cut after byte %d", n)
	}
	n, bit := r.IntN(len(whole)), r.IntN(8)
	edited[n] ^= 1 << bit
	return edited, fmt.Sprintf("bit %d of byte %d", bit, n)
}

// TestCutWithEverything: when the last events are gone together with the heads and the rows that tell of them,
// heads that were kept elsewhere still do, and nothing else can.
func TestCutWithEverything(t *testing.T) {
	t.Parallel()
	e := gather(t, 0) // the last events are those of agents who were onboarded and no more
	path := filepath.Join(t.TempDir(), "cut.db")
	e.write(t, path)
	edit(t, path, func(c *sqlite.Conn) bool {
		last := (&editor{t, c, nil}).int("SELECT max(seq) FROM events")
		return exec(c, "DELETE FROM agents WHERE seq = ?", last) && exec(c, "DELETE FROM events WHERE seq = ?", last) &&
			exec(c, "DELETE FROM log_heads WHERE size = ?", last)
	})
	if r, err := e.verify(t.Context(), path, false); err != nil || r.OK {
		t.Errorf("it is not found: %+v, %v", r, err)
	}
	e.heads = ""
	if r, err := e.verify(t.Context(), path, false); err != nil || !r.OK {
		t.Errorf("without the heads it is found, and the test is of no use: %+v, %v", r, err)
	}
}

// TestHeadsEmptied: without any head nothing shows that all was written anew, so that there must be one.
func TestHeadsEmptied(t *testing.T) {
	t.Parallel()
	e := gather(t, 0)
	path := filepath.Join(t.TempDir(), "emptied.db")
	e.write(t, path)
	e.heads = ""
	if r, err := e.verify(t.Context(), path, false); err != nil || !r.OK {
		t.Fatalf("before: %+v, %v", r, err)
	}
	edit(t, path, func(c *sqlite.Conn) bool {
		exec(c, "DELETE FROM log_blocks")
		return exec(c, "DELETE FROM log_heads")
	})
	if r, err := e.verify(t.Context(), path, false); err != nil || r.OK {
		t.Errorf("it is not found: %+v, %v", r, err)
	}
}
