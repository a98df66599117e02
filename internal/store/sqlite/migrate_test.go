package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// former is what a database of the first schema may hold: a setting, and an agent with a service.
const former = `
INSERT INTO settings (name, value) VALUES ('colour', 'blue');
INSERT INTO services (service_code, name, provider, review, needs_latlong, created_at, updated_at, removed, version, seq, hash)
 VALUES ('45', 'Vendor Payments', '', 2, 0, 1000001, 0, 0, 1, 1, x'01');
INSERT INTO agents (user_code, partner_id, standing, mobile, first_name, middle_name, last_name, city, state, created_at, updated_at, version, seq, hash,
 pan, email, dob, shop_name, line, pincode, district, area)
 VALUES ('20810200', 'p1', 0, '9876543210', 'Asha', '', 'Rao', 'Pune', 'MH', 1000002, 0, 1, 2, x'02', 'ABCDE1234F', '', '', 'Rao', '', '', '', 'Camp');
INSERT INTO activations (user_code, service_code, status, verification, comment, latlong, created_at, updated_at, version, seq, hash)
 VALUES ('20810200', '45', 1, 3, '', '18.5,73.8', 1000003, 1000004, 2, 3, x'03')`

// knowsSessions is the schema that knew sessions, and not when their owners proved who they are.
const knowsSessions = 7

// formerSessions is what such a database may hold besides: a session by each way.
const formerSessions = `
INSERT INTO sessions (session_id, digest, operator, way, address, user_agent, must_change, created_at, seen_at, expires_at)
 VALUES ('session-1', x'01', 'asha', 'passkey', '', '', 0, 1000001, 1000002, 1000009), ('session-2', x'02', 'asha', 'openid', '', '', 0, 1000003, 1000004, 1000009)`

// atSchema makes a database as a version that knew only so many migrations left it, with what is former.
func atSchema(t *testing.T, known int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "db")
	c, err := openConn(path, readerCacheKiB, false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries[:known] {
		script, err := migrations.ReadFile("migrations/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := sqlitex.ExecuteScript(c.Conn, fmt.Sprintf("%s;PRAGMA user_version = %d", script, i+1), nil); err != nil {
			t.Fatal(err)
		}
	}
	script := former
	if known == knowsSessions {
		script += ";" + formerSessions
	}
	if err := sqlitex.ExecuteScript(c.Conn, script, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEverySchemaIsBroughtUpToDate opens databases of former versions: what is in them stays, and what is new works.
func TestEverySchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for known := 1; known <= len(entries); known++ {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			t.Parallel()
			path := atSchema(t, known)
			if err := MergeWAL(path); err != nil {
				t.Fatal(err)
			}
			if err := Verify(t.Context(), path); err != nil {
				t.Errorf("a backup of that schema is refused: %v", err)
			}
			s, err := Open(t.Context(), Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = s.Update(t.Context(), func(tx store.Tx) error {
				if v, err := tx.Setting("colour"); v != "blue" || err != nil {
					t.Errorf("the setting is %q (%v), want the one that was there", v, err)
				}
				return tx.CreateMember(member.Member{MSISDN: "254700000001"})
			})
			if err != nil {
				t.Error(err)
			}
			checkFormer(t, s)
			checkQueue(t, s, known)
			checkSessions(t, s, known)
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkFormer: the agent of a former schema is what it was and may what it might; a block then stops it.
func checkFormer(t *testing.T, s *Store) {
	t.Helper()
	dir, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	svc, _ := dir.Service("45")
	if want := (agent.Service{Code: "45", Name: "Vendor Payments", Review: agent.ReviewAfter, CreatedAt: store.FromMicro(1000001), Head: svc.Head}); svc != want {
		t.Errorf("the service is %+v, want %+v", svc, want)
	}
	reasons := func() []agent.Reason {
		t.Helper()
		r, err := s.Record(t.Context(), "20810200")
		if err != nil {
			t.Fatal(err)
		}
		return r.Decide(&svc, dir.BlocksOnService("45"), dir.BlocksOnPartner("p1"), agent.Question{At: time.Now()})
	}
	if got := reasons(); len(got) != 0 {
		t.Errorf("there are reasons against what it might: %+v", got)
	}
	b := block.Block{ID: "b1", Target: block.Target{Agent: "20810200"}, PlacedAt: store.FromMicro(1)}
	err = s.Update(t.Context(), func(tx store.Tx) error {
		r, err := tx.Agent("20810200")
		if err != nil {
			return err
		}
		a := r.Agent
		if a.Profile.Address.Area != "Camp" || !a.StandSince.IsZero() || a.LatLong != "" || a.Devices != "" || !a.ErasedAt.IsZero() {
			t.Errorf("the agent is %+v", a)
		}
		if x := r.Activation("45"); x.State != agent.ActiveWaiting || x.LatLong != "18.5,73.8" || x.Dates != (agent.Dates{}) || x.RequestedBy != "" || x.EndorsedBy != "" {
			t.Errorf("the activation is %+v", x)
		}
		return tx.SaveBlock(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := reasons(); len(got) != 1 || got[0].Block != "b1" {
		t.Errorf("after a block the reasons are %+v", got)
	}
}

// knowsQueue is the first schema that keeps since when an activation waits.
const knowsQueue = 7

// checkQueue: what waits already waits since its last change, as far as anybody knows.
func checkQueue(t *testing.T, s *Store, known int) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		list, err := tx.Reviews(store.ReviewFilter{Limit: 10})
		if known < knowsQueue && (len(list) != 1 || !list[0].Activation.WaitingSince.Equal(store.FromMicro(1000004))) {
			t.Errorf("the queue is %+v", list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// checkSessions: who signed in here proved then who they are; of who came from a provider nobody knows.
func checkSessions(t *testing.T, s *Store, known int) {
	t.Helper()
	if known != knowsSessions {
		return
	}
	err := s.View(t.Context(), func(tx store.Tx) error {
		list, err := tx.Sessions("asha")
		if len(list) != 2 || !list[0].ProvenAt.Equal(list[0].CreatedAt) || list[0].ProvenAt.IsZero() || !list[1].ProvenAt.IsZero() {
			t.Errorf("the sessions are %+v", list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
