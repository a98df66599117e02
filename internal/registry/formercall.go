package registry

import (
	"context"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// formerSetting is when the last of the calls was made whose keys do not begin with a digest of the reference: the
// schema that brought these notes it where there are some.
const formerSetting = "former_call_keys"

// What is known of such calls.
const (
	formerUnknown int32 = iota
	formerNone
	formerSome
)

// naming makes a call ready to be looked for: also under its former key, while there may be such.
func (r *Registry) naming(ctx context.Context, c Call) (Call, error) {
	if c.Reference == "" {
		return c, nil
	}
	if r.former.Load() == formerUnknown {
		is := formerNone
		err := r.store.View(ctx, func(tx store.Tx) error {
			value, err := tx.Setting(formerSetting)
			if value != "" {
				is = formerSome
			}
			return err
		})
		if err != nil {
			return c, err
		}
		r.former.Store(is)
	}
	c.former = r.former.Load() == formerSome
	return c, nil
}

// near says which calls a change looks at first.
func (c Call) near(userCode, partnerID string) []store.Near {
	if c.Reference == "" {
		return []store.Near{{UserCode: userCode}}
	}
	list := []store.Near{{UserCode: userCode, Call: c.key(partnerID)}}
	if c.former {
		list = append(list, store.Near{Call: c.formerKey(partnerID)})
	}
	return list
}

// forgetFormer notes that calls of before a time are forgotten, of which those with former keys may have been the last.
func (r *Registry) forgetFormer(ctx context.Context, before time.Time) error {
	if _, err := r.naming(ctx, Call{Reference: "any"}); err != nil || r.former.Load() != formerSome {
		return err
	}
	var over bool
	err := r.store.Update(ctx, func(tx store.Tx) error {
		value, err := tx.Setting(formerSetting)
		last, _ := strconv.ParseInt(value, 10, 64)
		if over = err == nil && last < store.Micro(before); !over {
			return err
		}
		return tx.SetSetting(formerSetting, "")
	})
	if err == nil && over {
		r.former.Store(formerNone)
	}
	return err
}
