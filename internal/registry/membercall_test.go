package registry_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// hashes counts the PINs compared since the last time it was asked.
func (w *world) hashes(last *uint64) int {
	_, n := w.pins.Load()
	since := int(n - *last)
	*last = n
	return since
}

// TestParallelGuesses: however many come at once, no more PINs are compared than the ladder allows.
func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	guesses := 10_000
	if testing.Short() {
		guesses = 1000
	}
	w := open(t, nil)
	var last uint64
	w.hashes(&last)
	var compared, suspended atomic.Int64
	var wg sync.WaitGroup
	for i := range guesses {
		wg.Go(func() {
			out, err := w.CallMember(context.Background(), w.channel(), w.ask(member.Login, pin(fmt.Sprintf("%05d", i))))
			switch {
			case err != nil:
				t.Error(err)
			case out.Refusal == member.WrongPIN:
				compared.Add(1)
			case out.Refusal == member.Suspended:
				suspended.Add(1)
			}
		})
	}
	wg.Wait()
	if n := w.hashes(&last); n != 4 || compared.Load() != 4 || int(suspended.Load()) != guesses-4 {
		t.Errorf("%d PINs were compared, %d said to be wrong, %d suspended; the ladder allows 4", n, compared.Load(), suspended.Load())
	}
	w.want(member.Suspended, w.ask(member.Login)) // even the right one
	w.pass(time.Hour)
	w.want(member.Allowed, w.ask(member.Login))
	if m := w.member(sandbox.MSISDN); m.Password != (member.Tally{}) {
		t.Errorf("after the right PIN the tally is %+v", m.Password)
	}
}

// TestStolenPhone: who does not have the bound device cannot lock out who has it.
func TestStolenPhone(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	for i := range 20 {
		out := w.do(w.ask(member.Activate, from(member.AppID, fmt.Sprintf("thief-%d", i)), pin("9999")))
		if want := member.WrongPIN; i < 4 && out.Refusal != want {
			t.Errorf("guess %d is answered %s, want %s", i+1, out.Refusal, want)
		} else if i >= 4 && out.Refusal != member.Suspended {
			t.Errorf("guess %d is answered %s, want suspended", i+1, out.Refusal)
		}
		w.want(member.WrongDevice, w.ask(member.Login, from(member.AppID, "thief"), pin("9999")))
		w.want(member.Allowed, w.ask(member.Login))
	}
	if m := w.member(sandbox.MSISDN); m.Foreign.Attempts != 4 || m.Password.Attempts != 0 {
		t.Errorf("%d attempts from elsewhere and %d from the bound device are counted, want 4 and 0", m.Foreign.Attempts, m.Password.Attempts)
	}
	if refusal, _, err := w.CheckMember(t.Context(), nil, sandbox.MSISDN, member.Device{Type: member.AppID, ID: sandbox.AppID}, w.Now()); err != nil || refusal != member.Allowed {
		t.Errorf("the bound device is told %s, %v", refusal, err)
	}
	changed, err := w.UnbindMember(t.Context(), w.operator(), sandbox.MSISDN, []member.DeviceType{member.AppID}, "phone stolen")
	if err != nil || !changed {
		t.Fatalf("unbound: %t, %v", changed, err)
	}
	w.want(member.AppInactive, w.ask(member.Login))
}

// TestGuessBudgets: what devices and channels may guess of members they are not bound to.
func TestGuessBudgets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*registry.Config)
		device func(i int) string
	}{
		{"device", func(c *registry.Config) { c.DeviceGuesses = budgets(3) }, func(int) string { return "one" }},
		{"channel", func(c *registry.Config) { c.ChannelGuesses = budgets(3) }, func(i int) string { return fmt.Sprint("many", i) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, func(cfg *registry.Config, _ *secret.PINConfig) { c.change(cfg) })
			for i := range 8 { // what does not turn out to be a guess costs nothing
				w.want(member.Allowed, w.ask(member.Activate, of(sandbox.NewMSISDN), from(member.AppID, c.device(i)), pin(sandbox.NewPIN)))
				w.want(member.WrongPIN, w.ask(member.Login, pin("9999")))
				w.want(member.Allowed, w.ask(member.Login))
			}
			for i, msisdn := range []string{sandbox.NewMSISDN, sandbox.MSISDN, sandbox.NewMSISDN} {
				w.want(member.WrongPIN, w.ask(member.Activate, of(msisdn), from(member.AppID, "x"+c.device(0)), pin(fmt.Sprint(i))))
				w.want(member.Unknown, w.ask(member.Activate, of("25470000000"+fmt.Sprint(i)), from(member.AppID, "x"+c.device(0)))) // has its own budget
			}
			_, err := w.CallMember(t.Context(), w.channel(), w.ask(member.Activate, from(member.AppID, "x"+c.device(0)), pin("7777")))
			if f := fault.As(err); f == nil || f.Code != fault.TooMany || f.RetryAfter < time.Second {
				t.Errorf("the fourth guess is answered %v", err)
			}
			w.want(member.Allowed, w.ask(member.Login))
		})
	}
}

