package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func storeCases() []testCase {
	return []testCase{
		{"View/sees one committed state", viewSeesOneState},
		{"View/returns the error as it is", viewReturnsError},
		{"View/calls fn once", viewCallsOnce},
		{"View/cannot write", viewCannotWrite},
		{"View/long ones keep nobody waiting", viewLongIsApart},
		{"View/long ones end with their context", viewLongEnds},
		{"Update/is seen once it returned", updateIsSeen},
		{"Update/sees its own writes", updateSeesItself},
		{"Update/returns the error as it is", updateReturnsError},
		{"Update/an error leaves nothing", updateErrorLeavesNothing},
		{"Update/a panic leaves nothing", updatePanicLeavesNothing},
		{"Update/goes on after a refusal that fn handles", updateAfterRefusal},
		{"Update/is not seen before it returns", updateNotSeenBefore},
	}
}

// whatIsSeen reads through a transaction what another Update may change meanwhile.
func whatIsSeen(tx store.Tx) (string, error) {
	r, err1 := tx.Agent(userCode)
	dir, err2 := tx.Directory()
	value, err3 := tx.Setting("a")
	m, err4 := tx.Member(msisdn)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return "", err
	}
	return strings.Join([]string{r.Agent.Profile.LastName, m.FullName, dir.Partners[0].Name, value}, ", "), nil
}

// changeSeen changes everything that whatIsSeen reads.
func changeSeen(tx store.Tx) error {
	_, err := setLastName(tx, userCode, "After")
	dir, dirErr := tx.Directory()
	if err := errors.Join(err, dirErr); err != nil {
		return err
	}
	p := dir.Partners[0]
	p.Name = "After"
	return errors.Join(tx.SavePartner(p), rename(tx, msisdn, "After"), tx.SetSetting("a", "After"))
}

func viewSeesOneState(t *testing.T, s store.Store) {
	buildWorld(t, s)
	must(t, s.View(t.Context(), func(tx store.Tx) error {
		before, err := whatIsSeen(tx)
		if err != nil {
			return err
		}
		changed := make(chan error)
		go func() { changed <- s.Update(t.Context(), changeSeen) }()
		if err := <-changed; err != nil {
			return err
		}
		after, err := whatIsSeen(tx)
		return errors.Join(err, differ("seen by a View during which an Update returned", after, before))
	}))
	equal(t, "seen by the next View", view(t, s, whatIsSeen), "After, After, After, After")
}

func viewReturnsError(t *testing.T, s store.Store) {
	for _, want := range []error{errors.New("of fn"), fault.New(fault.Conflict, "of fn")} {
		if got := s.View(t.Context(), func(store.Tx) error { return want }); got != want {
			t.Errorf("View gives %v (%T), want the error of fn itself: %v", got, got, want)
		}
	}
}

func viewCallsOnce(t *testing.T, s store.Store) {
	calls := 0
	must(t, s.View(t.Context(), func(store.Tx) error { calls++; return nil }))
	equal(t, "calls of fn", calls, 1)
}

