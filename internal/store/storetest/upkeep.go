package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func upkeepCases() []testCase {
	return []testCase{
		{"Context/ended before: every call is Unavailable", contextEnded},
		{"Context/its end does not stop an Update that began", contextEndsDuring},
		{"Times/are kept in UTC and whole microseconds", timesAreCut},
		{"Times/of mobile banking are kept like that", mobileTimesAreCut},
		{"Times/of what decides are kept like that", decisionTimesAreCut},
		{"Check/finds a sound store sound", checkSound},
		{"Stats/count the events", statsCount},
		{"Close/later calls are Unavailable", closeEndsService},
		{"Close/waits for running work", closeWaits},
	}
}

// everyCall makes each call of the store once and gives its error. fn is what View and Update get.
func everyCall(ctx context.Context, s store.Store, path string, fn func(tx store.Tx) error) map[string]error {
	_, recErr := s.Record(ctx, userCode)
	_, unknownErr := s.Record(ctx, "nobody")
	_, memberErr := s.Member(ctx, msisdn)
	_, noMemberErr := s.Member(ctx, "nobody")
	_, dirErr := s.Directory(ctx)
	_, statsErr := s.Stats(ctx)
	return map[string]error{
		"View": s.View(ctx, fn), "Update": s.Update(ctx, fn),
		"Record": recErr, "Record of nobody": unknownErr, "Directory": dirErr,
		"Member": memberErr, "Member of nobody": noMemberErr,
		"Await": s.Await(ctx, 0), "Await of what is to come": s.Await(ctx, 1_000_000),
		"Backup": s.Backup(ctx, path), "Check": s.Check(ctx), "Stats": statsErr,
	}
}

func contextEnded(t *testing.T, s store.Store) {
	buildWorld(t, s)
	recordOf(t, s, userCode)
	memberOf(t, s, msisdn)
	before := dump(t, s)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	for what, ctx := range map[string]context.Context{"cancelled": canceled, "past its deadline": late} {
		var ran atomic.Bool
		path := filepath.Join(t.TempDir(), "backup")
		for name, err := range everyCall(ctx, s, path, func(tx store.Tx) error { ran.Store(true); return nil }) {
			wantCode(t, name+" with a context "+what, err, fault.Unavailable)
		}
		equal(t, "fn ran under a context "+what, ran.Load(), false)
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Backup under a context %s left something: %v", what, err)
		}
	}
	sameDump(t, "after calls whose context had ended", dump(t, s), before)
}

func contextEndsDuring(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := errors.New("of fn")
	for i := 0; i < 50 && !t.Failed(); i++ {
		ctx, cancel := context.WithCancel(t.Context())
		value := string(rune('a' + i))
		must(t, s.Update(ctx, func(tx store.Tx) error {
			cancel()
			_, err := whatIsSeen(tx)
			return errors.Join(err, tx.SetSetting("a", value))
		}))
		equal(t, "setting", setting(t, s, "a"), value)

		ctx, cancel = context.WithCancel(t.Context())
		err := s.Update(ctx, func(tx store.Tx) error {
			cancel()
			_ = tx.SetSetting("a", "never")
			return want
		})
		equal(t, "error of an Update whose context ended during it", err, want)
		equal(t, "setting", setting(t, s, "a"), value)
	}
}

func timesAreCut(t *testing.T, s store.Store) {
	buildWorld(t, s)
	odd := time.Date(2026, 7, 1, 2, 3, 4, 987654321, time.FixedZone("IST", 19800))
	update(t, s, func(tx store.Tx) error {
		r, err1 := tx.Agent(userCode)
		dir, err2 := tx.Directory()
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		a, svc, p, key, call := r.Agent, dir.Services[0], dir.Partners[0], newKey(partnerID, "key-a"), newCall("a", userCode, 0)
		act := agent.Activation{UserCode: userCode, ServiceCode: "43", State: agent.Active, CreatedAt: odd, UpdatedAt: odd, Head: a.Head}
		a.CreatedAt, a.UpdatedAt, svc.CreatedAt, svc.UpdatedAt = odd, odd, odd, odd
		p.CreatedAt, key.CreatedAt, key.ExpiresAt, key.RevokedAt, call.At = odd, odd, odd, odd, odd
		return errors.Join(tx.UpdateAgent(a, a.Head.Version), tx.SaveService(svc), tx.SavePartner(p),
			tx.SaveKey(key), tx.SaveCall(call), tx.CreateActivation(act))
	})
	rec, dir := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) }), directoryOf(t, s)
	act, svc, key := rec.Activation("43"), dir.Services[0], dir.Keys[0]
	call := view(t, s, func(tx store.Tx) (store.Call, error) { return tx.Call(callKey("a")) })
	for name, got := range map[string]time.Time{
		"Agent.CreatedAt": rec.Agent.CreatedAt, "Agent.UpdatedAt": rec.Agent.UpdatedAt,
		"Activation.CreatedAt": act.CreatedAt, "Activation.UpdatedAt": act.UpdatedAt,
		"Service.CreatedAt": svc.CreatedAt, "Service.UpdatedAt": svc.UpdatedAt, "Partner.CreatedAt": dir.Partners[0].CreatedAt,
		"Key.CreatedAt": key.CreatedAt, "Key.ExpiresAt": key.ExpiresAt, "Key.RevokedAt": key.RevokedAt, "Call.At": call.At,
	} {
		equal(t, name, got, store.Cut(odd))
	}
}

