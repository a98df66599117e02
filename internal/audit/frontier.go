package audit

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// node is a complete subtree.
type node struct {
	level int
	hash  Hash
}

// Frontier is what must be kept of a tree to go on appending to it: the complete subtrees it is made
// of, the largest first. The zero Frontier is the empty tree's.
type Frontier struct {
	size    uint64
	nodes   []node
	onBlock func(Hash) // told of each block that is complete; may be nil
}

// Size is the number of leaves.
func (f *Frontier) Size() uint64 { return f.size }

// Add appends a leaf.
func (f *Frontier) Add(leaf Hash) { f.push(0, leaf) }

// push appends a complete subtree, at a place that is a multiple of its size.
func (f *Frontier) push(level int, h Hash) {
	f.size += 1 << level
	for last := len(f.nodes) - 1; last >= 0 && f.nodes[last].level == level; last-- {
		h = tlog.NodeHash(f.nodes[last].hash, h)
		f.nodes = f.nodes[:last]
		if level++; level == blockLevel && f.onBlock != nil {
			f.onBlock(h)
		}
	}
	f.nodes = append(f.nodes, node{level, h})
}

// Root is the hash of the whole tree.
func (f *Frontier) Root() Hash {
	if len(f.nodes) == 0 {
		return sha256.Sum256(nil)
	}
	h := f.nodes[len(f.nodes)-1].hash
	for i := len(f.nodes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.nodes[i].hash, h)
	}
	return h
}

// levelsUpTo gives the levels of the subtrees that lead from a tree of so many leaves to a larger one:
// each as large as its place permits.
func levelsUpTo(from, to uint64) (levels []int) {
	for from < to {
		level := 0
		for from%(2<<level) == 0 && from+2<<level <= to {
			level++
		}
		levels = append(levels, level)
		from += 1 << level
	}
	return levels
}

// extend appends subtrees of the levels that levelsUpTo gives. ok is false when there are not as many.
func (f *Frontier) extend(to uint64, hashes []Hash) (ok bool) {
	levels := levelsUpTo(f.size, to)
	if len(levels) != len(hashes) {
		return false
	}
	for i, level := range levels {
		f.push(level, hashes[i])
	}
	return true
}
