package sqlite

import (
	"cmp"
	"path/filepath"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestDoubtIsResolvedFromTheDisk leaves the writer as a commit does that failed and was made all the
// same: what is in memory is then not what is on disk. The next change must go by the disk.
func TestDoubtIsResolvedFromTheDisk(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := event.Cause{Actor: "operator:test", At: time.Unix(1700000000, 0).UTC()}
	onboard := func(code string) (seq uint64) {
		t.Helper()
		err := s.Update(t.Context(), func(tx store.Tx) error {
			a, e := agent.Onboard(code, "p1", agent.Profile{Mobile: "9000000001"}, c)
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
			a.Head, seq = e.Head(), e.Seq
			return tx.CreateAgent(a)
		})
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		return cmp.Or(tx.SaveService(agent.Service{Code: "4", Name: "PAN"}), tx.CreateMember(member.Member{MSISDN: "254700000001"}))
	}); err != nil {
		t.Fatal(err)
	}
	onboard("20000001")
	closed := &member.Member{MSISDN: "254700000001", Standing: member.Closed}
	stale := &store.Record{Record: agent.Record{Agent: agent.Agent{UserCode: "20000001", Standing: agent.Closed}}}
	if err := s.w.Between(func() {
		s.w.doubt, s.w.lastSeq = true, 0
		s.dir.Store((&store.Directory{}).Index())
		s.unsettled.Store(-7)
		_, epoch := s.records.get("20000001")
		s.records.put(stale, epoch)
		_, epoch = s.members.get(closed.MSISDN)
		s.members.put(closed, epoch)
	}); err != nil {
		t.Fatal(err)
	}
	if seq := onboard("20000002"); seq != 2 {
		t.Errorf("the event after the doubt is number %d, want 2", seq)
	}
	if d, err := s.Directory(t.Context()); err != nil || len(d.Services) != 1 {
		t.Errorf("the directory after the doubt is %+v (%v), want the one service on disk", d, err)
	}
	if r, err := s.Record(t.Context(), "20000001"); err != nil || r.Agent.Standing != agent.Open {
		t.Errorf("the record after the doubt is %+v (%v), want the one on disk", r, err)
	}
	if m, err := s.Member(t.Context(), closed.MSISDN); err != nil || m.Standing != member.Open {
		t.Errorf("the member after the doubt is %+v (%v), want the one on disk", m, err)
	}
	if n := s.unsettled.Load(); n != 2 {
		t.Errorf("%d mobile numbers wait after the doubt, want 2", n)
	}
}