func mobileTimesAreCut(t *testing.T, s store.Store) {
	buildWorld(t, s)
	odd := time.Date(2026, 7, 1, 2, 3, 4, 987654321, time.FixedZone("EAT", 10800))
	update(t, s, func(tx store.Tx) error {
		m, err := tx.Member(msisdn)
		if err != nil {
			return err
		}
		m.Password.Until, m.Foreign.Until, m.OTP.Until, m.PIN.SetAt, m.CreatedAt, m.UpdatedAt = odd, odd, odd, odd, odd, odd
		c, secret, call := newChannel(channelID), newSecret(channelID, "secret-a"), newMemberCall("a", 0)
		c.CreatedAt, c.RevokedAt, secret.CreatedAt, secret.ExpiresAt, secret.RevokedAt = odd, odd, odd, odd, odd
		call.Until, call.At = odd, odd
		return errors.Join(tx.UpdateMember(*m), tx.SaveChannel(c), tx.SaveSecret(secret), tx.SaveMemberCall(call))
	})
	m, dir := storedMember(t, s, msisdn), directoryOf(t, s)
	c, secret := dir.Channels[0], dir.Secrets[0]
	call := view(t, s, func(tx store.Tx) (store.MemberCall, error) { return tx.MemberCall(callKey("a")) })
	for name, got := range map[string]time.Time{
		"Member.Password.Until": m.Password.Until, "Member.Foreign.Until": m.Foreign.Until, "Member.OTP.Until": m.OTP.Until,
		"Member.PIN.SetAt": m.PIN.SetAt, "Member.CreatedAt": m.CreatedAt, "Member.UpdatedAt": m.UpdatedAt,
		"Channel.CreatedAt": c.CreatedAt, "Channel.RevokedAt": c.RevokedAt, "MemberCall.Until": call.Until, "MemberCall.At": call.At,
		"Secret.CreatedAt": secret.CreatedAt, "Secret.ExpiresAt": secret.ExpiresAt, "Secret.RevokedAt": secret.RevokedAt,
	} {
		equal(t, name, got, store.Cut(odd))
	}
	sameMember(t, s, msisdn)
}

func backupWrites(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, writeAll)
	path := filepath.Join(t.TempDir(), "backup")
	must(t, s.Backup(t.Context(), path))
	info, err := os.Stat(path)
	must(t, err)
	if !info.Mode().IsRegular() || info.Size() == 0 {
		t.Errorf("the backup is no file with content: %v, %d bytes", info.Mode(), info.Size())
	}
	equal(t, "setting after a backup", setting(t, s, "a"), "set")
}

func backupNeverOverwrites(t *testing.T, s store.Store) {
	buildWorld(t, s)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	must(t, os.WriteFile(taken, []byte("precious"), 0o600))
	if err := s.Backup(t.Context(), taken); asFault(err) == nil {
		t.Errorf("Backup onto a file that is there gives %v (%T), want a *fault.Error", err, err)
	}
	content, err := os.ReadFile(taken)
	must(t, err)
	equal(t, "the file that was there", string(content), "precious")
	if err := s.Backup(t.Context(), filepath.Join(dir, "missing", "backup")); asFault(err) == nil {
		t.Errorf("Backup into a directory that is not there gives %v (%T), want a *fault.Error", err, err)
	}
	must(t, s.Backup(t.Context(), filepath.Join(dir, "free")))
}

func checkSound(t *testing.T, s store.Store) {
	must(t, s.Check(t.Context()))
	buildWorld(t, s)
	update(t, s, writeAll)
	must(t, s.Check(t.Context()))
}

