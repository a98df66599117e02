package switchboard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/switchboard-platform/switchboard"

// imports says which packages of this module a package may import, its tests aside. "." is the
// root; the rest are paths below internal, or below the root when they begin with a dot. What is not
// here may not be imported: a new package gets a line, and a reason for each new word in it.
var imports = map[string][]string{
	".": {"sign"},

	// The domain is pure: old state, command and time in, new state and event out.
	"fault":   {},
	"event":   {},
	"geo":     {},
	"block":   {"event", "fault"},
	"access":  {"block", "event", "fault"},
	"agent":   {"block", "event", "fault", "geo"},
	"network": {"fault"},
	"partner": {"agent", "event", "fault", "network"},
	"plan":    {"agent", "block", "event", "fault"},
	"member":  {"event", "fault"},
	"channel": {"event", "fault", "network"},
	"term":    {},
	"sign":    {"fault", "partner", "secret"},
	"webhook": {"event", "fault"},
	"audit":   {"agent", "event", "fault"},

	// Small tools know nothing of the business.
	"secret":  {"fault"},
	"limit":   {},
	"origin":  {},
	"sandbox": {},
	"socket":  {},
	"passkey": {"access", "fault"},
	"openid":  {"access", "fault", "secret"},
	"config":  {"fault", "secret"},

	// A store knows the domain, and the use cases know a store by its interface alone.
	"store":           {"access", "agent", "audit", "block", "channel", "event", "fault", "member", "partner", "plan", "webhook"},
	"store/group":     {"fault", "store"},
	"store/tables":    {"access", "agent", "audit", "block", "channel", "event", "fault", "member", "network", "partner", "plan", "store", "webhook"},
	"store/sqlite":    {"agent", "block", "fault", "member", "store", "store/group", "store/tables"},
	"store/postgres":  {"agent", "block", "fault", "member", "sign", "store", "store/group", "store/tables"},
	"store/transfer":  {"fault", "store/postgres", "store/sqlite", "store/tables"},
	"pgtest":          {},
	"pgtest/citus":    {"pgtest", "store/postgres"},
	"pgtest/with":     {"pgtest", "pgtest/citus"},
	"store/storetest": {"access", "agent", "audit", "block", "channel", "event", "fault", "member", "network", "partner", "plan", "store", "webhook"},
	"registry": {"access", "agent", "audit", "block", "channel", "event", "fault", "geo", "limit", "member", "network", "openid", "partner", "passkey", "plan", "sandbox", "secret", "sign", "store", "term",
		"webhook"},

	// Dialects decode, call one use case and encode. They know the store's types, not a store.
	"rowfile":         {"fault"},
	"webhook/courier": {".", "feed", "registry", "secret", "sign", "webhook"},
	"webhook/wire":    {".", "fault", "registry", "store", "webhook"},
	"jsontext":        {},
	"atlas":           {"agent", "event", "fault", "geo", "registry", "store"},
	"answer":          {".", "fault", "jsontext"},
	"body":            {"fault"},
	"agentfile":       {"agent", "fault", "registry", "rowfile"},
	"memberfile":      {"fault", "member", "registry", "rowfile"},
	"trail":           {"."},
	"feed":            {".", "event", "webhook"},
	"gate":            {"fault", "limit", "origin", "partner", "registry", "secret", "sign", "store", "trail"},
	"eps":             {"agent", "body", "event", "fault", "gate", "jsontext", "limit", "origin", "partner", "registry", "store", "trail"},
	"partnerapi":      {".", "access", "answer", "block", "body", "event", "fault", "feed", "gate", "limit", "origin", "partner", "registry", "store", "trail", "webhook/wire"},
	"decision":        {"access", "agent", "answer", "body", "fault", "gate", "jsontext", "limit", "origin", "registry", "store", "trail"},
	"mobileapi":       {"body", "channel", "event", "fault", "jsontext", "limit", "member", "origin", "registry", "secret", "store"},
	"admin": {".", "access", "agent", "agentfile", "answer", "atlas", "audit", "block", "channel", "decision", "event", "fault", "limit", "member", "memberfile", "network", "origin", "partner", "plan", "registry",
		"secret", "store", "trail", "feed", "webhook/wire"},

	// The console is a client of the operator's API like any other, only in the same process.
	"console": {".", "answer", "fault", "origin"},

	// The app wires everything; a command talks to it through the operator's client.
	"app": {".", "admin", "agent", "atlas", "audit", "config", "console", "decision", "eps", "event", "fault", "gate", "limit", "member", "mobileapi", "openid", "origin", "partnerapi", "passkey", "registry", "secret", "sign",
		"socket", "store", "store/postgres", "store/sqlite", "store/transfer", "trail", "webhook", "webhook/courier"},
	"./cmd/switchboard": {".", "agentfile", "app", "audit", "config", "fault", "memberfile", "sandbox", "secret", "sign", "socket"},

	// Tests and measurements.
	"openid/openidtest":   {},
	"passkey/passkeytest": {},
	"secret/secrettest":   {"secret"},
	"apptest":             {".", "app", "config", "pgtest", "pgtest/citus", "sandbox", "secret", "socket"},
	"crashtest":           {},
	"desktest":            {},
	"failovertest":        {},
	"lineartest":          {},
	"./bench":             {"pgtest"}, // sees the server from outside
	"./deploy":            {},         // files for operators; its tests alone are Go

	// Programs that make what is committed.
	"geo/outlinegen": {},
	"console/mapgen": {},
}

