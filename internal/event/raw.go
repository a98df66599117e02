package event

import (
	"crypto/sha256"
	"time"
)

// Raw is an event as a store or a file has it, for whoever reads very many: its texts are bytes that
// are overwritten by the next one.
type Raw struct {
	Seq, Prev, Version uint64
	At                 int64 // microseconds since 1970, 0 for never
	SubjectKind        []byte
	SubjectID          []byte
	Kind               []byte
	Service            []byte
	Actor              []byte
	Key                []byte
	Address            []byte
	RequestID          []byte
	Data               []byte
	Hash               Hash // zero when what is stored is no hash
}

// texts gives the fields that are texts, in the order of Event.texts.
func (r *Raw) texts() [9]*[]byte {
	return [...]*[]byte{&r.SubjectKind, &r.SubjectID, &r.Kind, &r.Service, &r.Actor, &r.Key, &r.Address, &r.RequestID, &r.Data}
}

// Sum is the hash that the event must have after prev. It is put together in buf, which is given back
// to be used again.
func (r *Raw) Sum(prev Hash, buf []byte) (Hash, []byte) {
	at := r.At
	if at == 0 {
		at = time.Time{}.UnixMicro()
	}
	b := appendHashed(buf[:0], prev, r.Version, at, r.texts())
	return sha256.Sum256(b), b
}

// Subject is what the event is about.
func (r *Raw) Subject() Subject { return Subject{SubjectKind(r.SubjectKind), string(r.SubjectID)} }

// Raw gives the event as bytes of its own.
func (e *Event) Raw() Raw {
	r := Raw{Seq: e.Seq, Prev: e.Prev, Version: e.Version, Hash: e.Hash}
	if !e.Cause.At.IsZero() {
		r.At = e.Cause.At.UnixMicro()
	}
	texts := e.texts()
	for i, p := range r.texts() {
		*p = []byte(*texts[i])
	}
	return r
}

// Event gives the event with texts of its own.
func (r *Raw) Event() Event {
	e := Event{
		Seq: r.Seq, Prev: r.Prev, Subject: r.Subject(), Version: r.Version, Kind: Kind(r.Kind), Service: string(r.Service),
		Cause: Cause{Actor: string(r.Actor), Key: string(r.Key), Address: string(r.Address), RequestID: string(r.RequestID)},
		Data:  string(r.Data), Hash: r.Hash,
	}
	if r.At != 0 {
		e.Cause.At = time.UnixMicro(r.At).UTC()
	}
	return e
}