func viewCannotWrite(t *testing.T, s store.Store) {
	buildWorld(t, s)
	SetActivation(t, s, userCode, "43", agent.Active)
	update(t, s, func(tx store.Tx) error { return tx.SaveCall(newCall("old", userCode, 0)) })
	rec, err := s.Record(t.Context(), userCode)
	must(t, err)
	act, before := rec.Activation("43"), dump(t, s)
	m, newcomer, fresh := storedMember(t, s, msisdn), rec.Agent, act
	newcomer.UserCode, fresh.ServiceCode = newUser, "45"
	for name, write := range map[string]func(tx store.Tx) error{
		"CreateAgent":      func(tx store.Tx) error { return tx.CreateAgent(newcomer) },
		"UpdateAgent":      func(tx store.Tx) error { return tx.UpdateAgent(rec.Agent, rec.Agent.Head.Version) },
		"CreateActivation": func(tx store.Tx) error { return tx.CreateActivation(fresh) },
		"UpdateActivation": func(tx store.Tx) error { return tx.UpdateActivation(act, act.Head.Version) },
		"SavePartner":      func(tx store.Tx) error { _, err := addPartner(tx, "p9", "9000000009"); return err },
		"SaveKey":          func(tx store.Tx) error { return tx.SaveKey(newKey(partnerID, "key-a")) },
		"SaveService": func(tx store.Tx) error {
			return tx.SaveService(agent.Service{Code: "99", Name: "New", CreatedAt: At(0)})
		},
		"AppendEvent": func(tx store.Tx) error { return tx.AppendEvent(&event.Event{Version: 1, Cause: Cause(0), Data: "{}"}) },
		"SaveCall":    func(tx store.Tx) error { return tx.SaveCall(newCall("a", userCode, 1)) },
		"ForgetCalls": func(tx store.Tx) error { _, err := tx.ForgetCalls(At(10), 1); return err },
		"SetSetting":  func(tx store.Tx) error { return tx.SetSetting("a", "set") },

		"CreateMember":      func(tx store.Tx) error { return tx.CreateMember(NewMember(newMSISDN)) },
		"UpdateMember":      func(tx store.Tx) error { return tx.UpdateMember(m) },
		"SaveMemberCall":    func(tx store.Tx) error { return tx.SaveMemberCall(newMemberCall("a", 1)) },
		"ForgetMemberCalls": func(tx store.Tx) error { _, err := tx.ForgetMemberCalls(At(10), 1); return err },
		"SaveChannel":       func(tx store.Tx) error { return tx.SaveChannel(newChannel("app")) },
		"SaveSecret":        func(tx store.Tx) error { return tx.SaveSecret(newSecret(channelID, "secret-a")) },
		"SaveLadder":        func(tx store.Tx) error { return tx.SaveLadder(newLadder(member.OTP)) },

		"SaveBlock":        func(tx store.Tx) error { return tx.SaveBlock(onAgent("b9", "")) },
		"SaveOperator":     func(tx store.Tx) error { return tx.SaveOperator(newOperator("alice")) },
		"SaveOperatorHead": func(tx store.Tx) error { return tx.SaveOperatorHead("alice", head(9)) },

		"SaveAccount":    func(tx store.Tx) error { return tx.SaveAccount(newAccount("alice")) },
		"SaveSession":    func(tx store.Tx) error { return tx.SaveSession(newSession(1, "alice")) },
		"SeeSession":     func(tx store.Tx) error { return tx.SeeSession(newSession(1, "alice").ID, At(99)) },
		"DeleteSession":  func(tx store.Tx) error { _, err := tx.DeleteSession(newSession(1, "alice").ID); return err },
		"DeleteSessions": func(tx store.Tx) error { _, err := tx.DeleteSessions("alice", ""); return err },
		"ForgetSessions": func(tx store.Tx) error { _, err := tx.ForgetSessions(At(99), At(99)); return err },
		"SaveTally":      func(tx store.Tx) error { return tx.SaveTally(newTally("operator:alice", 1)) },
		"ForgetTally":    func(tx store.Tx) error { return tx.ForgetTally("operator:alice") },
		"ForgetTallies":  func(tx store.Tx) error { _, err := tx.ForgetTallies(At(99), 9); return err },

		"SaveSwitch": func(tx store.Tx) error { return tx.SaveSwitch(newSwitch("core")) },
		"SaveToken":  func(tx store.Tx) error { return tx.SaveToken(newToken("t9", access.HolderSwitch, "core")) },
		"SaveUses": func(tx store.Tx) error {
			return tx.SaveUses([]store.Use{{UserCode: userCode, ServiceCode: "43", Day: 9}})
		},
		"SaveSubjectKey":    func(tx store.Tx) error { return tx.SaveSubjectKey(newSubject(newUser), []byte("key")) },
		"AddTerms":          func(tx store.Tx) error { return tx.AddTerms([]store.Term{agentTerm("a", userCode)}) },
		"DropTerms":         func(tx store.Tx) error { return tx.DropTerms([]store.Term{agentTerm("a", userCode)}) },
		"DestroySubjectKey": func(tx store.Tx) error { return tx.DestroySubjectKey(newSubject(userCode)) },
	} {
		if err := s.View(t.Context(), write); asFault(err) == nil {
			t.Errorf("%s in a View gives %v (%T), want a *fault.Error", name, err, err)
		}
	}
	sameDump(t, "after writing in a View", dump(t, s), before)
	view(t, s, func(tx store.Tx) (store.Call, error) { return tx.Call(callKey("old")) })
}

