package mobileapi

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// recentIDs remembers which request an api_request_id named last, for as long as there is room. The
// registry knows the calls that show a PIN for good; this is for those that change nothing, which it
// does not see, and for an id that went to both.
type recentIDs struct {
	shards [64]recentShard
}

// recentShard is a table of sets of a few ids each. A new id takes the place of the oldest of its set.
type recentShard struct {
	mu   sync.Mutex
	ids  [setsPerShard][idsPerSet]recentID
	next [setsPerShard]uint8
}

const (
	setsPerShard = 128
	idsPerSet    = 8
)

type recentID struct{ key, asked [16]byte }

// same says whether the id stands for no other request than this one, which it stands for from now on
// if it is new.
func (t *recentIDs) same(key, asked [16]byte) bool {
	s := &t.shards[key[0]%byte(len(t.shards))]
	n := binary.LittleEndian.Uint16(key[1:]) % setsPerShard
	s.mu.Lock()
	defer s.mu.Unlock()
	set := &s.ids[n]
	for i := range set {
		if set[i].key == key {
			return set[i].asked == asked
		}
	}
	set[s.next[n]%idsPerSet] = recentID{key, asked}
	s.next[n]++
	return true
}

// half is the first half of a SHA-256.
func half(b []byte) [16]byte {
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// sameAsBefore looks up the request's id. It keeps neither the id nor what was asked.
func (c *call) sameAsBefore() bool {
	c.out = append(append(append(c.out[:0], c.channel.ID...), 0), c.request.fields[requestID].text...)
	key := half(c.out)
	c.out = c.out[:0]
	return c.h.ids.same(key, half(c.request.asked))
}
