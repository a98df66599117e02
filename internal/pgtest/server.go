package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL is not installed: on Debian, apt-get install postgresql")

// Server is a running PostgreSQL server.
type Server struct {
	url *url.URL // of a database in which others can be made

	process *exec.Cmd // nil for one that was there
	dir     string
	log     *os.File
}

// Start starts a server in a directory of its own, with settings like fsync=on besides ours. It ends with this process.
func Start(settings ...string) (s *Server, err error) {
	programs := Programs()
	if programs == "" {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp("", "pg") // short, as a socket's address has to be
	if err != nil {
		return nil, err
	}
	s = &Server{dir: dir, url: &url.URL{Scheme: "postgres", User: url.User("switchboard"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	as, err := stepDown(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", data, "-U", "switchboard", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	s.process = exec.Command(filepath.Join(programs, "postgres"), arguments(data, dir, settings)...)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	s.process.SysProcAttr, s.process.Dir = as, dir
	if err := s.process.Start(); err != nil {
		s.process = nil
		return nil, err
	}
	return s, s.await()
}

// arguments are those of a server of which nothing is to outlive the machine.
func arguments(data, dir string, settings []string) []string {
	args := []string{"-D", data, "-k", dir}
	for _, set := range append([]string{"listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=500"}, settings...) {
		args = append(args, "-c", set)
	}
	return args
}

// Stop ends the server at once, and removes what it had.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Process.Signal(syscall.SIGQUIT)
		_ = s.process.Wait()
	}
	if s.log != nil {
		_ = s.log.Close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// Log is what the server has said so far.
func (s *Server) Log() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(b[max(0, len(b)-4000):])
}

// URL is the address of a database in which others can be made.
func (s *Server) URL() string { return s.url.String() }

// Programs finds the directory of the server's programs, "" when there is none: Debian keeps them out of PATH.
func Programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// stepDown says as whom to run: PostgreSQL refuses to be run by root.
func stepDown(dir string) (*syscall.SysProcAttr, error) {
	as := endWithUs()
	if os.Getuid() != 0 {
		return as, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return as, os.Chown(dir, uid, gid)
	}
	return nil, errors.New("there is no user postgres or nobody to run PostgreSQL as")
}

// startAtMost bounds how long a server may take to start.
const startAtMost = 30 * time.Second

func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startAtMost)
	defer cancel()
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, s.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Exec runs a statement in the server's own database.
func (s *Server) Exec(ctx context.Context, sql string) error { return execute(ctx, s.URL(), sql) }

func execute(ctx context.Context, address, sql string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	return err
}