// TestOldIDIsNoOracle: where no PIN would be compared, none is with what an id was used with before either.
func TestOldIDIsNoOracle(t *testing.T) {
	t.Parallel()
	for _, command := range []member.Command{member.Login, member.Deactivate, member.ChangePIN, member.GetDetails} {
		for name, stop := range map[string]func(w *world){
			"unbound": func(w *world) {
				if _, err := w.UnbindMember(t.Context(), w.operator(), sandbox.MSISDN, []member.DeviceType{member.AppID}, "stolen"); err != nil {
					t.Fatal(err)
				}
			},
			"closed": func(w *world) {
				if _, err := w.SetMemberStanding(t.Context(), w.operator(), sandbox.MSISDN, member.Closed, "left"); err != nil {
					t.Fatal(err)
				}
			},
			"bound elsewhere": func(w *world) { w.want(member.Allowed, w.ask(member.Activate, from(member.AppID, "another-phone-1"))) },
		} {
			w := open(t, nil)
			w.want(member.Allowed, w.ask(command, id("seen"), newPIN("2580"), func(c *registry.MemberCall) { c.User.MSISDN = sandbox.MSISDN }))
			if command == member.ChangePIN && name == "bound elsewhere" {
				continue // the PIN is another by then
			}
			stop(w)
			answers := map[string]bool{}
			for i := range 20 {
				guess := fmt.Sprint(1225 + i) // the right one among them
				out, err := w.CallMember(t.Context(), w.channel(), w.ask(command, id("seen"), pin(guess), newPIN("2580"),
					func(c *registry.MemberCall) { c.User.MSISDN = sandbox.MSISDN }))
				answers[fmt.Sprint(string(out.Body), err)] = true
			}
			if m := w.member(sandbox.MSISDN); len(answers) != 1 || m.Foreign.Attempts+m.Password.Attempts != 0 {
				t.Errorf("%s, %s: the guesses got %d different answers: %v; %+v is counted", command, name, len(answers), answers, m.Foreign)
			}
		}
	}
}

// TestManyAtOnce: right PINs at the same time are all right.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if out, err := w.CallMember(context.Background(), w.channel(), w.ask(member.Login)); err != nil || out.Refusal != member.Allowed {
				t.Errorf("%s, %v", out.Refusal, err)
			}
		})
	}
	wg.Wait()
}

// TestNobodyToShow: who asks for others and finds nobody is searching.
func TestNobodyToShow(t *testing.T) {
	t.Parallel()
	w := open(t, func(cfg *registry.Config, _ *secret.PINConfig) { cfg.DeviceGuesses = budgets(3) })
	look := func(number string) (registry.MemberOutcome, error) {
		return w.CallMember(t.Context(), w.channel(), w.ask(member.GetDetails, func(c *registry.MemberCall) {
			c.User.Identity = member.Identity{Type: member.NationalID, Value: number}
		}))
	}
	for i := range 3 {
		if out, err := look(sandbox.NewNationalID); err != nil || out.Refusal != member.Allowed {
			t.Errorf("somebody who is there is answered %s, %v", out.Refusal, err)
		}
		if out, err := look(fmt.Sprint(i)); err != nil || out.Refusal != member.NoSuchUser {
			t.Errorf("search %d is answered %s, %v", i+1, out.Refusal, err)
		}
	}
	if _, err := look("4"); !fault.Is(err, fault.TooMany) {
		t.Errorf("the fourth search is answered %v", err)
	}
}

