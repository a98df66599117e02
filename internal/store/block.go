package store

import "github.com/switchboard-platform/switchboard/internal/block"

// BlockTx reads and writes blocks. Open ones come with the records of their agents, and those on services
// and partners with Directory.
type BlockTx interface {
	// Block gives a block by id, open or not. NotFound when there is none.
	Block(id string) (block.Block, error)

	// SaveBlock adds a block or replaces the one with its id, whose target must be the same.
	SaveBlock(b block.Block) error

	// Blocks lists blocks by id, the youngest first.
	Blocks(f BlockFilter) ([]block.Block, error)
}

// BlockFilter says which blocks to list; zero fields do not restrict.
type BlockFilter struct {
	Open    bool // only those that are not lifted
	Agent   string
	Service string
	Partner string // those on the partner itself
	Owner   *block.Owner
	Before  string // ids before this one
	Limit   int    // at most so many; required
}
