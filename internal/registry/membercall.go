package registry

import (
	"cmp"
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
// The calls for one member are done one after the other.
//
// Faults: Unavailable when too many calls wait for their PIN to be compared, TooMany when a device or
// a channel has sent too many wrong ones, CallReused, Unauthenticated (the secret was revoked meanwhile).
func (r *Registry) CallMember(ctx context.Context, by Caller, call MemberCall) (out MemberOutcome, err error) {
	leave, err := r.calling.enter(ctx, call.MSISDN)
	if err != nil {
		return out, err
	}
	defer leave()
	p := r.newPINCall(by, call)
	l, err := p.look(ctx)
	if err != nil || l.over {
		return l.out, err
	}
	giveBack := func() {}
	if l.compares {
		if p.turn, err = r.pins.Enter(by.ChannelID); err != nil {
			return out, err
		}
		defer p.turn.Leave()
		if giveBack, err = p.borrow(l); err != nil {
			return out, err
		}
	}
	out, err = p.run(ctx)
	if !p.guessed(out, err) {
		giveBack()
	}
	return out, err
}

// looked is what a first look at what is in memory says of a call.
type looked struct {
	member   *member.Member // in brief; nil when there is none
	call     *store.MemberCall
	compares bool // a PIN will be compared
	over     bool // out is the outcome
	out      MemberOutcome
}

// look decides what needs neither a PIN compared nor anything written: so a flood of such calls keeps
// nobody out. What it lets through is decided again, inside the transaction.
func (p *pinCall) look(ctx context.Context) (l looked, err error) {
	l.member, err = opened(p.r.store.Member(ctx, p.call.MSISDN))
	if err != nil {
		return l, err
	}
	refusal, until := p.gate(l.member)
	if refusal == member.Allowed && l.member != nil && l.member.Holds(p.call.Ask.Device) && !p.searches() {
		l.compares = true // as most; whether the id was used before is seen when it is counted
		return l, nil
	}
	err = p.r.store.View(ctx, func(tx store.Tx) (err error) {
		if l.call, err = maybeCall(tx.MemberCall(p.key)); err == nil {
			_, err = mayStill(tx, p.by)
		}
		return err
	})
	if err != nil {
		return l, err
	}
	l.compares = refusal == member.Allowed || l.call != nil && l.call.Begun
	switch {
	case l.compares || !p.call.Ask.Command.Reads():
	case l.call != nil && l.call.Fingerprint != p.fingerprint:
		return l, errOtherPayload(p.call.RequestID)
	case l.call != nil && len(l.call.Answer) > 0:
		l.over, l.out = true, MemberOutcome{Body: l.call.Answer, Repeated: true}
	default:
		l.over, l.out = true, p.outcome(l.member, refusal, until)
		l.out.Body = p.call.Answer(l.out)
	}
	return l, nil
}

// gate says whether a PIN may be compared. For a number that is nobody's it may, so that this does not show.
func (p *pinCall) gate(m *member.Member) (member.Refusal, time.Time) {
	if m == nil {
		return member.Allowed, time.Time{}
	}
	return m.Gate(p.call.Ask.Command, p.call.Ask.Device, p.by.Cause.At)
}

// borrow takes what a call costs that may turn out to be a guess: from a device that is not the member's,
// for a number that is nobody's, or at somebody's identity. Whoever holds the member's device is bound by
// the ladder alone: nobody else's guesses must lock them out.
func (p *pinCall) borrow(l looked) (giveBack func(), err error) {
	device, who := p.call.Ask.Device, ""
	switch {
	case l.call != nil: // a repetition, which the ladder bounds
		return func() {}, nil
	case p.searches():
		who = "who asks for " + p.call.MSISDN
	case l.member == nil:
		who = "nobody "
	case l.member.Holds(device):
		return func() {}, nil
	}
	now := p.r.now()
	one, wait, ok := p.r.deviceGuesses.Borrow(who+string(device.Type)+":"+device.ID, now)
	if !ok {
		return nil, tooManyGuesses("device", wait)
	}
	all, wait, ok := p.r.channelGuesses.Borrow(who+p.by.ChannelID, now)
	if !ok {
		one()
		return nil, tooManyGuesses("channel", wait)
	}
	return func() { one(); all() }, nil
}

func tooManyGuesses(what string, wait time.Duration) error {
	return fault.Later(wait, "Too many wrong guesses from this %s; try again later.", what)
}

// searches says whether a call looks for somebody else.
func (p *pinCall) searches() bool {
	return p.call.Ask.Command == member.GetDetails && p.call.User.MSISDN != p.call.MSISDN
}

// guessed says whether a call was a guess that missed.
func (p *pinCall) guessed(out MemberOutcome, err error) bool {
	switch {
	case err != nil:
		return fault.Is(err, fault.CallReused)
	case out.Repeated:
		return false
	}
	return out.Refusal == member.WrongPIN || out.Refusal == member.WrongIdentity || out.Refusal == member.Unknown || out.Refusal == member.NoSuchUser
}

// pinCall is a MemberCall on its way.
type pinCall struct {
	r     *Registry
	by    Caller
	call  MemberCall
	turn  *secret.Turn // nil when nothing is to be compared
	until time.Time    // until when the call is ours

	key         store.CallKey
	fingerprint [16]byte
	tagged      string // what its PINs are tagged with: whose call they came with
	tag         secret.Tag
}

func (r *Registry) newPINCall(by Caller, call MemberCall) *pinCall {
	p := &pinCall{r: r, by: by, call: call, key: memberCallKey(by.ChannelID, call.RequestID), tagged: by.ChannelID + "\n" + call.RequestID}
	p.by.Cause.At = r.Now()
	p.fingerprint = digest(append([]string{call.Ask.Command.String()}, call.Request...)...)
	p.tag = r.pins.Tag(p.tagged, call.PIN, call.NewPIN)
	return p
}

func memberCallKey(channelID, requestID string) store.CallKey {
	return store.CallKey(digest("member", channelID, requestID))
}

// run counts, compares and finishes. Once the attempt is counted the caller's leaving stops nothing:
// the call would stay begun.
func (p *pinCall) run(ctx context.Context) (MemberOutcome, error) {
	b, err := p.begin(ctx)
	if err != nil || b.over {
		return b.out, err
	}
	hash := ""
	if b.member != nil {
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

// claimFor is how long another process's unfinished call is taken to be under way. In this process none
// can be: the calls for a member are done one after the other.
const claimFor = 30 * time.Second

func underWay() error {
	return &fault.Error{Code: fault.Unavailable, RetryAfter: time.Second,
		Message: "The first call with this api_request_id is still under way; send it again in a moment."}
}

// begun is what begin found.
type begun struct {
	member *member.Member // nil when there is none
	over   bool           // out is the outcome
	fault  error          // to be answered, though what was written stays
	out    MemberOutcome
}

// begin lets a call through to the comparison, counted and marked as under way, or ends it.
func (p *pinCall) begin(ctx context.Context) (b begun, err error) {
	p.by.Cause.At = p.r.Now()
	p.until = p.by.Cause.At.Add(claimFor)
	err = p.r.store.Update(ctx, func(tx store.Tx) (err error) {
		b, err = p.beginOnce(tx)
		return err
	})
	return b, cmp.Or(err, b.fault)
}

func (p *pinCall) beginOnce(tx store.Tx) (b begun, err error) {
	dir, err := mayStill(tx, p.by)
	if err != nil {
		return b, err
	}
	if b.member, err = opened(tx.Member(p.call.MSISDN)); err != nil {
		return b, err
	}
	was, err := maybeCall(tx.MemberCall(p.key))
	if err != nil {
		return b, err
	}
	refusal, until := p.gate(b.member)
	resumed := false
	if was != nil {
		if resumed, err = p.repeat(tx, dir, was, refusal, &b); err != nil || b.over || b.fault != nil {
			return b, err
		}
	}
	switch {
	case b.member == nil || resumed: // what was counted before its process died is not counted again
		return b, p.claim(tx, resumed)
	case refusal != member.Allowed:
		b.over, b.out = true, p.outcome(b.member, refusal, until)
		return b, p.remember(tx, &b.out)
	}
	if err := p.count(tx, dir, b.member); err != nil {
		return b, err
	}
	return b, p.claim(tx, true)
}

// opened gives a member that is there and open, else nil: a closed one is treated like none, so that no
// channel can tell the two apart.
func opened(m *member.Member, err error) (*member.Member, error) {
	m, err = maybe(m, err)
	if err != nil || m == nil || m.Standing != member.Open {
		return nil, err
	}
	return m, nil
}

// repeat deals with an api_request_id that was used before; resumed says that it is the same call, which was
// counted, and whose process died before the answer. Whoever sends other PINs with an id learns that they
// are others, which is a guess, and is counted as one; when no guess is allowed the PINs are not looked at.
func (p *pinCall) repeat(tx store.Tx, dir *store.Directory, was *store.MemberCall, refusal member.Refusal, b *begun) (resumed bool, err error) {
	now := p.by.Cause.At
	alive := was.Begun && !p.r.alone && now.Before(was.Until) && !was.Until.After(now.Add(claimFor))
	switch {
	case was.Fingerprint != p.fingerprint:
		return false, errOtherPayload(p.call.RequestID)
	case alive:
		return false, underWay()
	}
	same, known := p.r.pins.SameTag(was.PINTag, p.tagged, p.call.PIN, p.call.NewPIN)
	if was.Begun && was.Counted && same && b.member != nil {
		return true, nil
	}
	if b.member != nil && refusal == member.Allowed && known && !same {
		b.fault = errOtherPayload(p.call.RequestID)
		return false, p.count(tx, dir, b.member)
	}
	if b.over = len(was.Answer) > 0; b.over {
		b.out = MemberOutcome{Body: was.Answer, Repeated: true}
	}
	return false, nil
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
	if was, err := tx.MemberCall(p.key); err != nil || !was.Begun || !was.Until.Equal(p.until) {
		return out, cmp.Or(unlessMissing(err), underWay()) // it took so long that somebody else took it over
	}
	m, err := opened(tx.Member(p.call.MSISDN))
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

// outcome tells where a member stands. Of a tally that was asked for while no PIN is compared, only a block
// is told: whoever shows no PIN gets to know no more than CHECK_USER says.
func (p *pinCall) outcome(m *member.Member, refusal member.Refusal, until time.Time) MemberOutcome {
	out := MemberOutcome{Refusal: refusal, Until: until, Attempts: m.Foreign.Attempts, Tally: m.Password}
	if m.Holds(p.call.Ask.Device) {
		out.Attempts = m.Password.Attempts
	}
	if p.call.Ask.Security == member.OTP {
		out.Tally = m.OTP
	}
	if block, _ := out.Tally.Block(p.by.Cause.At); refusal != member.Allowed && block == member.Allowed {
		out.Tally = member.Tally{}
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
		m, err = opened(tx.Member(u.MSISDN))
	} else {
		m, err = opened(tx.FindMember(u.Number, u.Identity))
	}
	if err != nil || m == nil {
		return member.Member{}, member.NoSuchUser, err
	}
	shown := *m.Brief()
	if m.MSISDN != asker.MSISDN && !m.Identity.Equal(u.Identity) {
		shown.Identity = member.Identity{}
	}
	return shown, member.Allowed, nil
}

// claim marks the call as under way, and whether its attempt is on the member's tally. Nothing is compared
// without a place in the queue; one that is missing means that the member changed since the first look.
func (p *pinCall) claim(tx store.Tx, counted bool) error {
	if p.turn == nil {
		return tooBusy()
	}
	return tx.SaveMemberCall(store.MemberCall{Key: p.key, Fingerprint: p.fingerprint, PINTag: p.tag,
		Begun: true, Counted: counted, Until: p.until, At: p.by.Cause.At})
}

// remember makes the answer and keeps it for repetitions. Of what only reads, just the answer to a wrong
// PIN is kept: any other, told again later, could be a lie, and asking again does no harm.
func (p *pinCall) remember(tx store.Tx, out *MemberOutcome) error {
	out.Body = p.call.Answer(*out)
	kept := out.Body
	if p.call.Ask.Command.Reads() && out.Refusal != member.WrongPIN && out.Refusal != member.Unknown {
		kept = nil
	}
	return tx.SaveMemberCall(store.MemberCall{Key: p.key, Fingerprint: p.fingerprint, PINTag: p.tag, Answer: kept, At: p.by.Cause.At})
}

// CheckMember says whether a member could log in from a device at a time, without a PIN: see member.CheckUser.
func (r *Registry) CheckMember(ctx context.Context, on *Footing, msisdn string, d member.Device, now time.Time) (member.Refusal, time.Time, error) {
	m, err := opened(r.memberOn(ctx, on, msisdn))
	if err != nil || m == nil {
		return member.Unknown, time.Time{}, err
	}
	refusal, until := m.Gate(member.CheckUser, d, now)
	return refusal, until, nil
}

// HasMember says whether a phone number is an open member's.
func (r *Registry) HasMember(ctx context.Context, on *Footing, msisdn string) (bool, error) {
	m, err := opened(r.memberOn(ctx, on, msisdn))
	return m != nil, err
}

// memberOn gives a member in brief to a caller on a footing; nil when there is none.
func (r *Registry) memberOn(ctx context.Context, on *Footing, msisdn string) (*member.Member, error) {
	m, dir, err := r.store.MemberState(ctx, msisdn)
	if err == nil {
		err = on.under(dir)
	}
	return m, err
}