// TestUnknownMember takes the same work as a wrong PIN: a hash, and as many writes.
func TestUnknownMember(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	var last uint64
	w.hashes(&last)
	for _, c := range member.Commands()[1:] {
		out := w.want(member.Unknown, w.ask(c, of("254700000000"), newPIN("2580")))
		if n := w.hashes(&last); n != 1 || out.Attempts != 1 {
			t.Errorf("%s of an unknown member: %d hashes, %d attempts", c, n, out.Attempts)
		}
	}
	w.want(member.WrongPIN, w.ask(member.Login, pin("9999")))
	if n := w.hashes(&last); n != 1 {
		t.Errorf("a wrong PIN: %d hashes", n)
	}
	if changed, err := w.SetMemberStanding(t.Context(), w.operator(), sandbox.MSISDN, member.Closed, "left"); err != nil || !changed {
		t.Fatal(changed, err)
	}
	w.hashes(&last)
	if out := w.want(member.Unknown, w.ask(member.Login)); w.hashes(&last) != 1 || out.Attempts != 1 {
		t.Errorf("a closed member is told from none: %+v", out)
	}
}

// TestRepetition: the same id is the same call.
func TestRepetition(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	same := func(first, again registry.MemberOutcome) {
		t.Helper()
		if !again.Repeated || string(again.Body) != string(first.Body) {
			t.Errorf("the repetition answers %q, first it was %q", again.Body, first.Body)
		}
	}
	wrong := w.want(member.WrongPIN, w.ask(member.Deactivate, id("a"), pin("9999")))
	for range 10 {
		same(wrong, w.do(w.ask(member.Deactivate, id("a"), pin("9999"))))
	}
	if m := w.member(sandbox.MSISDN); m.Password.Attempts != 1 {
		t.Errorf("a repeated wrong PIN is counted %d times", m.Password.Attempts)
	}
	right := w.want(member.Allowed, w.ask(member.Deactivate, id("b")))
	same(right, w.do(w.ask(member.Deactivate, id("b"))))
	w.want(member.AppInactive, w.ask(member.Deactivate, id("c")))
	other := w.channel()
	other.ChannelID = "other"
	if _, err := w.CallMember(t.Context(), other, w.ask(member.Login, id("b"))); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a channel that does not exist is answered %v", err)
	}
}

// TestRepetitionWithOtherPayload is refused; with another PIN it is counted as the guess that it is.
func TestRepetitionWithOtherPayload(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.want(member.Allowed, w.ask(member.Login, id("a")))
	refused := func(call registry.MemberCall) {
		t.Helper()
		if out, err := w.CallMember(t.Context(), w.channel(), call); !fault.Is(err, fault.CallReused) {
			t.Errorf("answered %s, %v", out.Refusal, err)
		}
	}
	refused(w.ask(member.Deactivate, id("a")))
	refused(w.ask(member.Login, id("a"), func(c *registry.MemberCall) { c.Request = []string{"other"} }))
	if n := w.member(sandbox.MSISDN).Password.Attempts; n != 0 {
		t.Errorf("%d attempts are counted where no PIN was looked at", n)
	}
	var last uint64
	w.hashes(&last)
	for i := range 4 {
		refused(w.ask(member.Login, id("a"), pin(fmt.Sprint(5550+i))))
	}
	if n := w.member(sandbox.MSISDN).Password.Attempts; n != 4 {
		t.Errorf("%d guesses of another call's PIN are counted, want 4", n)
	}
	if n := w.hashes(&last); n != 0 {
		t.Errorf("%d PINs were hashed", n)
	}
	w.want(member.Suspended, w.ask(member.Login, id("a"), pin("5555"))) // the PINs are not looked at any more
	w.pass(2 * time.Hour)
	w.want(member.Allowed, w.ask(member.Login, id("b")))
}

// TestReadsAreAskedAnew: what a repeated login says is true now, not then.
func TestReadsAreAskedAnew(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.want(member.Allowed, w.ask(member.Login, id("a")))
	w.want(member.Allowed, w.ask(member.Login, id("a")))
	if _, err := w.UnbindMember(t.Context(), w.operator(), sandbox.MSISDN, []member.DeviceType{member.AppID}, "lost"); err != nil {
		t.Fatal(err)
	}
	w.want(member.AppInactive, w.ask(member.Login, id("a")))
}

// TestSimultaneousRepetition: two of the same at once are one attempt, and both get its answer.
func TestSimultaneousRepetition(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	bodies := make([]string, 20)
	var wg sync.WaitGroup
	for i := range bodies {
		wg.Go(func() { bodies[i] = string(w.do(w.ask(member.Deactivate, id("same"), pin("9999"))).Body) })
	}
	wg.Wait()
	if len(slices.Compact(bodies)) != 1 || bodies[0] != "wrong_pin 1 true " {
		t.Errorf("the answers are %q", bodies)
	}
	if m := w.member(sandbox.MSISDN); m.Password.Attempts != 1 {
		t.Errorf("%d attempts are counted", m.Password.Attempts)
	}
}