func updateIsSeen(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, changeSeen)
	equal(t, "seen by a View", view(t, s, whatIsSeen), "After, After, After, After")
	var seen string
	update(t, s, func(tx store.Tx) (err error) { seen, err = whatIsSeen(tx); return err })
	equal(t, "seen by the next Update", seen, "After, After, After, After")
}

func updateSeesItself(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, func(tx store.Tx) error {
		if err := errors.Join(changeSeen(tx), writeAll(tx)); err != nil {
			return err
		}
		seen, err1 := whatIsSeen(tx)
		r, err2 := tx.Agent(userCode)
		call, err3 := tx.Call(callKey("a"))
		_, err4 := tx.Agent(newUser)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return err
		}
		return errors.Join(
			differ("seen", seen, "Changed, Changed, After, set"),
			differ("activation", r.Activation("43").State, agent.OffRejected),
			differ("call", call.UserCode, userCode))
	})
}

func updateReturnsError(t *testing.T, s store.Store) {
	for _, want := range []error{errors.New("of fn"), fault.New(fault.UnknownService, "of fn")} {
		if got := s.Update(t.Context(), func(store.Tx) error { return want }); got != want {
			t.Errorf("Update gives %v (%T), want the error of fn itself: %v", got, got, want)
		}
	}
}

// leavesNothing checks that an Update that writes everything and then ends badly did nothing.
func leavesNothing(t *testing.T, s store.Store, end func() error) error {
	t.Helper()
	before := dump(t, s)
	dir, err := s.Directory(t.Context())
	must(t, err)
	rec, err := s.Record(t.Context(), userCode)
	must(t, err)
	m := *memberOf(t, s, msisdn)

	failed := s.Update(t.Context(), func(tx store.Tx) error { return errors.Join(writeAll(tx), end()) })

	sameDump(t, "after an Update that failed", dump(t, s), before)
	dirAfter, err := s.Directory(t.Context())
	must(t, err)
	samePointer(t, "after an Update that failed", dirAfter, dir, true)
	recAfter, err := s.Record(t.Context(), userCode)
	must(t, err)
	equal(t, "agent of the Record", recAfter.Agent, rec.Agent)
	equalAll(t, "activations of the Record", recAfter.Activations, rec.Activations)
	equalAll(t, "blocks of the Record", recAfter.Blocks, rec.Blocks)
	_, err = s.Record(t.Context(), newUser)
	wantCode(t, "Record of an agent whose Update failed", err, fault.UnknownAgent)
	equal(t, "Member", *memberOf(t, s, msisdn), m)
	_, err = s.Member(t.Context(), newMSISDN)
	wantCode(t, "Member whose Update failed", err, fault.NotFound)
	return failed
}

func updateErrorLeavesNothing(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := errors.New("after all the writes")
	if err := leavesNothing(t, s, func() error { return want }); !errors.Is(err, want) {
		t.Errorf("Update gives %v, want the error of fn", err)
	}
	update(t, s, writeAll)
	events(t, s)
	verifyChain(t, s, userCode)
}

func updatePanicLeavesNothing(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for name, end := range map[string]func() error{
		"a text":   func() error { panic("do not show this") },
		"an error": func() error { panic(errors.New("do not show this")) },
		//lint:ignore SA5000 this panic is what is tested
		"a nil map":  func() error { var m map[string]int; m["x"] = 1; return nil },
		"a fault":    func() error { panic(fault.New(fault.Conflict, "do not show this")) },
		"out of row": func() error { var row []int; return differ("row", row[len(row)], 1) },
	} {
		err := leavesNothing(t, s, end)
		wantCode(t, "panic with "+name, err, fault.Internal)
		if e := asFault(err); e != nil && strings.Contains(e.Message, "do not show") {
			t.Errorf("panic with %s: the message shows it: %s", name, e.Message)
		}
	}
	update(t, s, writeAll)
	events(t, s)
	verifyChain(t, s, userCode)
}