func statsCount(t *testing.T, s store.Store) {
	empty, err := s.Stats(t.Context())
	must(t, err)
	equal(t, "events of an empty store", empty.Events, 0)
	buildWorld(t, s)
	update(t, s, writeAll)
	recordOf(t, s, userCode)
	memberOf(t, s, msisdn)
	stats, err := s.Stats(t.Context())
	must(t, err)
	all := events(t, s)
	equal(t, "number of the last event", stats.Events, int64(all[len(all)-1].Seq))
	if stats.SizeBytes <= 0 || stats.WALBytes < 0 || stats.CachedAgents < 0 || stats.CachedMembers < 0 {
		t.Errorf("impossible figures: %+v", stats)
	}
	err = s.Update(t.Context(), func(tx store.Tx) error { return errors.Join(writeAll(tx), errors.New("undo")) })
	if err == nil {
		t.Error("an Update whose fn failed gives no error")
	}
	after, err := s.Stats(t.Context())
	must(t, err)
	equal(t, "number of the last event after an Update that failed", after.Events, stats.Events)
}

func closeEndsService(t *testing.T, s store.Store) {
	buildWorld(t, s)
	recordOf(t, s, userCode)
	memberOf(t, s, msisdn)
	directoryOf(t, s)
	must(t, s.Close())
	var ran atomic.Bool
	path := filepath.Join(t.TempDir(), "backup")
	for name, err := range everyCall(t.Context(), s, path, func(store.Tx) error { ran.Store(true); return nil }) {
		wantCode(t, name+" after Close", err, fault.Unavailable)
	}
	equal(t, "fn ran after Close", ran.Load(), false)
	if err := s.Close(); err != nil {
		wantCode(t, "second Close", err, fault.Unavailable)
	}
}

func closeWaits(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var ended atomic.Int32
	began, release := make(chan struct{}, 2), make(chan struct{})
	slow := func(tx store.Tx) error {
		began <- struct{}{}
		<-release
		time.Sleep(20 * time.Millisecond) // gives a Close that does not wait the time to return
		_, err := tx.Agent(userCode)
		ended.Add(1)
		return err
	}
	results := make(chan error, 2)
	go func() { results <- s.Update(t.Context(), slow) }()
	go func() { results <- s.View(t.Context(), slow) }()
	<-began
	<-began
	close(release)
	must(t, s.Close())
	equal(t, "calls that had ended when Close returned", ended.Load(), 2)
	must(t, errors.Join(<-results, <-results))
}

func decisionTimesAreCut(t *testing.T, s store.Store) {
	buildWorld(t, s)
	odd := time.Date(2026, 7, 1, 2, 3, 4, 987654321, time.FixedZone("IST", 19800))
	update(t, s, func(tx store.Tx) error {
		r, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		a, b, token := r.Agent, onAgent("b1", ""), newToken("t1", access.HolderOperator, "alice")
		a.StandSince, a.ErasedAt = odd, odd
		b.From, b.Until, b.PlacedAt, b.LiftAskedAt, b.LiftedAt = odd, odd, odd, odd, odd
		token.CreatedAt, token.ExpiresAt, token.RevokedAt = odd, odd, odd
		act := agent.Activation{UserCode: userCode, ServiceCode: "43", State: agent.Active, Dates: agent.Dates{From: odd, Until: odd, VerifyBy: odd}}
		return errors.Join(tx.UpdateAgent(a, a.Head.Version), tx.CreateActivation(act), tx.SaveBlock(b), tx.SaveToken(token),
			tx.SaveOperator(access.Operator{Name: "alice", CreatedAt: odd, RevokedAt: odd}), tx.SaveSwitch(access.Switch{ID: "core", CreatedAt: odd, RevokedAt: odd}))
	})
	r, dir, b := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) }), directoryOf(t, s), storedBlock(t, s, "b1")
	act, token := r.Activation("43"), dir.Tokens[0]
	for name, got := range map[string]time.Time{
		"Agent.StandSince": r.Agent.StandSince, "Agent.ErasedAt": r.Agent.ErasedAt, "Dates.From": act.Dates.From, "Dates.Until": act.Dates.Until,
		"Dates.VerifyBy": act.Dates.VerifyBy, "Block.From": b.From, "Block.Until": b.Until, "Block.PlacedAt": b.PlacedAt,
		"Block.LiftAskedAt": b.LiftAskedAt, "Block.LiftedAt": b.LiftedAt, "Token.CreatedAt": token.CreatedAt, "Token.ExpiresAt": token.ExpiresAt,
		"Token.RevokedAt": token.RevokedAt, "Operator.CreatedAt": dir.Operators[0].CreatedAt, "Operator.RevokedAt": dir.Operators[0].RevokedAt,
		"Switch.CreatedAt": dir.Switches[0].CreatedAt, "Switch.RevokedAt": dir.Switches[0].RevokedAt,
	} {
		equal(t, name, got, store.Cut(odd))
	}
	sameAsStored(t, s, userCode)
}
