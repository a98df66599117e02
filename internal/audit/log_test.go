package audit

import (
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// leafOf is the leaf of the event of a number in these tests.
func leafOf(seq uint64) Hash {
	return Leaf(seq, seq/2, event.Hash{byte(seq), byte(seq >> 8), 7})
}

// logOf builds a log of so many events: the tree of its blocks, all leaves, and what tlog makes of them.
func logOf(t *testing.T, n int) (tree *Tree, all []Hash, stored []Hash) {
	t.Helper()
	tree = &Tree{}
	g := tree.Grow(Head{})
	for i := range n {
		r := event.Raw{Seq: uint64(i + 1), Prev: uint64(i+1) / 2, Hash: event.Hash{byte(i + 1), byte((i + 1) >> 8), 7}}
		if err := g.Add(&r); err != nil {
			t.Fatal(err)
		}
		all = append(all, leafOf(uint64(i+1)))
		more, err := tlog.StoredHashesForRecordHash(int64(i), all[i], tlog.HashReaderFunc(func(x []int64) (list []tlog.Hash, _ error) {
			for _, i := range x {
				list = append(list, stored[i])
			}
			return list, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	for _, h := range g.Blocks {
		tree.Append(h)
	}
	return tree, all, stored
}

func leavesOf(all []Hash) Leaves {
	return func(block int) ([]Hash, error) {
		from := min(block*BlockEvents, len(all))
		return all[from:min(from+BlockEvents, len(all))], nil
	}
}

// TestLeaf: the leaf is what RFC 6962 makes of an event's number, the one before it, and its hash.
func TestLeaf(t *testing.T) {
	t.Parallel()
	hash := event.Hash{1, 2, 3}
	record := binary.BigEndian.AppendUint64([]byte("switchboard leaf 1\n"), 11)
	record = append(binary.BigEndian.AppendUint64(record, 7), hash[:]...)
	if got, want := Leaf(11, 7, hash), tlog.RecordHash(record); got != want {
		t.Errorf("the leaf is %s, want %s", got, want)
	}
	if got, want := Leaf(11, 7, hash).String(), "fYpVWxM319ibxxHtOSwfxTJclTC6Sf3CNH98pQPtXP8="; got != want {
		t.Errorf("the leaf is %s, and was %s when logs were first signed", got, want)
	}
}

// TestTreeIsRFC6962: roots and proofs are those that tlog gives, at every size around blocks.
func TestTreeIsRFC6962(t *testing.T) {
	t.Parallel()
	const most = 3*BlockEvents + 5
	tree, all, stored := logOf(t, most)
	reader := tlog.HashReaderFunc(func(x []int64) (list []tlog.Hash, _ error) {
		for _, i := range x {
			list = append(list, stored[i])
		}
		return list, nil
	})
	var f Frontier
	for size := 1; size <= most; size++ {
		f.Add(all[size-1])
		want, err := tlog.TreeHash(int64(size), reader)
		if err != nil || f.Root() != want {
			t.Fatalf("the root of %d is %s, want %s; %v", size, f.Root(), want, err)
		}
		if size%50 != 0 && size%BlockEvents > 2 && size < most-2 {
			continue
		}
		if got, err := tree.RootAt(leavesOf(all), uint64(size)); err != nil || got != want {
			t.Errorf("the tree's root of %d is %s, want %s; %v", size, got, want, err)
		}
		for seq := uint64(1); seq <= uint64(size); seq += 41 {
			path, err := tree.path(leavesOf(all), seq, uint64(size))
			if err != nil || tlog.CheckRecord(path, int64(size), want, int64(seq)-1, all[seq-1]) != nil {
				t.Errorf("event %d of %d is not proved: %v", seq, size, err)
			}
		}
	}
	if _, err := tree.RootAt(leavesOf(all), most+1); !fault.Is(err, fault.Conflict) {
		t.Errorf("a root beyond the end: %v", err)
	}
}

// TestCover: the subtrees before and after any span complete it to the whole.
func TestCover(t *testing.T) {
	t.Parallel()
	const size = 2*BlockEvents + 37
	tree, all, _ := logOf(t, size)
	r := tree.reader(leavesOf(all))
	want, err := tree.RootAt(leavesOf(all), size)
	if err != nil {
		t.Fatal(err)
	}
	for first := uint64(0); first < size; first += 13 {
		for last := first + 1; last <= size; last += 29 {
			before, err1 := r.cover(0, first)
			after, err2 := r.cover(last, size)
			var f Frontier
			ok := f.extend(first, before)
			for _, leaf := range all[first:last] {
				f.Add(leaf)
			}
			if !ok || !f.extend(size, after) || f.Root() != want || err1 != nil || err2 != nil {
				t.Fatalf("the span after %d to %d does not lead to the root: %v, %v", first, last, err1, err2)
			}
			if f = (Frontier{}); len(before) > 0 && f.extend(first, before[1:]) {
				t.Fatal("a subtree too few is enough")
			}
		}
	}
}

// TestGrowGoesOn: a log that grows from where its blocks end is the one that never stopped.
func TestGrowGoesOn(t *testing.T) {
	t.Parallel()
	tree, all, _ := logOf(t, 5*BlockEvents)
	whole := tree.Grow(Head{}).Head(time.Time{})
	if whole.Size != uint64(len(all)) {
		t.Fatalf("it has %d events", whole.Size)
	}
	again := &Tree{}
	for _, h := range tree.levels[0] {
		snapshot := again.Snapshot()
		again.Append(h)
		if snapshot.Blocks() != again.Blocks()-1 {
			t.Fatal("a snapshot grows")
		}
	}
	if !slices.EqualFunc(tree.levels, again.levels, slices.Equal[[]Hash]) || again.Grow(Head{}).Head(time.Time{}).Root != whole.Root {
		t.Error("the log is another one")
	}
	if err := again.Grow(Head{}).Add(&event.Raw{Seq: uint64(len(all)) + 2}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an event is left out: %v", err)
	}
}

// TestGrowComesByWhatWasSigned: behind the blocks events are read again each time, and may have been altered since.
func TestGrowComesByWhatWasSigned(t *testing.T) {
	t.Parallel()
	tree, _, _ := logOf(t, BlockEvents)
	grow := func(signed Head, events int, altered uint64) (Head, error) {
		g := tree.Grow(signed)
		for i := range events {
			seq := uint64(BlockEvents + i + 1)
			r := event.Raw{Seq: seq, Hash: event.Hash{byte(seq)}}
			if seq == altered {
				r.Hash[1] = 1
			}
			if err := g.Add(&r); err != nil {
				return Head{}, err
			}
		}
		return g.Head(time.Time{}), g.Whole()
	}
	signed, err := grow(Head{}, 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grow(signed, 9, 0); err != nil {
		t.Errorf("the same events: %v", err)
	}
	if _, err := grow(signed, 9, BlockEvents+3); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that was signed is another: %v", err)
	}
	if _, err := grow(signed, 9, BlockEvents+6); err != nil {
		t.Errorf("one that was not signed is another: %v", err)
	}
	if _, err := grow(signed, 4, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that was signed is gone: %v", err)
	}
}

// signerOf makes a signer whose key is made of a letter.
func signerOf(t *testing.T, origin string, letter byte) *Signer {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(letter), ed25519.SeedSize)))
	s, err := NewSigner(origin, private.Public().(ed25519.PublicKey), func(b []byte) []byte { return ed25519.Sign(private, b) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keysOf(t *testing.T, signers ...*Signer) Keys {
	t.Helper()
	var texts []string
	for _, s := range signers {
		texts = append(texts, s.Key())
	}
	k, err := ParseKeys(texts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func aHead() Head {
	return Head{Size: 4711, Root: leafOf(3), At: time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)}
}

// TestHeadNote: the signed text stays as it was first written, or old heads can no longer be verified.
func TestHeadNote(t *testing.T) {
	t.Parallel()
	s := signerOf(t, Origin("d1"), 'a')
	h, err := s.SignHead(aHead())
	if err != nil {
		t.Fatal(err)
	}
	want := "switchboard/d1\n4711\n" + leafOf(3).String() + "\ntime 2026-03-01T09:00:00.123456Z\n\n— switchboard/d1 "
	if !strings.HasPrefix(h.Note, want) {
		t.Errorf("the note is\n%s\nand should begin\n%s", h.Note, want)
	}
	got, err := keysOf(t, signerOf(t, Origin("d1"), 'b'), s).Open(h.Note)
	if err != nil || got != aHead() {
		t.Errorf("it opens as %+v, %v", got, err)
	}
}

// TestHeadNoteAltered: no change of a single bit of a note passes, nor the signature of another key or log.
func TestHeadNoteAltered(t *testing.T) {
	t.Parallel()
	s := signerOf(t, Origin("d1"), 'a')
	h, _ := s.SignHead(aHead())
	keys := keysOf(t, s)
	for i := range h.Note {
		for bit := range 8 {
			b := []byte(h.Note)
			b[i] ^= 1 << bit
			if got, err := keys.Open(string(b)); err == nil {
				t.Errorf("bit %d of byte %d is changed and it opens as %+v:\n%s", bit, i, got, b)
			}
		}
	}
	for _, other := range []Keys{{}, keysOf(t, signerOf(t, Origin("d1"), 'b')), keysOf(t, signerOf(t, Origin("d2"), 'a'))} {
		if _, err := other.Open(h.Note); !fault.Is(err, fault.Invalid) {
			t.Errorf("with another key it opens: %v", err)
		}
	}
	if _, err := keys.Open(h.Note + h.Note[strings.Index(h.Note, "—"):]); err == nil {
		t.Error("signed twice it opens")
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	for _, texts := range [][]string{{"x"}, {""}, {signerOf(t, Origin("d1"), 'a').Key() + "x"},
		{signerOf(t, Origin("d1"), 'a').Key(), signerOf(t, Origin("d2"), 'a').Key()}} {
		if _, err := ParseKeys(texts); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", texts, err)
		}
	}
}

func TestSplitHeads(t *testing.T) {
	t.Parallel()
	s := signerOf(t, Origin("d1"), 'a')
	var want []string
	for i := range 3 {
		h, _ := s.SignHead(Head{Size: uint64(i), At: aHead().At})
		want = append(want, h.Note)
	}
	for _, file := range []string{strings.Join(want, "\n") + "\n", strings.Join(want, ""), "\n\n" + strings.Join(want, "\n\n")} {
		if got := SplitHeads(file); !slices.Equal(got, want) {
			t.Errorf("the heads are %q", got)
		}
	}
	if got := SplitHeads(""); got != nil {
		t.Errorf("nothing gives %q", got)
	}
}
