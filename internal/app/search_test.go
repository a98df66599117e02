package app_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// What a process that was killed had not taken into the search yet, the next one does.
func TestSearchOutlivesTheServer(t *testing.T) {
	t.Parallel()
	const agents, rounds = 300, 3
	bin, data, flags := apptest.Build(t), filepath.Join(t.TempDir(), "data"), apptest.SharedFlags(t)
	for round := range rounds {
		p, op := launched(t, bin, data, flags)
		for i := range agents {
			n := switchboard.NewAgent{Partner: sandbox.PartnerID, Profile: switchboard.Profile{FirstName: fmt.Sprintf("Zora%dx%d", round, i)}}
			if _, err := op.AddAgent(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	p, op := launched(t, bin, data, flags)
	for round := range rounds {
		for i := range agents {
			for name := fmt.Sprintf("zora%dx%d", round, i); ; time.Sleep(5 * time.Millisecond) {
				found, err := op.Find(t.Context(), name, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(found.Items) == 1 && found.Items[0].Kind == "agent" {
					break
				}
			}
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// launched starts a server, and gives the operator's client of it.
func launched(t *testing.T, bin, data string, flags []string) (*apptest.Process, *switchboard.Operator) {
	t.Helper()
	p, err := apptest.Launch(bin, data, flags...)
	if err != nil {
		t.Fatal(err)
	}
	return p, switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, p.At.Socket) })
}
