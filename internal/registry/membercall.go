package registry

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// MemberCall asks for something that needs a member's PIN.
type MemberCall struct {
	RequestID string   // api_request_id: names the call; required
	Request   []string // what was asked besides the PINs, in a fixed order: the same id must mean the same
	MSISDN    string
	Ask       member.Ask
	PIN       secret.Text
	NewPIN    secret.Text // of SetPIN and ChangePIN
	User      User        // of GetDetails: whom to show
	// Answer makes the bytes of the answer, those that a repetition gets again. It must be pure: it
	// runs inside the transaction, perhaps more than once.
	Answer func(MemberOutcome) []byte
}

// User names a member to show: by phone number, member number or identity.
type User struct {
	MSISDN   string
	Number   string
	Identity member.Identity
}

// MemberOutcome is what became of a MemberCall.
type MemberOutcome struct {
	Refusal  member.Refusal
	Until    time.Time     // of Suspended
	Attempts int           // wrong PINs counted now
	Problem  string        // of BadNewPIN: what is wrong with it
	Changed  bool          // false when it was so already
	Tally    member.Tally  // of GetSecurity: as asked for
	User     member.Member // of GetDetails: who was found; another's identity is left out unless it was asked by
	Body     []byte        // what Answer made, now or when the call was first made
	Repeated bool          // Body is that of the first call
}

// CallMember compares a PIN and does what was asked with it. The attempt is counted, durably, before
// the PIN is compared; no more are compared than the ladder lets through, however many come at once.
//
// Faults: Unavailable when too many calls wait for their PIN to be compared, TooMany when a device or
// a channel has sent too many wrong ones, CallReused, Unauthenticated (the secret was revoked meanwhile).
func (r *Registry) CallMember(ctx context.Context, by Caller, call MemberCall) (out MemberOutcome, err error) {
	turn, err := r.pins.Enter()
	if err != nil {
		return out, err
	}
	defer turn.Leave()
	giveBack, err := r.borrowGuess(ctx, by, call)
	if err != nil {
		return out, err
	}
	p := &pinCall{r: r, by: by, call: call, turn: turn, tag: r.pins.Tag(by.ChannelID+"\n"+call.RequestID, call.PIN, call.NewPIN)}
	out, err = p.run(ctx)
	if err != nil || out.Repeated || out.Refusal != member.WrongPIN && out.Refusal != member.WrongIdentity && !p.unknown {
		giveBack()
	}
	return out, err
}

// borrowGuess takes what a call costs that may turn out to be a guess from a device that is not the
// member's. Whoever holds the member's device is bound by the ladder alone: nobody else's guesses
// must lock them out.
func (r *Registry) borrowGuess(ctx context.Context, by Caller, call MemberCall) (giveBack func(), err error) {
	m, err := r.store.Member(ctx, call.MSISDN)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if m != nil && m.Standing == member.Open && m.Holds(call.Ask.Device) {
		return func() {}, nil
	}
	now := r.now()
	device, wait, ok := r.deviceGuesses.Borrow(string(call.Ask.Device.Type)+":"+call.Ask.Device.ID, now)
	if !ok {
		return nil, tooManyGuesses("device", wait)
	}
	channel, wait, ok := r.channelGuesses.Borrow(by.ChannelID, now)
	if !ok {
		device()
		return nil, tooManyGuesses("channel", wait)
	}
	return func() { device(); channel() }, nil
}

func tooManyGuesses(what string, wait time.Duration) error {
	f := fault.New(fault.TooMany, "Too many wrong PINs from this %s for accounts it is not bound to; try again later.", what)
	f.RetryAfter = max(wait, time.Second)
	return f
}

// pinCall is a MemberCall on its way.
type pinCall struct {
	r    *Registry
	by   Caller
	call MemberCall
	turn *secret.Turn
	tag  [16]byte

	until   time.Time // until when the call is ours
	unknown bool      // there is no such member
}

// run counts, compares and finishes. Once the attempt is counted the caller's leaving stops nothing:
// the call would stay begun.
func (p *pinCall) run(ctx context.Context) (MemberOutcome, error) {
	b, err := p.begin(ctx)
	if err != nil || b.over {
		return b.out, err
	}
	hash := ""
	if p.unknown = b.member == nil; !p.unknown {
		hash = b.member.PIN.Hash
	}
	matched, stale := p.turn.Match(hash, p.call.MSISDN, p.call.PIN)
	var proof member.Proof
	var problem string
	if matched {
		proof, problem = p.prepare(stale)
	}
	return p.finish(context.WithoutCancel(ctx), b.member, matched, proof, problem)
}

// prepare makes the hashes that a call needs whose PIN was right.
func (p *pinCall) prepare(stale bool) (proof member.Proof, problem string) {
	switch c := p.call.Ask.Command; {
	case c == member.SetPIN || c == member.ChangePIN:
		if problem = p.r.rules.Refuse(p.call.NewPIN.Reveal(), p.call.PIN.Reveal()); problem == "" {
			proof.NewHash = p.turn.Hash(p.call.MSISDN, p.call.NewPIN)
		}
	case stale:
		proof.Rehash = p.turn.Hash(p.call.MSISDN, p.call.PIN)
	}
	return proof, problem
}

