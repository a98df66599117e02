package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Subject names what an event is about. Every subject has a chain of its own.
type Subject struct {
	Kind SubjectKind
	ID   string
}

// SubjectKind is the kind of thing that has a history.
type SubjectKind string

// The kinds of subject.
const (
	Agent   SubjectKind = "agent"
	Partner SubjectKind = "partner"
	Service SubjectKind = "service"
	Member  SubjectKind = "member"
	Channel SubjectKind = "channel"
	Ladder  SubjectKind = "ladder"

	Operator SubjectKind = "operator"
	Switch   SubjectKind = "switch"
	Plan     SubjectKind = "plan"

	Review SubjectKind = "review" // of an activation, known by user_code/service_code: who looks at it, apart from the agent's own chain
)

// String is "kind:id".
func (s Subject) String() string { return string(s.Kind) + ":" + s.ID }

// Cause says who made a change, with which key, from where, in which request, and when.
type Cause struct {
	Actor     string    // "partner:ID", "channel:ID" or "operator:NAME"
	Key       string    // the developer key (its public half), or the id of the channel's secret or of the token; "" for neither
	Address   string    // the caller's network address, "" for the local socket
	RequestID string    // the id that the answer carried
	At        time.Time // UTC, whole microseconds
}

// SharedToken is the actor who used the operators' shared token: nobody in particular.
const SharedToken = "operator:token"

// Person says whether the actor is a person at the desk, known by name.
func (c Cause) Person() bool {
	return strings.HasPrefix(c.Actor, "operator:") && c.Actor != SharedToken
}

// Kind is what happened.
type Kind string

// The kinds of event.
const (
	AgentOnboarded     Kind = "agent.onboarded"
	AgentStatus        Kind = "agent.status_changed"
	ServiceActivated   Kind = "activation.activated"
	ServiceRequested   Kind = "activation.requested"
	ServiceDeactivated Kind = "activation.deactivated"
	ServiceApproved    Kind = "activation.approved"
	ServiceRejected    Kind = "activation.rejected"
	PartnerAdded       Kind = "partner.added"
	KeyAdded           Kind = "partner.key_added"
	KeyExpires         Kind = "partner.key_expires"
	KeyRevoked         Kind = "partner.key_revoked"
	KeyReplay          Kind = "partner.key_replay_changed"
	PartnerAddresses   Kind = "partner.addresses_changed"
	CatalogueSet       Kind = "service.set"
	CatalogueRemoved   Kind = "service.removed"
	CatalogueAsked     Kind = "service.set_asked" // the first of two wants its rules less strict

	MemberAdded     Kind = "member.added"
	MemberStatus    Kind = "member.status_changed"
	MemberUnlocked  Kind = "member.unlocked"
	AppActivated    Kind = "member.app_activated"
	AppDeactivated  Kind = "member.app_deactivated"
	DeviceBound     Kind = "member.device_bound"
	DeviceUnbound   Kind = "member.device_unbound"
	PINIssued       Kind = "member.pin_issued"
	PINChosen       Kind = "member.pin_chosen"
	PINChanged      Kind = "member.pin_changed"
	PINRefused      Kind = "member.pin_refused"
	IdentityRefused Kind = "member.identity_refused"
	LadderReached   Kind = "member.ladder_reached"
	AttemptsCleared Kind = "member.attempts_cleared"
	SecuritySet     Kind = "member.security_set"
	ChannelAdded    Kind = "channel.added"
	ChannelChanged  Kind = "channel.changed"
	ChannelRevoked  Kind = "channel.revoked"
	SecretAdded     Kind = "channel.secret_added"
	SecretExpires   Kind = "channel.secret_expires"
	SecretRevoked   Kind = "channel.secret_revoked"
	LadderSet       Kind = "ladder.set"

	ActivationRescheduled Kind = "activation.rescheduled" // from, until, verify_by
	ActivationRenewed     Kind = "activation.renewed"     // verified again
	ActivationEndorsed    Kind = "activation.endorsed"    // the first of two has approved
	ActivationRestored    Kind = "activation.restored"    // a plan was undone
	BlockPlaced           Kind = "block.placed"           // on any target: in the chain of its subject
	BlockLiftAsked        Kind = "block.lift_asked"       // the first of two wants it lifted
	BlockLifted           Kind = "block.lifted"
	BlockCancelled        Kind = "block.cancelled" // lifted before it began
	AgentPlaced           Kind = "agent.place_set"
	AgentDevices          Kind = "agent.devices_set"
	AgentErased           Kind = "agent.erased"
	MemberErased          Kind = "member.erased"

	TokenAdded      Kind = "token.added" // in the chain of its holder
	TokenExpires    Kind = "token.expires"
	TokenRevoked    Kind = "token.revoked"
	OperatorAdded   Kind = "operator.added"
	OperatorChanged Kind = "operator.changed"
	OperatorRevoked Kind = "operator.revoked"

	SignedIn        Kind = "operator.signed_in"
	SignedOut       Kind = "operator.signed_out" // by the person, or by what "why" says
	LockedOut       Kind = "operator.locked_out" // after wrong passwords, until a time
	PasswordIssued  Kind = "operator.password_issued"
	PasswordChanged Kind = "operator.password_changed"

	PasskeyAdded      Kind = "operator.passkey_added"
	PasskeyRemoved    Kind = "operator.passkey_removed"
	PasskeyRefused    Kind = "operator.passkey_refused"    // after the right password
	PasskeysForgotten Kind = "operator.passkeys_forgotten" // all of them, by an administrator
	OpenIDLinked      Kind = "operator.openid_linked"
	OpenIDUnlinked    Kind = "operator.openid_unlinked"

	SwitchAdded   Kind = "switch.added"
	SwitchRevoked Kind = "switch.revoked"

	PlanMade      Kind = "plan.made"  // its items are being collected
	PlanReady     Kind = "plan.ready" // they are all there
	PlanConfirmed Kind = "plan.confirmed"
	PlanResumed   Kind = "plan.resumed"
	PlanEnded     Kind = "plan.ended" // applied, stopped or undone: data says which
	PlanUndone    Kind = "plan.undo_begun"
	PlanDiscarded Kind = "plan.discarded"

	ReviewClaimed  Kind = "review.claimed" // or claimed for longer
	ReviewReleased Kind = "review.released"

	EndpointAdded   Kind = "webhook.endpoint_added" // in the chain of its partner
	EndpointChanged Kind = "webhook.endpoint_changed"
	EndpointRemoved Kind = "webhook.endpoint_removed"
)

