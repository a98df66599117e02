package audit_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// evidence is what auditors have of a sandbox in which a good deal happened.
type evidence struct {
	database []byte // a backup
	heads    string // as they were appended to a file
	key      string
	exports  map[audit.Scope][]byte
}

// life is one sandbox, in which things happen at random.
type life struct {
	t      testing.TB
	op     *switchboard.Operator
	r      *rand.Rand
	agents []string
	blocks []string
}

// services have every rule of review.
var services = []string{"1", "43", "45", "59"}

// liveOn lets so many random things happen, and has the log signed now and then.
func (l *life) liveOn(n int) {
	for i := range n {
		l.step()
		if i%97 == 0 {
			l.must(l.op.LogHead(l.t.Context()))
		}
	}
}

func (l *life) must(_ any, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// step does something that may be refused: not every command is possible in every state.
func (l *life) step() {
	ctx, code := l.t.Context(), l.agents[l.r.IntN(len(l.agents))]
	service := services[l.r.IntN(len(services))]
	reason := fmt.Sprintf("reason %d – कारण", l.r.IntN(1000))
	switch n := l.r.IntN(12); n {
	case 0:
		_, _ = l.op.SetStanding(ctx, code, switchboard.NewStanding{Standing: []string{"open", "suspended"}[l.r.IntN(2)], Reason: reason})
	case 1:
		b, err := l.op.PlaceBlock(ctx, switchboard.NewBlock{Agent: code, Service: []string{"", service}[l.r.IntN(2)], Owner: "fraud", Reason: reason})
		l.must(b, err)
		l.blocks = append(l.blocks, b.ID)
	case 2:
		if len(l.blocks) > 0 {
			_, _ = l.op.LiftBlock(ctx, l.blocks[l.r.IntN(len(l.blocks))], switchboard.BlockLift{Reason: reason})
		}
	default:
		command := []string{"activate", "activate", "activate", "deactivate", "deactivate", "approve", "reject"}[l.r.IntN(7)]
		_, _ = l.op.ChangeService(ctx, code, service, command, switchboard.ServiceCommand{Comment: reason})
	}
}

// gather lets a sandbox live and takes the evidence.
func gather(t testing.TB, steps int) *evidence {
	t.Helper()
	heads := filepath.Join(t.TempDir(), "heads.txt")
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.LogHeadsFile = heads }})
	l := &life{t: t, op: a.Operator, r: rand.New(rand.NewPCG(1, 2))}
	partners, err := a.Operator.Partners(t.Context())
	l.must(partners, err)
	for i := range 12 {
		n := switchboard.NewAgent{Partner: partners[0].ID, UserCode: fmt.Sprintf("agent-%d", i), Profile: switchboard.Profile{Mobile: fmt.Sprintf("90000000%02d", i)}}
		l.must(a.Operator.AddAgent(t.Context(), n))
		l.agents = append(l.agents, n.UserCode)
	}
	l.liveOn(steps)
	e := &evidence{exports: map[audit.Scope][]byte{}}
	e.take(t, a, l)
	a.Stop(t) // which has written the heads
	if b, err := os.ReadFile(heads); err == nil {
		e.heads = string(b)
	}
	return e
}

func (e *evidence) take(t testing.TB, a *apptest.App, l *life) {
	t.Helper()
	k, err := a.Operator.LogKey(t.Context())
	l.must(k, err)
	e.key = k.Key
	span := switchboard.ExportQuery{}
	proof, err := a.Operator.EventProof(t.Context(), 20)
	l.must(proof, err)
	p, err := audit.ParseProof(proof)
	l.must(p, err)
	proven, err := p.Check(audit.Keys{})
	l.must(proven, err)
	span.Since = proven.Event.Cause.At
	for scope, q := range map[audit.Scope]switchboard.ExportQuery{audit.All: {}, audit.Span: span, audit.Chain: {Agent: l.agents[0]}} {
		e.exports[scope] = l.read(a.Operator.Export(t.Context(), q))
	}
	in, _, err := a.Operator.Backup(t.Context())
	e.database = l.read(in, err)
}

func (l *life) read(in io.ReadCloser, err error) []byte {
	l.t.Helper()
	l.must(in, err)
	defer in.Close()
	b, err := io.ReadAll(in)
	l.must(b, err)
	return b
}

// edit opens a database file, does fn and closes it. ok is what fn says.
func edit(t testing.TB, path string, fn func(*sqlite.Conn) bool) (ok bool) {
	t.Helper()
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := sqlitex.ExecuteTransient(c, "PRAGMA journal_mode = OFF", nil); err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(c, "PRAGMA synchronous = OFF", nil); err != nil {
		t.Fatal(err)
	}
	return fn(c)
}

// exec runs a statement; ok says that it went through and changed something.
func exec(c *sqlite.Conn, sql string, args ...any) (ok bool) {
	return sqlitex.ExecuteTransient(c, sql, &sqlitex.ExecOptions{Args: args}) == nil && c.Changes() > 0
}

// one reads one column of one row.
func one(t testing.TB, c *sqlite.Conn, read func(*sqlite.Stmt), sql string, args ...any) {
	t.Helper()
	err := sqlitex.ExecuteTransient(c, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: func(s *sqlite.Stmt) error { read(s); return nil }})
	if err != nil {
		t.Fatal(err)
	}
}

func lines(b []byte) [][]byte { return bytes.SplitAfter(b, []byte{'\n'}) }
