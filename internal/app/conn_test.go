package app

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// TestSlack: a write deadline that moves a little stays where it is, and one that moves more or is taken
// away is set.
func TestSlack(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	accepted, err := slackListener{l}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	c := accepted.(*slackConn)
	late := func() bool {
		_, err := c.Write([]byte("x"))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}
	now := time.Now()
	for _, step := range []struct {
		name string
		at   time.Time
		late bool
	}{
		{"past", now.Add(-time.Minute), true},
		{"a little later than that", now.Add(-time.Minute + slack/2), true},
		{"to come", now.Add(time.Minute), false},
		{"a little later", now.Add(time.Minute + slack/2), false},
		{"earlier", now.Add(-time.Hour), true},
		{"none", time.Time{}, false},
		{"past again", now.Add(-time.Minute), true},
		{"none again", time.Time{}, false},
	} {
		if err := c.SetWriteDeadline(step.at); err != nil || late() != step.late {
			t.Errorf("%s: %v, late %t", step.name, err, !step.late)
		}
	}
	if err := c.SetDeadline(now.Add(-time.Minute)); err != nil || !late() {
		t.Errorf("both: %v", err)
	}
	if err := c.SetWriteDeadline(now.Add(time.Minute)); err != nil || late() {
		t.Errorf("writes alone, after both: %v", err)
	}
}
