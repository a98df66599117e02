package registry

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Call names one call of one caller, so that its repetition gets the first answer.
// The zero Call is unnamed: nothing is remembered.
type Call struct {
	Reference string   // the caller's client_ref_id
	Operation string   // method and path, the same for every spelling of them
	Request   []string // what was asked, in a fixed order: the same reference must mean the same

	former bool // it may be remembered under its former key
}

func (c Call) key(partnerID string) (k store.CallKey) {
	ref, whole := referenceDigest(c.Reference), digest(partnerID, c.Operation, c.Reference)
	copy(k[:], ref[:])
	copy(k[len(ref):], whole[:])
	return k
}

// formerKey is the key that a call had before keys began with a digest of the reference.
func (c Call) formerKey(partnerID string) store.CallKey {
	return store.CallKey(digest(partnerID, c.Operation, c.Reference))
}

// referenceDigest is how the keys of all calls with a reference begin, whoever's they are.
func referenceDigest(reference string) [8]byte {
	d := digest(reference)
	return [8]byte(d[:8])
}

func (c Call) fingerprint() [16]byte { return digest(c.Request...) }

// digest is the first half of a SHA-256 over the parts, each with its length before it.
func digest(parts ...string) [16]byte {
	b := make([]byte, 0, 256)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// repeated looks for the first answer of a named call. It gives nil when the call is unnamed or
// new; CallReused when the reference named another request; CallSpent when what the answer said
// is no longer so, because repeating it would be a lie and doing it again would undo a change.
func repeated(tx store.Tx, partnerID string, c Call) ([]byte, error) {
	if c.Reference == "" {
		return nil, nil
	}
	was, err := tx.Call(c.key(partnerID))
	if c.former && fault.Is(err, fault.NotFound) {
		was, err = tx.Call(c.formerKey(partnerID))
	}
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if was.Fingerprint != c.fingerprint() {
		return nil, fault.New(fault.CallReused, "client_ref_id %s was used for a different request before; give every call its own.", c.Reference)
	}
	if was.ServiceCode == "" {
		return was.Answer, nil
	}
	rec, err := tx.AgentState(was.UserCode)
	if err != nil {
		return nil, err
	}
	if is := rec.Activation(was.ServiceCode).State; is != was.State {
		return nil, fault.New(fault.CallSpent, "client_ref_id %s is used up: the service was %s when it was answered and is %s now; send a new one.",
			c.Reference, was.State, is)
	}
	return was.Answer, nil
}

// remember keeps the answer of a named call.
func remember(tx store.Tx, by Caller, c Call, userCode string, a agent.Activation, answer []byte) error {
	if c.Reference == "" {
		return nil
	}
	return tx.SaveCall(store.Call{
		Key: c.key(by.PartnerID), Fingerprint: c.fingerprint(), UserCode: userCode,
		ServiceCode: a.ServiceCode, State: a.State, Answer: answer, At: by.Cause.At,
	})
}

// forgetBatch is how many calls one transaction forgets, so that no change waits long behind it.
const forgetBatch = 500

// ForgetCalls forgets the named calls that are older than keep, and says how many.
func (r *Registry) ForgetCalls(ctx context.Context, keep time.Duration) (total int, err error) {
	before := r.Now().Add(-keep)
	if total, err = r.forget(ctx, keep, store.Tx.ForgetCalls); err != nil {
		return total, err
	}
	return total, r.forgetFormer(ctx, before)
}

// ForgetMemberCalls is ForgetCalls for the calls of channels.
func (r *Registry) ForgetMemberCalls(ctx context.Context, keep time.Duration) (total int, err error) {
	return r.forget(ctx, keep, store.Tx.ForgetMemberCalls)
}

func (r *Registry) forget(ctx context.Context, keep time.Duration, some func(store.Tx, time.Time, int) (int, error)) (total int, err error) {
	before := r.Now().Add(-keep)
	for n := forgetBatch; n > 0 && err == nil; total += n {
		err = r.store.Update(ctx, func(tx store.Tx) (err error) {
			n, err = some(tx, before, forgetBatch)
			return err
		})
	}
	return total, err
}