// pure are the packages that know no context, clock, network, disk, database or log.
var pure = []string{"fault", "event", "geo", "block", "access", "agent", "network", "partner", "plan", "member", "channel", "sign", "audit", "term", "webhook"}

// impure are the packages of the standard library that pure ones keep away from; net/netip, which
// only calculates, is not one.
var impure = []string{"context", "database", "log", "net", "os", "syscall", "testing"}

// clock are the functions of package time that read the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// owners says who alone imports what from outside this module: a prefix of the import path, and
// the packages that may.
var owners = map[string][]string{
	"zombiezen.com/go/sqlite":         {"store/sqlite", "./bench"},
	"github.com/jackc/pgx/v5":         {"store/postgres", "pgtest", "pgtest/citus", "./bench"},
	"github.com/gofrs/flock":          {"store/sqlite"},
	"github.com/prometheus":           {"app"},
	"golang.org/x/mod":                {"audit"},
	"golang.org/x/sync":               {"app"},
	"golang.org/x/sys":                {"app", "store/postgres", "./bench"},
	"github.com/rs/xid":               {"admin", "decision", "eps", "mobileapi", "partnerapi", "pgtest", "pgtest/citus", "registry", "store/postgres"},
	"github.com/BurntSushi/toml":      {"config"},
	"github.com/tink-crypto":          {"secret"},
	"github.com/hashicorp/golang-lru": {"limit"},
	"golang.org/x/time":               {"limit"},
	"github.com/chromedp":             {"desktest"}, // for tests alone
	"golang.org/x/text":               {"console", "term"},
	"golang.org/x/term":               {"./cmd/switchboard"},
	"github.com/mattn/go-isatty":      {"./cmd/switchboard"},
	"github.com/schollz/progressbar":  {"./cmd/switchboard"},
	"golang.org/x/crypto":             {"secret", "./bench"},
	"github.com/go-webauthn/webauthn": {"passkey"},
	"github.com/coreos/go-oidc":       {"openid"},
	"golang.org/x/oauth2":             {"openid"},
	"github.com/descope":              {"passkey/passkeytest"}, // for tests
	"github.com/zitadel/oidc":         {"openid/openidtest"},   // for tests
	"net/http":                        {".", "admin", "answer", "app", "body", "console", "decision", "eps", "gate", "mobileapi", "openid", "openid/openidtest", "origin", "partnerapi", "./cmd/switchboard", "./bench", "webhook/courier"},
	"testing":                         {"apptest", "desktest", "openid/openidtest", "passkey/passkeytest", "pgtest", "pgtest/citus", "secret/secrettest", "store/storetest"},
	"pgregory.net/rapid":              {}, // tests alone
	"github.com/standard-webhooks":    {}, // tests alone
	"go.yaml.in/yaml":                 {}, // tests alone
	"database/sql":                    {},
}