func updateAfterRefusal(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, func(tx store.Tx) error {
		r, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		for code, err := range map[fault.Code]error{
			fault.Exists:       tx.CreateAgent(r.Agent),
			fault.Conflict:     tx.UpdateAgent(r.Agent, r.Agent.Head.Version+7),
			fault.UnknownAgent: func() error { _, err := tx.Agent("nobody"); return err }(),
		} {
			if !fault.Is(err, code) {
				return differ("refusal", fault.CodeOf(err), code)
			}
		}
		return writeAll(tx)
	})
	equal(t, "setting", setting(t, s, "a"), "set")
	rec, err := s.Record(t.Context(), userCode)
	must(t, err)
	equal(t, "last name", rec.Agent.Profile.LastName, "Changed")
}

func updateNotSeenBefore(t *testing.T, s store.Store) {
	buildWorld(t, s)
	before, nameBefore := view(t, s, whatIsSeen), memberOf(t, s, msisdn).FullName
	written, looked, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		done <- s.Update(t.Context(), func(tx store.Tx) error {
			err := changeSeen(tx)
			if first {
				first = false
				close(written)
				<-looked
			}
			return err
		})
	}()
	<-written
	var during string
	viewErr := s.View(t.Context(), func(tx store.Tx) (err error) { during, err = whatIsSeen(tx); return err })
	rec, recErr := s.Record(t.Context(), userCode)
	m, memberErr := s.Member(t.Context(), msisdn)
	dir, dirErr := s.Directory(t.Context())
	close(looked)
	must(t, errors.Join(<-done, viewErr, recErr, memberErr, dirErr))
	equal(t, "seen before the Update returned", during, before)
	equal(t, "last name in the Record before the Update returned", rec.Agent.Profile.LastName, "Rao")
	equal(t, "name of the Member before the Update returned", m.FullName, nameBefore)
	equal(t, "partner in the Directory before the Update returned", dir.Partners[0].Name, "Partner p1")
}

// viewLongIsApart has more LongViews at once than a store has readers.
func viewLongIsApart(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var deeper func(n int) error
	deeper = func(n int) error {
		if n == 0 {
			return s.View(t.Context(), func(tx store.Tx) error { _, err := whatIsSeen(tx); return err })
		}
		return s.LongView(t.Context(), func(store.Tx) error { return deeper(n - 1) })
	}
	must(t, deeper(10))
	must(t, s.LongView(t.Context(), func(tx store.Tx) error {
		before, err := whatIsSeen(tx)
		if err != nil {
			return err
		}
		if err := s.Update(t.Context(), changeSeen); err != nil {
			return err
		}
		after, err := whatIsSeen(tx)
		return errors.Join(err, differ("seen by a LongView during which an Update returned", after, before),
			differ("a LongView may write", fault.CodeOf(tx.SetSetting("a", "set")), fault.Internal))
	}))
}

func viewLongEnds(t *testing.T, s store.Store) {
	buildWorld(t, s)
	ctx, leave := context.WithCancel(t.Context())
	wantCode(t, "LongView whose context ended", s.LongView(ctx, func(tx store.Tx) error {
		leave()
		for { // a statement in vain, sooner or later
			if _, err := whatIsSeen(tx); err != nil {
				return err
			}
		}
	}), fault.Unavailable)
	wantCode(t, "LongView after its context ended", s.LongView(ctx, func(store.Tx) error { return nil }), fault.Unavailable)
	must(t, s.View(t.Context(), func(tx store.Tx) error { _, err := whatIsSeen(tx); return err }))
	must(t, s.Close())
	wantCode(t, "LongView of a closed store", s.LongView(t.Context(), func(store.Tx) error { return nil }), fault.Unavailable)
}
