package audit

import (
	"bytes"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// TestFork: two heads over as many events, signed with the same key, are two histories; an agent's export shows it, too.
func TestFork(t *testing.T) {
	t.Parallel()
	e := event.Head{}.Next(anEvent())
	e.Seq = 1
	raw := e.Raw()
	tree, signer := &Tree{}, signerOf(t, Origin("d1"), 'a')
	g := tree.Grow(Head{})
	if err := g.Add(&raw); err != nil {
		t.Fatal(err)
	}
	signed, err1 := signer.SignHead(g.Head(time.UnixMicro(1)))
	other, err2 := signer.SignHead(Head{Size: 1, Root: leafOf(7), At: time.UnixMicro(1)})
	var out bytes.Buffer
	x, err := NewExport(&out, signer, signed, Header{Scope: Chain, Subject: e.Subject.String(), First: 1, Last: 1, Events: 1}, tree, leavesOf([]Hash{g.frontier.Root()}))
	if err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	if err := x.Event(&raw, event.Hash{}); err != nil {
		t.Fatal(err)
	}
	if err := x.End(); err != nil {
		t.Fatal(err)
	}
	for note, ok := range map[string]bool{signed.Note: true, other.Note: false} {
		report, _, err := File{Keys: keysOf(t, signer), Heads: []string{note}}.Check(bytes.NewReader(out.Bytes()))
		if err != nil || report.OK() != ok {
			t.Errorf("with the head\n%s\nit is %+v, %v; want it to fit: %v", note, report, err, ok)
		}
	}
}
