package registry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// The settings of the database that name it and its log.
const (
	databaseSetting = "database_id"
	logKeysSetting  = "log_keys" // every public key that ever signed, a line each, the present one first
)

// eventLog is what is held in memory of the log of events, which other processes may sign as well. It is opened at
// the first use, and brought up to what is stored at each.
type eventLog struct {
	key    secret.LogKey
	mu     sync.Mutex // held while the log grows
	signer *audit.Signer
	keys   []string
	tree   audit.Tree
	last   audit.SignedHead
}

// LogKeys gives the name of the log and the public keys that signed its heads, the present one first.
func (r *Registry) LogKeys(ctx context.Context) (origin string, keys []string, err error) {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	if err := r.openLog(ctx); err != nil {
		return "", nil, err
	}
	return r.log.signer.Name(), slices.Clone(r.log.keys), nil
}

// SignLog brings the log up to the last event and signs its head. When there is no new event, it gives the
// last head again. Faults: Conflict when the events do not fit what was signed before, NotFound when
// there are none.
func (r *Registry) SignLog(ctx context.Context) (h audit.SignedHead, err error) {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	if err := r.openLog(ctx); err != nil {
		return h, err
	}
	for range signTries {
		if h, err = r.signOnce(ctx); !errors.Is(err, errSigned) {
			return h, err
		}
	}
	return h, fault.Wrap(err, fault.Unavailable, "Others sign the log at the same time; try again.")
}

// signTries bounds how often the log is tried to be signed again because another process was faster, which hardly
// happens twice.
const signTries = 5

// errSigned says that another process has signed, or is signing, the log.
var errSigned = errors.New("another process has signed the log meanwhile")

// signOnce signs the log as it is, unless another process does so at the same time: errSigned.
func (r *Registry) signOnce(ctx context.Context) (audit.SignedHead, error) {
	var g *audit.Growth
	err := r.store.View(ctx, func(tx store.Tx) error {
		if err := r.log.catchUp(tx); err != nil {
			return err
		}
		g = r.log.tree.Grow(r.log.last.Head)
		return tx.ScanEvents(g.Size(), g.Add)
	})
	if err == nil {
		err = g.Whole()
	}
	if err != nil {
		return audit.SignedHead{}, err
	}
	switch g.Size() {
	case 0:
		return audit.SignedHead{}, fault.New(fault.NotFound, "There is no event yet.")
	case r.log.last.Size:
		return r.log.last, nil
	}
	if err := r.addBlocks(ctx, g.Blocks); err != nil {
		return audit.SignedHead{}, err
	}
	return r.addHead(ctx, g.Head(r.Now()))
}

// addHead signs a head and keeps it behind the last one, which must still be there, and be the last.
func (r *Registry) addHead(ctx context.Context, head audit.Head) (audit.SignedHead, error) {
	h, err := r.log.signer.SignHead(head)
	if err != nil {
		return h, err
	}
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		h, err = tx.AddLogHead(h)
		switch next := r.log.last.ID + 1; {
		case err == nil && h.ID > next:
			return errSigned
		case err == nil && h.ID < next:
			return errHeadsGone(r.log.last)
		}
		return err
	})
	if err == nil {
		r.log.last = h
	}
	return h, err
}

// blockBatch is how many blocks one transaction adds, so that no change waits long behind it.
const blockBatch = 1000

func (r *Registry) addBlocks(ctx context.Context, blocks []audit.Hash) error {
	for batch := range slices.Chunk(blocks, blockBatch) {
		first := r.log.tree.Blocks()
		err := r.store.Update(ctx, func(tx store.Tx) error { return tx.AddLogBlocks(first, batch) })
		if fault.Is(err, fault.Exists) {
			return errSigned
		}
		if err != nil {
			return err
		}
		for _, h := range batch {
			r.log.tree.Append(h)
		}
	}
	return nil
}

// openLog reads what is stored of the log, and makes sure that the events still are what was signed last:
// otherwise a new head would cover up what happened to them.
func (r *Registry) openLog(ctx context.Context) error {
	l := &r.log
	if l.signer != nil {
		return nil
	}
	if l.key.IsZero() {
		return fault.New(fault.Internal, "The log has no key.")
	}
	signer, keys, err := r.nameLog(ctx)
	if err != nil {
		return err
	}
	l.keys = keys
	if err = r.store.View(ctx, l.catchUp); err == nil {
		l.signer = signer
	}
	return err
}

// catchUp reads what other processes have added to the log, and makes sure that it continues what is held and is
// of the events.
func (l *eventLog) catchUp(tx store.Tx) error {
	blocks, err := tx.LogBlocks(l.tree.Blocks())
	if err != nil {
		return err
	}
	for _, h := range blocks {
		l.tree.Append(h)
	}
	last, err := lastHead(tx)
	switch {
	case err != nil || last.ID == l.last.ID:
		return err
	case last.ID < l.last.ID:
		return errHeadsGone(l.last)
	}
	if l.keys, err = logKeys(tx); err != nil {
		return err
	}
	if err := checkHead(tx, &l.tree, last, l.keys); err != nil {
		return err
	}
	l.last = last
	return nil
}