// Two calls with one api_request_id: the second waits for the answer of the first, looking every
// lookAgain, for waitAtMost. A first one that has not ended after claimFor is dead, and one that was
// begun by an earlier process that had the store to itself.
const (
	lookAgain  = 20 * time.Millisecond
	waitAtMost = 5 * time.Second
	claimFor   = 30 * time.Second
)

// begun is what begin found.
type begun struct {
	member  *member.Member // nil when there is none
	over    bool           // out is the outcome
	waiting bool           // another call with this id is under way
	fault   error          // to be answered, though what was written stays
	out     MemberOutcome
}

// begin lets a call through to the comparison, counted and marked as under way, or ends it.
func (p *pinCall) begin(ctx context.Context) (b begun, err error) {
	for waited := time.Duration(0); ; waited += lookAgain {
		p.by.Cause.At = p.r.Now()
		p.until = p.by.Cause.At.Add(claimFor)
		err = p.r.store.Update(ctx, func(tx store.Tx) (err error) {
			b, err = p.beginOnce(tx)
			return err
		})
		if err != nil || !b.waiting {
			return b, orElse(err, b.fault)
		}
		if waited >= waitAtMost {
			return b, underWay()
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return b, underWay()
		}
	}
}

func underWay() error {
	return &fault.Error{Code: fault.Unavailable, RetryAfter: time.Second,
		Message: "The first call with this api_request_id is still under way; send it again in a moment."}
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (p *pinCall) beginOnce(tx store.Tx) (b begun, err error) {
	dir, err := mayStill(tx, p.by)
	if err != nil {
		return b, err
	}
	m, err := p.member(tx)
	if err != nil {
		return b, err
	}
	was, err := maybeCall(tx.MemberCall(p.key()))
	if err != nil {
		return b, err
	}
	b.member = m
	resumed := false
	if was != nil {
		if over, err := p.repeat(tx, dir, m, was, &b); err != nil || over {
			return b, err
		}
		resumed = was.Begun && was.PINTag == p.tag
	}
	if m == nil || resumed { // one that was let through and counted before its process died is not again
		return b, p.claim(tx)
	}
	if refusal, until := m.Gate(p.call.Ask, p.by.Cause.At); refusal != member.Allowed {
		b.over, b.out = true, p.outcome(m, refusal, until)
		return b, p.remember(tx, &b.out)
	}
	if err := p.count(tx, dir, m); err != nil {
		return b, err
	}
	return b, p.claim(tx)
}

// member loads the member, nil when there is none. A closed one is treated like none from here on, so
// that no channel can tell the two apart.
func (p *pinCall) member(tx store.Tx) (*member.Member, error) {
	m, err := maybe(tx.Member(p.call.MSISDN))
	if err != nil || m == nil || m.Standing != member.Open {
		return nil, err
	}
	return m, nil
}

// repeat deals with an api_request_id that was used before. Whoever sends other PINs with it learns
// that they are others, which is a guess, and is counted as one; when no guess is allowed the PINs are
// not looked at.
func (p *pinCall) repeat(tx store.Tx, dir *store.Directory, m *member.Member, was *store.MemberCall, b *begun) (over bool, err error) {
	if was.Fingerprint != p.fingerprint() {
		return true, errOtherPayload(p.call.RequestID)
	}
	dead := p.r.alone && was.At.Before(p.r.started)
	if b.waiting = was.Begun && !dead && p.by.Cause.At.Before(was.Until); b.waiting {
		return true, nil
	}
	stopped := false
	if m != nil {
		refusal, _ := m.Gate(p.call.Ask, p.by.Cause.At)
		stopped = refusal == member.Locked || refusal == member.Suspended
	}
	if !stopped && was.PINTag != p.tag {
		b.fault = errOtherPayload(p.call.RequestID)
		if m == nil {
			return true, nil
		}
		return true, p.count(tx, dir, m)
	}
	if len(was.Answer) == 0 {
		return false, nil
	}
	b.over, b.out = true, MemberOutcome{Body: was.Answer, Repeated: true}
	return true, nil
}

func errOtherPayload(id string) error {
	return fault.New(fault.CallReused, "api_request_id %.150s was used for a different request before; give every call its own.", id)
}

func (p *pinCall) count(tx store.Tx, dir *store.Directory, m *member.Member) error {
	_, err := saveMember(tx, m.Count(p.call.Ask, dir.Ladders.Password, p.by.Cause))
	return err
}

// finish records what the comparison said, does what was asked, and remembers the answer.
func (p *pinCall) finish(ctx context.Context, before *member.Member, matched bool, proof member.Proof, problem string) (out MemberOutcome, err error) {
	p.by.Cause.At = p.r.Now()
	err = p.r.store.Update(ctx, func(tx store.Tx) (err error) {
		out, err = p.finishOnce(tx, before, matched, proof)
		if err != nil {
			return err
		}
		out.Problem = problem
		return p.remember(tx, &out)
	})
	return out, err
}

func (p *pinCall) finishOnce(tx store.Tx, before *member.Member, matched bool, proof member.Proof) (out MemberOutcome, err error) {
	dir, err := mayStill(tx, p.by)
	if err != nil {
		return out, err
	}
	if was, err := tx.MemberCall(p.key()); err != nil || !was.Begun || !was.Until.Equal(p.until) {
		return out, orElse(unlessMissing(err), underWay()) // it took so long that somebody else took it over
	}
	m, err := p.member(tx)
	if err != nil || before == nil || m == nil {
		return MemberOutcome{Refusal: member.Unknown, Attempts: 1}, err
	}
	var ch *member.Change
	refusal, until := member.WrongPIN, time.Time{}
	if matched && m.PIN.SetAt.Equal(before.PIN.SetAt) && m.PIN.Chosen == before.PIN.Chosen {
		ch, refusal, until = m.Pass(p.call.Ask, proof, dir.Ladders, p.by.Cause)
	} else {
		ch = m.Fail(p.call.Ask, p.by.Cause)
	}
	after, err := saveMember(tx, ch)
	if err != nil {
		return out, err
	}
	out = p.outcome(&after, refusal, until)
	out.Changed = changed(ch)
	if p.call.Ask.Command == member.GetDetails && refusal == member.Allowed {
		out.User, out.Refusal, err = p.details(tx, &after)
	}
	return out, err
}

// changed says whether a change did more than clear what was counted.
func changed(ch *member.Change) bool {
	for _, e := range ch.Events {
		if e.Kind != event.AttemptsCleared {
			return true
		}
	}
	return false
}

// outcome tells where a member stands.
func (p *pinCall) outcome(m *member.Member, refusal member.Refusal, until time.Time) MemberOutcome {
	out := MemberOutcome{Refusal: refusal, Until: until, Attempts: m.Foreign.Attempts, Tally: m.Password}
	if m.Holds(p.call.Ask.Device) {
		out.Attempts = m.Password.Attempts
	}
	if p.call.Ask.Security == member.OTP {
		out.Tally = m.OTP
	}
	return out
}

// details finds whom a member asks for. Anybody can find somebody's name to send them money; their
// identity is shown to themselves and to who knows it.
func (p *pinCall) details(tx store.Tx, asker *member.Member) (member.Member, member.Refusal, error) {
	u := p.call.User
	var m *member.Member
	var err error
	if u.MSISDN != "" {
		m, err = maybe(tx.Member(u.MSISDN))
	} else {
		m, err = maybe(tx.FindMember(u.Number, u.Identity))
	}
	if err != nil || m == nil || m.Standing != member.Open {
		return member.Member{}, member.NoSuchUser, err
	}
	shown := *m.Brief()
	if m.MSISDN != asker.MSISDN && !m.Identity.Equal(u.Identity) {
		shown.Identity = member.Identity{}
	}
	return shown, member.Allowed, nil
}

func (p *pinCall) key() store.CallKey {
	return store.CallKey(digest("member", p.by.ChannelID, p.call.RequestID))
}

func (p *pinCall) fingerprint() [16]byte {
	return digest(append([]string{p.call.Ask.Command.String()}, p.call.Request...)...)
}

// claim marks the call as under way.
func (p *pinCall) claim(tx store.Tx) error {
	return tx.SaveMemberCall(store.MemberCall{Key: p.key(), MSISDN: p.call.MSISDN, Fingerprint: p.fingerprint(), PINTag: p.tag,
		Begun: true, Until: p.until, At: p.by.Cause.At})
}

// remember makes the answer and keeps it for repetitions. That of a read which went through is not
// kept: told again later it could be a lie, and asking again does no harm.
func (p *pinCall) remember(tx store.Tx, out *MemberOutcome) error {
	out.Body = p.call.Answer(*out)
	kept := out.Body
	if c := p.call.Ask.Command; c.Reads() && (out.Refusal == member.Allowed || c == member.GetSecurity && out.Refusal != member.WrongPIN) {
		kept = nil
	}
	return tx.SaveMemberCall(store.MemberCall{Key: p.key(), MSISDN: p.call.MSISDN, Fingerprint: p.fingerprint(), PINTag: p.tag,
		Answer: kept, At: p.by.Cause.At})
}

// CheckMember says whether a member could log in from a device, without a PIN: see member.CheckUser.
func (r *Registry) CheckMember(ctx context.Context, msisdn string, d member.Device) (member.Refusal, time.Time, error) {
	m, err := r.store.Member(ctx, msisdn)
	if fault.Is(err, fault.NotFound) {
		return member.Unknown, time.Time{}, nil
	}
	if err != nil {
		return member.Unknown, time.Time{}, err
	}
	refusal, until := m.Gate(member.Ask{Command: member.CheckUser, Device: d}, r.Now())
	return refusal, until, nil
}

// HasMember says whether a phone number is an open member's.
func (r *Registry) HasMember(ctx context.Context, msisdn string) (bool, error) {
	m, err := r.store.Member(ctx, msisdn)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && m.Standing == member.Open, err
}