// TestDeadCall: one whose process died after the count is taken over, and not counted again.
func TestDeadCall(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	call := w.ask(member.Login, id("a"), pin("9999"))
	w.want(member.WrongPIN, call)
	w.revive(call, time.UnixMicro(w.clock.Load()).Add(20*time.Second))
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := w.CallMember(short, w.channel(), call); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while the first may live the second is answered %v", err)
	}
	w.pass(2 * time.Minute)
	w.want(member.WrongPIN, call)
	if m := w.member(sandbox.MSISDN); m.Password.Attempts != 1 {
		t.Errorf("%d attempts are counted, want 1", m.Password.Attempts)
	}
}

// TestDeadCallAtAStep: the right PIN whose process died when its count had just suspended the member goes
// on; another PIN under its id does not.
func TestDeadCallAtAStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pin  string
		want member.Refusal
	}{{sandbox.PIN, member.Allowed}, {"4321", member.Suspended}} {
		w := open(t, nil)
		dead := w.ask(member.Login, id("dead"))
		w.want(member.Allowed, dead)
		for range 4 {
			w.want(member.WrongPIN, w.ask(member.Login, pin("9999")))
		}
		w.revive(dead, time.UnixMicro(w.clock.Load()).Add(-time.Second))
		w.want(member.Suspended, w.ask(member.Login))
		w.want(c.want, w.ask(member.Login, id("dead"), pin(c.pin)))
		if c.want == member.Suspended { // one try at another PIN was all there is
			w.do(w.ask(member.Login, id("dead"), pin(sandbox.PIN)))
			w.want(member.Suspended, w.ask(member.Login))
		}
	}
}