// Event is one recorded change. It carries no personal data in the clear, so that it can be kept for ever:
// what people wrote, and where somebody stood, goes into Private, of which only a sealed form is kept.
type Event struct {
	Seq     uint64 // position among all events of the store; given by the store, not hashed
	Prev    uint64 // Seq of the subject's event before this one, 0 for its first; not hashed
	Subject Subject
	Version uint64 // 1 for the subject's first event, then 2, 3, …
	Kind    Kind
	Service string // the service_code an activation's event is about, else ""
	Cause   Cause
	Data    string // a JSON object with the particulars: from, to, …
	Private string // a JSON object with what is personal: comment, reason, latlong; "" for none. Not hashed and not stored: see Seal
	Hash    Hash
}

// Hash binds an event to all events of its subject before it.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Head is the end of a subject's chain: what the next event must follow.
// The zero Head is that of a subject with no event yet.
type Head struct {
	Version uint64
	Seq     uint64
	Hash    Hash
}

// Next makes e the event after h: its version and hash. The store gives it its Seq.
func (h Head) Next(e Event) Event {
	e.Version, e.Prev = h.Version+1, h.Seq
	e.Hash = e.sum(h.Hash)
	return e
}

// Head is the end of the chain after e.
func (e Event) Head() Head { return Head{Version: e.Version, Seq: e.Seq, Hash: e.Hash} }

// texts gives the fields that are texts, in the order in which they are hashed.
func (e *Event) texts() [9]*string {
	return [...]*string{(*string)(&e.Subject.Kind), &e.Subject.ID, (*string)(&e.Kind), &e.Service,
		&e.Cause.Actor, &e.Cause.Key, &e.Cause.Address, &e.Cause.RequestID, &e.Data}
}

// sum hashes the event after prev.
func (e *Event) sum(prev Hash) Hash {
	var buf [512]byte
	return sha256.Sum256(appendHashed(buf[:0], prev, e.Version, e.Cause.At.UnixMicro(), e.texts()))
}

// hashTag says what is hashed, and in which version of the form.
const hashTag = "switchboard event 1\n"

// appendHashed appends what is hashed of an event after prev: a version tag, then every field with its
// length before it, so that no two different events share an encoding.
func appendHashed[T string | []byte](b []byte, prev Hash, version uint64, at int64, texts [9]*T) []byte {
	b = append(b, hashTag...)
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint64(b, version)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(*s)))
		b = append(b, *s...)
	}
	return b
}

// Verify checks that events, oldest first, continue the chain after head: one subject, no gap,
// every hash right. The error names the first event that does not.
func Verify(head Head, events []Event) error {
	for i, e := range events {
		if e.Subject != events[0].Subject {
			return fmt.Errorf("event %d is about %s, its chain about %s", e.Seq, e.Subject, events[0].Subject)
		}
		if e.Version != head.Version+1 {
			return fmt.Errorf("%s: version %d follows %d (event %d): events are missing or out of order", e.Subject, e.Version, head.Version, e.Seq)
		}
		if want := e.sum(head.Hash); !bytes.Equal(want[:], e.Hash[:]) {
			return fmt.Errorf("%s: event %d (version %d) was altered: its hash does not fit its content", e.Subject, e.Seq, e.Version)
		}
		head = events[i].Head()
	}
	return nil
}

// Data makes the JSON object of an event from pairs of name and value, in the order given,
// leaving out empty values. It panics on an odd number of arguments, which is a programming error.
func Data(pairs ...string) string {
	b := make([]byte, 0, 64)
	b = append(b, '{')
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendJSON(b, pairs[i]), ':')
		b = appendJSON(b, pairs[i+1])
	}
	return string(append(b, '}'))
}

// appendJSON appends s as a JSON string; plain text, by far the most common, without reflection.
func appendJSON(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
