package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// Hash is a hash of the log: of a leaf, of a node, of a whole tree.
type Hash = tlog.Hash

// leafTag begins with the zero byte by which RFC 6962 tells leaves from nodes.
const leafTag = "\x00switchboard leaf 1\n"

// Leaf is an event's leaf. The event's hash binds what it says and the chain before it; the leaf adds
// its place among all events and the place of the one before it in its chain. Events are numbered from
// 1, leaves from 0.
func Leaf(seq, prev uint64, hash event.Hash) Hash {
	var b [len(leafTag) + 8 + 8 + len(hash)]byte
	n := copy(b[:], leafTag)
	binary.BigEndian.PutUint64(b[n:], seq)
	binary.BigEndian.PutUint64(b[n+8:], prev)
	copy(b[n+16:], hash[:])
	return sha256.Sum256(b[:])
}

// blockLevel is the level in the tree of the blocks whose hashes are stored.
const blockLevel = 8

// BlockEvents is how many events a block has.
const BlockEvents = 1 << blockLevel
