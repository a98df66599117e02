package registry

import (
	"context"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Witness names where signed heads are kept besides the database.
type Witness string

// The witnesses. Each has a setting of the database that says up to which head it has them.
const (
	HeadsFile Witness = "log_heads_file"
	HeadsURL  Witness = "log_heads_url"
)

// tellHeads is how many heads are told in one go.
const tellHeads = 100

// TellHeads tells a witness the signed heads that it does not have yet, and how far it has come. It stops at
// the first that tell does not take, and gives that error: the next call goes on there. A head may be
// told twice.
func (r *Registry) TellHeads(ctx context.Context, w Witness, tell func(audit.SignedHead) error) error {
	var heads []audit.SignedHead
	err := r.store.View(ctx, func(tx store.Tx) error {
		text, err := tx.Setting(string(w))
		if err != nil {
			return err
		}
		told, _ := strconv.ParseUint(text, 10, 64) // nothing means none
		heads, err = tx.LogHeads(told, tellHeads)
		return err
	})
	if err != nil || len(heads) == 0 {
		return err
	}
	told := uint64(0)
	var failed error
	for _, h := range heads {
		if failed = tell(h); failed != nil {
			break
		}
		told = h.ID
	}
	if told > 0 {
		err = r.store.Update(ctx, func(tx store.Tx) error { return tx.SetSetting(string(w), strconv.FormatUint(told, 10)) })
	}
	if failed != nil {
		return failed
	}
	return err
}
