package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// receiptInfo is what the keys of a Stamper are for: see pepperInfo.
const receiptInfo = "switchboard: receipts of decisions, version 1"

// Stamper puts a stamp under what is given out, so that it is known again: the id of a key, and a digest
// keyed with it. The keys are derived from the master key; one that was replaced there still knows its
// stamps for as long as it stays in the keyset. It is safe for use by many goroutines, and does not print.
type Stamper struct {
	primary *stampKey
	keys    map[uint32]*stampKey
}

// stampKey is one derived key, with keyed HMACs for reuse: keying one costs more than using it.
type stampKey struct {
	id   uint32
	key  Text
	macs sync.Pool // of *stampMAC
}

type stampMAC struct {
	hash hash.Hash
	sum  [sha256.Size]byte
}

// The parts of a stamp, in bytes. Half a digest is as much as anybody could guess at.
const (
	stampIDBytes  = 4
	stampMACBytes = 16
	stampBytes    = stampIDBytes + stampMACBytes
)

// NewStamper derives a key of every enabled key of the master key.
func NewStamper(k MasterKey) (*Stamper, error) {
	if _, err := NewSealer(k); err != nil {
		return nil, err // which looked at every key
	}
	s := &Stamper{keys: map[uint32]*stampKey{}}
	for i := range k.handle.Len() {
		entry, err := k.handle.Entry(i)
		if err == nil && entry.KeyStatus() == keyset.Enabled {
			err = s.add(entry)
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "The key of receipts could not be derived from the master key.")
		}
	}
	return s, nil
}

func (s *Stamper) add(entry *keyset.Entry) error {
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok || s.keys[entry.KeyID()] != nil {
		return fmt.Errorf("key %08x is not AES-GCM, or there twice", entry.KeyID())
	}
	derived, err := derive(key.KeyBytes().Data(insecuresecretdataaccess.Token{}), receiptInfo)
	if err != nil {
		return err
	}
	own := &stampKey{id: entry.KeyID(), key: derived}
	own.macs.New = func() any { return &stampMAC{hash: hmac.New(sha256.New, []byte(own.key.Reveal()))} }
	s.keys[own.id] = own
	if entry.IsPrimary() {
		s.primary = own
	}
	return nil
}

// Append appends the stamp of the bytes from an index on.
func (s *Stamper) Append(b []byte, from int) []byte {
	return s.primary.append(b, b[from:])
}

// append appends a stamp of content.
func (k *stampKey) append(b, content []byte) []byte {
	m := k.macs.Get().(*stampMAC)
	defer k.macs.Put(m)
	m.hash.Reset()
	_, _ = m.hash.Write(content)
	b = binary.BigEndian.AppendUint32(b, k.id)
	return append(b, m.hash.Sum(m.sum[:0])[:stampMACBytes]...)
}

// Check takes the stamp off. ok is false when it is not one that this Stamper knows to be its own.
func (s *Stamper) Check(b []byte) (content []byte, ok bool) {
	if len(b) < stampBytes {
		return nil, false
	}
	content, stamp := b[:len(b)-stampBytes], b[len(b)-stampBytes:]
	key := s.keys[binary.BigEndian.Uint32(stamp)]
	if key == nil {
		return nil, false
	}
	return content, hmac.Equal(key.append(nil, content), stamp)
}