// maxLines is the longest file that is not a test.
const maxLines = 600

// source is one Go file.
type source struct {
	path  string // from the root, with slashes
	pkg   string // its package, as in imports
	file  *ast.File
	lines int
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) imports() (list []string) {
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value) // the parser took it
		list = append(list, p)
	}
	return list
}

// sources reads every Go file of the module.
func sources(t *testing.T) (all []source) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." && (base == "testdata" || base == "node_modules" || name == "bench/out" || strings.HasPrefix(base, ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all = append(all, source{name, packageOf(path.Dir(name)), f, strings.Count(string(text), "\n")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

// packageOf spells a directory, or an import path below the module, as the tables do.
func packageOf(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "internal/"); ok {
		return rest
	}
	if dir == "." || dir == "" {
		return "."
	}
	return "./" + dir
}

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range sources(t) {
		seen[s.pkg] = true
		allowed, ok := imports[s.pkg]
		if !ok {
			t.Errorf("%s: package %s has no line in the table of imports", s.path, s.pkg)
			continue
		}
		for _, p := range s.imports() {
			ours, is := strings.CutPrefix(p+"/", module+"/")
			if short := packageOf(strings.TrimSuffix(ours, "/")); is && !s.test() && !slices.Contains(allowed, short) {
				t.Errorf("%s: package %s may not import %s", s.path, s.pkg, short)
			}
		}
	}
	for pkg, list := range imports {
		for _, p := range append(list, pkg) {
			if !seen[p] {
				t.Errorf("the table of imports names %s at %s, which does not exist", p, pkg)
			}
		}
	}
}

func TestImportsFromOutside(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, p := range s.imports() {
			if p == "C" {
				t.Errorf("%s: what is shipped has no cgo", s.path)
			}
			if s.test() {
				continue
			}
			first, _, _ := strings.Cut(p, "/")
			owner, owned := ownersOf(p)
			switch {
			case owned && !slices.Contains(owner, s.pkg):
				t.Errorf("%s: %s is imported by %v alone", s.path, p, owner)
			case !owned && strings.Contains(first, ".") && !strings.HasPrefix(p, module):
				t.Errorf("%s: %s has no owner in the table", s.path, p)
			case slices.Contains(pure, s.pkg) && slices.Contains(impure, first) && p != "net/netip":
				t.Errorf("%s: a pure package does not import %s", s.path, p)
			}
		}
	}
}

// ownersOf gives who may import a path.
func ownersOf(importPath string) (list []string, ok bool) {
	for prefix, list := range owners {
		if importPath == prefix || strings.HasPrefix(importPath, prefix+"/") {
			return list, true
		}
	}
	return nil, false
}

func TestPurePackagesHaveNoClock(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test() || !slices.Contains(pure, s.pkg) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(clock, sel.Sel.Name) {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == timeName(s.file) {
				t.Errorf("%s: time.%s: a pure package is told the time", s.path, sel.Sel.Name)
			}
			return true
		})
	}
}

// timeName is what a file calls package time; "" when it does not import it.
func timeName(f *ast.File) string {
	for _, i := range f.Imports {
		if i.Path.Value == `"time"` && i.Name != nil {
			return i.Name.Name
		}
		if i.Path.Value == `"time"` {
			return "time"
		}
	}
	return ""
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	packages := map[string]bool{}
	for _, s := range sources(t) {
		packages[s.pkg] = true
		if s.file.Doc == nil {
			continue
		}
		if path.Base(s.path) != "doc.go" {
			t.Errorf("%s: the comment of a package stands in doc.go, and nowhere else", s.path)
		}
		documented[s.pkg] = true
	}
	for p := range packages {
		if !documented[p] {
			t.Errorf("package %s has no comment in a doc.go", p)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if !s.test() && s.lines > maxLines {
			t.Errorf("%s has %d lines: split it at %d", s.path, s.lines, maxLines)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init functions: what happens at the start is written in main", s.path)
			}
		}
	}
}
