package audit

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Tree is the log above its blocks, in memory: a quarter of a byte for every event. It is not safe for
// use by several goroutines while Append runs.
type Tree struct {
	levels [][]Hash // of the blocks, of pairs of them, …
}

// Blocks is how many blocks the tree has.
func (t *Tree) Blocks() int {
	if len(t.levels) == 0 {
		return 0
	}
	return len(t.levels[0])
}

// Size is how many events are in the blocks.
func (t *Tree) Size() uint64 { return uint64(t.Blocks()) << blockLevel }

// Append adds the next block.
func (t *Tree) Append(block Hash) {
	h := block
	for level := 0; ; level++ {
		if level == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		t.levels[level] = append(t.levels[level], h)
		n := len(t.levels[level])
		if n%2 == 1 {
			return
		}
		h = tlog.NodeHash(t.levels[level][n-2], h)
	}
}

// Frontier gives what goes on where the blocks end.
func (t *Tree) Frontier() Frontier {
	var f Frontier
	for _, level := range levelsUpTo(0, t.Size()) {
		f.push(level, t.levels[level-blockLevel][f.size>>level])
	}
	return f
}

// Leaves gives the leaves of a block, or those that there are of the last one.
type Leaves func(block int) ([]Hash, error)

// reader finds the nodes of a tree: above the blocks in memory, below by hashing their leaves again.
type reader struct {
	tree   *Tree
	leaves Leaves
	block  int // whose leaves are held; -1 for none
	held   []Hash
}

func (t *Tree) reader(leaves Leaves) *reader { return &reader{tree: t, leaves: leaves, block: -1} }

// ReadHashes implements tlog.HashReader.
func (r *reader) ReadHashes(indexes []int64) ([]Hash, error) {
	list := make([]Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		h, err := r.node(level, n)
		if err != nil {
			return nil, err
		}
		list[i] = h
	}
	return list, nil
}

func (r *reader) node(level int, n int64) (Hash, error) {
	if up := level - blockLevel; up >= 0 {
		if up >= len(r.tree.levels) || n >= int64(len(r.tree.levels[up])) {
			return Hash{}, errBeyond()
		}
		return r.tree.levels[up][n], nil
	}
	first := n << level
	if block := int(first >> blockLevel); block != r.block {
		held, err := r.leaves(block)
		if err != nil {
			return Hash{}, err
		}
		r.block, r.held = block, held
	}
	from := first % BlockEvents
	if from+1<<level > int64(len(r.held)) {
		return Hash{}, errBeyond()
	}
	var f Frontier
	for _, leaf := range r.held[from : from+1<<level] {
		f.Add(leaf)
	}
	return f.Root(), nil
}

func errBeyond() error {
	return fault.New(fault.Internal, "The log is shorter than what is to be proved in it.")
}

// cover gives the subtrees between two sizes, as levelsUpTo has them.
func (r *reader) cover(from, to uint64) (list []Hash, err error) {
	for _, level := range levelsUpTo(from, to) {
		h, err := r.node(level, int64(from>>level))
		if err != nil {
			return nil, err
		}
		list = append(list, h)
		from += 1 << level
	}
	return list, nil
}