func errHeadsGone(last audit.SignedHead) error {
	return fault.New(fault.Conflict, "Head %d of the log is no longer the last one: nothing more is signed. Run 'switchboard audit verify'.", last.ID)
}

// nameLog finds the database's name, giving it one when it has none, and notes the key among those that signed.
func (r *Registry) nameLog(ctx context.Context) (signer *audit.Signer, keys []string, err error) {
	fresh := make([]byte, 12)
	_, _ = rand.Read(fresh) // never fails
	err = r.store.Update(ctx, func(tx store.Tx) error {
		id, err := tx.Setting(databaseSetting)
		if err == nil && id == "" {
			id = hex.EncodeToString(fresh)
			err = tx.SetSetting(databaseSetting, id)
		}
		if err != nil {
			return err
		}
		if signer, err = audit.NewSigner(audit.Origin(id), r.log.key.Public(), r.log.key.Sign); err != nil {
			return err
		}
		if keys, err = logKeys(tx); err != nil || slices.Contains(keys, signer.Key()) && keys[0] == signer.Key() {
			return err
		}
		keys = append([]string{signer.Key()}, slices.DeleteFunc(keys, func(k string) bool { return k == signer.Key() })...)
		return tx.SetSetting(logKeysSetting, strings.Join(keys, "\n"))
	})
	return signer, keys, err
}

// logKeys gives the public keys that a database says have signed its heads.
func logKeys(tx store.Tx) ([]string, error) {
	text, err := tx.Setting(logKeysSetting)
	return strings.Fields(text), err
}

// lastHead gives the youngest signed head, a zero one when there is none.
func lastHead(tx store.Tx) (audit.SignedHead, error) {
	last, err := tx.LastLogHead()
	if fault.Is(err, fault.NotFound) {
		return audit.SignedHead{}, nil
	}
	return last, err
}

// checkHead compares a head, which one of the keys must have signed, with the blocks and with the events.
func checkHead(tx store.Tx, tree *audit.Tree, head audit.SignedHead, keys []string) error {
	root, err := tree.RootAt(leavesOf(tx), head.Size)
	if err == nil && (root != head.Root || !sound(head, keys)) {
		err = fault.New(fault.Conflict, "The events are not those of head %d of the log, or nobody signed it: nothing more is signed. Run 'switchboard audit verify'.", head.ID)
	}
	return err
}

// sound says whether one of the keys has signed what stands beside a head's note.
func sound(h audit.SignedHead, texts []string) bool {
	keys, err := audit.ParseKeys(texts)
	if err != nil {
		return false
	}
	signed, err := keys.Open(h.Note)
	return err == nil && h.Is(signed)
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// leavesOf reads the leaves of blocks from the events.
func leavesOf(tx store.AuditTx) audit.Leaves {
	return func(block int) (list []audit.Hash, err error) {
		err = tx.ScanEvents(uint64(block)*audit.BlockEvents, func(e *event.Raw) error {
			if list = append(list, audit.Leaf(e.Seq, e.Prev, e.Hash)); len(list) == audit.BlockEvents {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return list, err
	}
}

// logView is the log at one signed head, to read from while it grows.
type logView struct {
	signer *audit.Signer
	tree   *audit.Tree
	head   audit.SignedHead
}

// signed gives the log as it is, with a head that covers every event there is.
func (r *Registry) signed(ctx context.Context) (v logView, err error) {
	if v.head, err = r.SignLog(ctx); err != nil {
		return v, err
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	v.signer, v.tree = r.log.signer, r.log.tree.Snapshot()
	return v, nil
}

// ProveEvent proves that an event is in the log. NotFound when there is no such event.
func (r *Registry) ProveEvent(ctx context.Context, seq uint64) (p audit.Proof, err error) {
	v, err := r.signed(ctx)
	if err != nil {
		return p, err
	}
	if seq == 0 || seq > v.head.Size {
		return p, fault.New(fault.NotFound, "There is no event %d; the last one is %d.", seq, v.head.Size)
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		e, err := tx.Event(seq)
		if err != nil {
			return err
		}
		prev, err := tx.EventHash(e.Prev)
		if err != nil {
			return err
		}
		raw := e.Raw()
		if err := audit.Exportable(&raw); err != nil {
			return err
		}
		p, err = v.tree.Prove(leavesOf(tx), &raw, prev, v.head, v.signer.Key())
		return err
	})
	return p, err
}

// LogHeads gives signed heads with an ID above after, by ID.
func (r *Registry) LogHeads(ctx context.Context, after uint64, limit int) (list []audit.SignedHead, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.LogHeads(after, limit)
		return err
	})
	return list, err
}
