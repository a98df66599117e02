package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// What the keys derived from a master key are for. Neither says anything of the other, nor of the
// key that seals.
const (
	pepperInfo = "switchboard: pepper of PINs, version 1"
	tagInfo    = "switchboard: tags of PINs, version 1"

	passwordInfo = "switchboard: pepper of passwords, version 1"
)

// pinKeys are the keys derived from a master key. They are Texts, because fmt does not call methods on
// what it finds inside of a struct: nothing prints those.
type pinKeys struct {
	primary uint32          // the id of the key whose pepper new hashes get
	peppers map[uint32]Text // by the id of the key in the keyset
	tags    map[uint32]Text // likewise
}

// newPINKeys derives a pepper of every enabled key of the keyset: hashes made under a former primary
// key are compared for as long as that key stays in it.
func newPINKeys(k MasterKey, pepperInfo string) (*pinKeys, error) {
	if _, err := NewSealer(k); err != nil {
		return nil, err // which looked at every key
	}
	keys := &pinKeys{peppers: map[uint32]Text{}, tags: map[uint32]Text{}}
	for i := range k.handle.Len() {
		entry, err := k.handle.Entry(i)
		if err == nil && entry.KeyStatus() == keyset.Enabled {
			err = keys.add(entry, pepperInfo)
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "The keys for PINs could not be derived from the master key.")
		}
	}
	return keys, nil
}

func (keys *pinKeys) add(entry *keyset.Entry, pepperInfo string) error {
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok {
		return fmt.Errorf("key %08x is not AES-GCM", entry.KeyID())
	}
	if _, twice := keys.peppers[entry.KeyID()]; twice {
		return fmt.Errorf("two keys have the id %08x", entry.KeyID())
	}
	raw := key.KeyBytes().Data(insecuresecretdataaccess.Token{})
	pepper, err := derive(raw, pepperInfo)
	if err != nil {
		return err
	}
	tag, err := derive(raw, tagInfo)
	keys.peppers[entry.KeyID()], keys.tags[entry.KeyID()] = pepper, tag
	if entry.IsPrimary() {
		keys.primary = entry.KeyID()
	}
	return err
}

// derive makes a key for one purpose of a master key.
func derive(raw []byte, info string) (Text, error) {
	key, err := hkdf.Key(sha256.New, raw, nil, info, sha256.Size)
	return NewText(string(key)), err
}

// peppered is what is hashed of a PIN: a keyed digest of it and of whose it is.
func (keys *pinKeys) peppered(keyID uint32, msisdn string, pin Text) []byte {
	mac := hmac.New(sha256.New, []byte(keys.peppers[keyID].Reveal()))
	writePart(mac, msisdn)
	_, _ = io.WriteString(mac, pin.Reveal())
	return mac.Sum(nil)
}

// writePart writes a text after its length, so that parts do not run into each other.
func writePart(h hash.Hash, s string) {
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
	_, _ = io.WriteString(h, s)
}

// Tag is a keyed digest of PINs and what they were sent with: the id of its key, then the digest. Without
// the key, which is not in the store, it says nothing of the PINs.
type Tag [16]byte

// tagKeyBytes is how much of a Tag is the id of its key.
const tagKeyBytes = 4

// Tag makes a tag under the primary key.
func (p *PINs) Tag(context string, pins ...Text) Tag {
	return p.keys.tagOf(p.keys.primary, context, pins)
}

// SameTag says whether a tag is of the same PINs in the same context. known is false when it was made
// under a key that is not in the keyset any more: then nobody can say.
func (p *PINs) SameTag(tag Tag, context string, pins ...Text) (same, known bool) {
	keyID := binary.BigEndian.Uint32(tag[:tagKeyBytes])
	if _, known = p.keys.tags[keyID]; !known {
		return false, false
	}
	again := p.keys.tagOf(keyID, context, pins)
	return subtle.ConstantTimeCompare(again[:], tag[:]) == 1, true
}

func (keys *pinKeys) tagOf(keyID uint32, context string, pins []Text) (tag Tag) {
	mac := hmac.New(sha256.New, []byte(keys.tags[keyID].Reveal()))
	writePart(mac, context)
	for _, pin := range pins {
		writePart(mac, pin.Reveal())
	}
	binary.BigEndian.PutUint32(tag[:], keyID)
	copy(tag[tagKeyBytes:], mac.Sum(nil))
	return tag
}
