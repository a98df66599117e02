package postgres

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// hostAtMost bounds how long an attempt to connect waits for one of the hosts, so that there is time for the others. The
// address may say otherwise with connect_timeout.
const hostAtMost = 2 * time.Second

// silentAtMost is how long a server may acknowledge nothing before it counts as gone. One that works on a statement
// acknowledges what it is sent meanwhile; one that was cut off does not even say that it is gone.
const silentAtMost = 5 * time.Second

// noticeOurEnd has the server notice that we are gone, and let go of what we had: it asks by itself. Over a Unix socket it need not.
const noticeOurEnd = `SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = '5s'`

// settings reads the address of a database.
func settings(address string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "--database-url is not the address of a PostgreSQL database: write it like postgres://user@host:5432/name.")
	}
	cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, hostAtMost)
	cfg.RuntimeParams["application_name"] = "switchboard"
	return cfg, nil
}

// connection is one to the database, with what concerns the connection alone.
type connection struct {
	*pgx.Conn
	line *line
}

// connect makes a connection to the first host that takes it and that fits.
func connect(ctx context.Context, cfg *pgx.ConnConfig, fits func(context.Context, *pgconn.PgConn, *line) error) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+len(cfg.Fallbacks))*cfg.ConnectTimeout)
	defer cancel()
	l := &line{}
	own := cfg.Copy()
	own.DialFunc, own.OnNotice = l.dial, l.notice
	own.ValidateConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		if cfg.ValidateConnect != nil {
			if err := cfg.ValidateConnect(ctx, c); err != nil {
				return err
			}
		}
		return fits(ctx, c, l)
	}
	c, err := pgx.ConnectConfig(ctx, own)
	if err != nil {
		return nil, away(err)
	}
	if _, err := c.Exec(ctx, noticeOurEnd); err != nil {
		_ = c.Close(ctx)
		return nil, away(err)
	}
	l.up.Store(true)
	return &connection{c, l}, nil
}

// away is the answer while the database is not to be had, which will pass.
func away(err error) error {
	return fault.Wrap(err, fault.Unavailable, "The database cannot be reached; try again in a moment.")
}

// drop closes a connection whose server may be out of reach.
func (c *connection) drop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// line is the way to the server of one connection.
type line struct {
	up       atomic.Bool
	warned   atomic.Pointer[string] // of what the server warned last, until it was looked at
	timeline int64                  // of the server, which names its time as the primary
	term     context.Context        // ends when another one becomes it
}

// errNoCancel is what the driver is told that would have a statement cancelled when its connection is given up.
var errNoCancel = errors.New("statements are not cancelled")

// dial makes the connection, and none once it is there: the driver's only reason would be to cancel what runs. A commit that
// waits for the second machine would then stop waiting, and be seen by others though it may yet be lost.
func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if l.up.Load() {
		return nil, errNoCancel
	}
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silentAtMost / 5, Interval: silentAtMost / 5, Count: 4}}
	if strings.HasPrefix(network, "tcp") {
		d.Control = giveUpSilent
	}
	return d.DialContext(ctx, network, address)
}

// notice remembers that the server warned.
func (l *line) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		l.warned.Store(&n.Message)
	}
}

// warning gives what the server warned of since the last time, "" for nothing.
func (l *line) warning() string {
	if said := l.warned.Swap(nil); said != nil {
		return *said
	}
	return ""
}
