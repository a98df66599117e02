package registry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// keyUses notes when keys were last used, until FlushKeyUses saves it. It outlasts the keyrings, which point into it.
type keyUses struct {
	mu sync.Mutex // of the map alone: who uses a key has the pointer
	of map[store.KeyName]*keyUse
}

// keyUse is when a key was last used.
type keyUse struct {
	minute atomic.Int64 // since 1970; 0: not by this process
	saved  atomic.Int64
}

// note notes a use. All of a minute but the first are a look.
func (u *keyUse) note(at time.Time) {
	if minute := at.Unix() / 60; u.minute.Load() != minute {
		u.minute.Store(minute)
	}
}

// find gives where uses of a key are noted.
func (k *keyUses) find(kind store.KeyKind, id string) *keyUse {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := store.KeyName{Kind: kind, ID: id}
	u := k.of[name]
	if u == nil {
		u = new(keyUse)
		k.of[name] = u
	}
	return u
}

// unsaved gives the uses that the store does not know of.
func (k *keyUses) unsaved() (list []store.KeyUse) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, u := range k.of {
		if m := u.minute.Load(); m != u.saved.Load() {
			list = append(list, store.KeyUse{Key: name, At: time.Unix(m*60, 0).UTC()})
		}
	}
	return list
}

// save notes what the store knows now.
func (k *keyUses) save(uses []store.KeyUse) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, u := range uses {
		k.of[u.Key].saved.Store(u.At.Unix() / 60)
	}
}

// FlushKeyUses saves when keys were last used. What could not be saved is the next time.
func (r *Registry) FlushKeyUses(ctx context.Context) error {
	for list := r.keyUses.unsaved(); len(list) > 0; {
		batch := list[:min(useBatch, len(list))]
		if err := r.store.Update(ctx, func(tx store.Tx) error { return tx.SaveKeyUses(batch) }); err != nil {
			return err
		}
		r.keyUses.save(batch)
		list = list[len(batch):]
	}
	return nil
}

// KeyUses gives when keys were last used, to the minute: as all processes have saved it, and this one knows it.
func (r *Registry) KeyUses(ctx context.Context) (last map[store.KeyName]time.Time, err error) {
	last = map[store.KeyName]time.Time{}
	err = r.store.View(ctx, func(tx store.Tx) error {
		uses, err := tx.KeyUses()
		for _, u := range append(uses, r.keyUses.unsaved()...) {
			if u.At.After(last[u.Key]) {
				last[u.Key] = u.At
			}
		}
		return err
	})
	return last, err
}
