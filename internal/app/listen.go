package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/switchboard-platform/switchboard/internal/admin"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// listener is a listener and the server that serves it.
type listener struct {
	*watch
	server *http.Server
}

// listen opens every listener, or none.
func (a *App) listen() (all []listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range all {
				_ = l.Close()
			}
		}
	}()
	l, err := listenTCP(a.cfg.Listen, "--listen")
	if err != nil {
		return all, err
	}
	all = append(all, listener{watchDeadlines(l), a.server(a.callers())})
	a.addresses.Partners = l.Addr().String()
	if a.cfg.OperatorListen != "" {
		if l, err = listenTCP(a.cfg.OperatorListen, "--operator-listen"); err != nil {
			return all, err
		}
		all = append(all, listener{watchDeadlines(l), a.server(a.operatorListener())})
		a.addresses.Operator = l.Addr().String()
	}
	onSocket, err := a.listenSocket()
	if err != nil {
		return all, err
	}
	return append(all, onSocket), nil
}

func listenTCP(address, flag string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "%s cannot be listened on: is something else there? Choose another address with %s.", address, flag)
	}
	return l, nil
}

func (a *App) listenSocket() (listener, error) {
	l, err := socket.Listen(a.cfg.SocketPath())
	if err != nil {
		return listener{}, fault.Wrap(err, fault.Unavailable, "The operator's socket %s cannot be made.", a.cfg.SocketPath())
	}
	a.addresses.Socket = a.cfg.SocketPath()
	return listener{watchDeadlines(l), a.socketServer()}, nil
}

// maxHeader is the longest header of a request, in bytes.
const maxHeader = 16 << 10

func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           a.closing(h),
		ReadHeaderTimeout: a.cfg.ReadHeaderTimeout,
		ReadTimeout:       a.cfg.ReadTimeout,
		WriteTimeout:      a.cfg.WriteTimeout,
		IdleTimeout:       a.cfg.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         noteState,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
}

// closing tells those who are answered while the server stops to connect elsewhere.
func (a *App) closing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

func (a *App) socketServer() *http.Server {
	s := a.server(a.operator)
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return admin.ConnContext(ctx, socket.Peer(c.(*watchedConn).Conn))
	}
	return s
}