// revive makes a call that was answered one that is under way until a time.
func (w *world) revive(call registry.MemberCall, until time.Time) {
	w.t.Helper()
	err := w.store.Update(context.Background(), func(tx store.Tx) error {
		c, err := tx.MemberCall(registry.MemberCallKey(sandbox.ChannelID, call.RequestID))
		if err != nil {
			return err
		}
		c.Begun, c.Counted, c.Until, c.Answer = true, true, store.Cut(until), nil
		return tx.SaveMemberCall(c)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestBusy: a full queue answers at once and counts nothing.
func TestBusy(t *testing.T) {
	t.Parallel()
	w := open(t, func(_ *registry.Config, p *secret.PINConfig) { p.Hashers, p.Queue = 1, 1 })
	for range 2 {
		turn, err := w.pins.Enter("")
		if err != nil {
			t.Fatal(err)
		}
		defer turn.Leave()
	}
	_, err := w.CallMember(t.Context(), w.channel(), w.ask(member.Login, pin("9999")))
	if f := fault.As(err); f == nil || f.Code != fault.Unavailable || f.RetryAfter == 0 {
		t.Errorf("answered %v", err)
	}
	if m := w.member(sandbox.MSISDN); m.Password.Attempts != 0 {
		t.Errorf("%d attempts are counted", m.Password.Attempts)
	}
}

// TestLife walks one member through everything, and reads it back from the chain.
func TestLife(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	mine, phone := of(sandbox.NewMSISDN), from(member.AppID, "new-phone-0001")
	identity := func(value string) func(*registry.MemberCall) {
		return func(c *registry.MemberCall) { c.Ask.Identity = member.Identity{Type: member.NationalID, Value: value} }
	}
	issued := pin(sandbox.NewPIN)
	w.want(member.AppInactive, w.ask(member.Login, mine, phone, issued))
	w.want(member.Allowed, w.ask(member.Activate, mine, phone, issued))
	w.want(member.PINNotChosen, w.ask(member.Login, mine, phone, issued))
	w.want(member.PINNotChosen, w.ask(member.GetDetails, mine, phone, issued))
	w.want(member.PINNotChosen, w.ask(member.ChangePIN, mine, phone, issued, newPIN("2580")))
	w.want(member.WrongIdentity, w.ask(member.SetPIN, mine, phone, issued, newPIN("2580"), identity("1")))
	if out := w.want(member.BadNewPIN, w.ask(member.SetPIN, mine, phone, issued, newPIN("1234"), identity(sandbox.NewNationalID))); out.Problem == "" {
		t.Error("a bad new PIN is refused without a reason")
	}
	w.want(member.Allowed, w.ask(member.SetPIN, mine, phone, issued, newPIN("2580"), identity(sandbox.NewNationalID)))
	w.want(member.WrongPIN, w.ask(member.Login, mine, phone, issued))
	w.want(member.Allowed, w.ask(member.Login, mine, phone, pin("2580")))
	w.want(member.Allowed, w.ask(member.ChangePIN, mine, phone, pin("2580"), newPIN("1470")))
	w.want(member.Allowed, w.ask(member.Activate, mine, from(member.AppID, "other-phone-02"), pin("1470")))
	w.want(member.WrongDevice, w.ask(member.Login, mine, phone, pin("1470")))
	w.want(member.Allowed, w.ask(member.Deactivate, mine, from(member.IMSI, sandbox.NewIMSI), pin("1470")))
	if out := w.want(member.Allowed, w.ask(member.Deactivate, mine, from(member.IMSI, sandbox.NewIMSI), pin("1470"))); out.Changed {
		t.Error("deactivating twice changes something")
	}
	want := []event.Kind{event.MemberAdded, event.AppActivated, event.IdentityRefused, event.LadderReached, event.AttemptsCleared, event.LadderReached,
		event.AttemptsCleared}
	if got := w.kinds(sandbox.NewMSISDN); len(got) < len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("the events are %v", got)
	}
	got := w.kinds(sandbox.NewMSISDN)
	for _, kind := range []event.Kind{event.PINChosen, event.PINChanged, event.PINRefused, event.DeviceUnbound, event.AppDeactivated} {
		if !slices.Contains(got, kind) {
			t.Errorf("no event %s among %v", kind, got)
		}
	}
}

// TestDetails shows another's name and not their identity.
func TestDetails(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	find := func(u registry.User) member.Member {
		t.Helper()
		return w.want(member.Allowed, w.ask(member.GetDetails, func(c *registry.MemberCall) { c.User = u })).User
	}
	identity := member.Identity{Type: member.NationalID, Value: sandbox.NewNationalID}
	if m := find(registry.User{MSISDN: sandbox.MSISDN}); m.FullName != sandbox.FullName || m.Identity.Value != sandbox.NationalID {
		t.Errorf("oneself is %+v", m)
	}
	if m := find(registry.User{MSISDN: sandbox.NewMSISDN}); m.FullName != sandbox.NewFullName || m.Identity != (member.Identity{}) {
		t.Errorf("another by phone number is %+v", m)
	}
	if m := find(registry.User{Number: sandbox.NewMemberNumber}); m.MSISDN != sandbox.NewMSISDN || m.Identity != (member.Identity{}) {
		t.Errorf("another by member number is %+v", m)
	}
	if m := find(registry.User{Identity: identity}); m.MSISDN != sandbox.NewMSISDN || m.Identity != identity {
		t.Errorf("another by identity is %+v", m)
	}
	w.want(member.NoSuchUser, w.ask(member.GetDetails, func(c *registry.MemberCall) { c.User = registry.User{MSISDN: "254799999999"} }))
}

// TestIssuedPIN lets its member in as far as choosing another, and clears the block.
func TestIssuedPIN(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	for range 4 {
		w.want(member.WrongPIN, w.ask(member.Login, pin("9999")))
	}
	w.want(member.Suspended, w.ask(member.Login))
	issued, err := w.IssuePIN(t.Context(), w.operator(), sandbox.MSISDN, "forgotten, came to the counter")
	if err != nil {
		t.Fatal(err)
	}
	w.want(member.WrongPIN, w.ask(member.Login))
	w.want(member.PINNotChosen, w.ask(member.Login, pin(issued.Reveal())))
}

// TestRevokedMeanwhile: a secret that was revoked after the call was let in changes nothing.
func TestRevokedMeanwhile(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	by := w.channel()
	if changed, err := w.RevokeSecret(t.Context(), w.operator(), sandbox.ChannelID, sandbox.ChannelID+"-1"); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if _, err := w.CallMember(t.Context(), by, w.ask(member.Deactivate)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("answered %v", err)
	}
	if m := w.member(sandbox.MSISDN); m.AppID == "" {
		t.Error("the app was deactivated all the same")
	}
}
