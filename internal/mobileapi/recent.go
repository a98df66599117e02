package mobileapi

import (
	"hash/maphash"
	"sync"
)

// recentIDs remembers which request an api_request_id named last, for as long as there is room. The
// registry knows the calls that show a PIN for good; this is for those that change nothing, which it
// does not see, and for an id that went to both.
//
// It keeps hashes under a seed of its own, which nobody outside knows: two ids or requests that are taken
// for one are too rare to matter, and nobody can make them.
type recentIDs struct {
	seed   maphash.Seed
	shards [64]recentShard
}

func newRecentIDs() *recentIDs { return &recentIDs{seed: maphash.MakeSeed()} }

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

type recentID struct{ key, asked uint64 }

// same says whether the id stands for no other request than this one, which it stands for from now on
// if it is new.
func (t *recentIDs) same(id, request []byte) bool {
	key, asked := maphash.Bytes(t.seed, id), maphash.Bytes(t.seed, request)
	s := &t.shards[key%uint64(len(t.shards))]
	n := key >> 32 % setsPerShard
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

// sameAsBefore looks up the request's id. It keeps neither the id nor what was asked.
func (c *call) sameAsBefore() bool {
	c.out = append(append(append(c.out[:0], c.channel.ID...), 0), c.request.fields[requestID].text...)
	same := c.h.ids.same(c.out, c.request.asked)
	c.out = c.out[:0]
	return same
}
