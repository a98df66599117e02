package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Head is what is signed of the log: how many events it has, and the hash of all of them.
type Head struct {
	Size uint64
	Root Hash
	At   time.Time
}

// SignedHead is a head as it is kept and passed on.
type SignedHead struct {
	ID uint64 // its place among the heads of the database, from 1
	Head
	Note string // the signed text
}

// Is says whether what stands beside the note is what was signed.
func (h SignedHead) Is(signed Head) bool {
	return signed.Size == h.Size && signed.Root == h.Root && signed.At.Equal(h.At)
}

// Origin is the name of a database's log.
func Origin(databaseID string) string { return "switchboard/" + databaseID }

// Signer signs the heads of one log.
type Signer struct {
	origin   string
	verifier note.Verifier
	key      string
	sign     func([]byte) []byte
}

// NewSigner makes a signer of a log from the public half of a key and what signs with the other half.
func NewSigner(origin string, public ed25519.PublicKey, sign func([]byte) []byte) (*Signer, error) {
	key, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The key of the log cannot be used.")
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The key of the log cannot be used.")
	}
	return &Signer{origin: origin, verifier: v, key: key, sign: sign}, nil
}

// Key is the public key as text, for whoever verifies.
func (s *Signer) Key() string { return s.key }

// Name implements note.Signer.
func (s *Signer) Name() string { return s.origin }

// KeyHash implements note.Signer.
func (s *Signer) KeyHash() uint32 { return s.verifier.KeyHash() }

// Sign implements note.Signer.
func (s *Signer) Sign(msg []byte) ([]byte, error) { return s.sign(msg), nil }

// SignHead gives a head as a signed note.
func (s *Signer) SignHead(h Head) (SignedHead, error) {
	text, err := note.Sign(&note.Note{Text: h.text(s.origin)}, s)
	if err != nil {
		return SignedHead{}, fault.Wrap(err, fault.Internal, "The head of the log cannot be signed.")
	}
	return SignedHead{Head: h, Note: string(text)}, nil
}

// text is the checkpoint that is signed; the time is an extension line.
func (h Head) text(origin string) string {
	return origin + "\n" + strconv.FormatUint(h.Size, 10) + "\n" + h.Root.String() + "\ntime " + h.At.UTC().Format(time.RFC3339Nano) + "\n"
}

// Keys are the public keys by which the heads of one log are known: the present one and those before it.
type Keys struct {
	origin string
	known  note.Verifiers
}

// ParseKeys reads public keys, each as Signer.Key gives it. They must be of one log. Faults: Invalid.
func ParseKeys(texts []string) (k Keys, err error) {
	var list []note.Verifier
	for _, text := range texts {
		v, err := note.NewVerifier(strings.TrimSpace(text))
		if err != nil {
			return k, fault.Wrap(err, fault.Invalid, "%.120q is not the public key of a log: give the line that 'switchboard audit key' prints.", text)
		}
		if k.origin != "" && k.origin != v.Name() {
			return k, fault.New(fault.Invalid, "The keys are of different logs, %s and %s.", k.origin, v.Name())
		}
		k.origin = v.Name()
		list = append(list, v)
	}
	k.known = note.VerifierList(list...)
	return k, nil
}

// Origin is the log's name; "" when there is no key.
func (k Keys) Origin() string { return k.origin }

// Open reads a signed head and checks that a known key signed it. Faults: Invalid.
func (k Keys) Open(text string) (Head, error) {
	n, err := note.Open([]byte(text), k.known)
	if err != nil {
		return Head{}, fault.Wrap(err, fault.Invalid, "No known key has signed the head.")
	}
	h, ok := parseHead(n.Text, k.origin)
	if !ok || text != asSigned(n) {
		return Head{}, fault.New(fault.Invalid, "The head is not in its proper form.")
	}
	return h, nil
}

// asSigned writes a note as its signer did, with one signature: base64 can be spelled in several ways.
func asSigned(n *note.Note) string {
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return ""
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || binary.BigEndian.Uint32(sig) != n.Sigs[0].Hash {
		return ""
	}
	return n.Text + "\n— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n"
}

// parseHead reads what text wrote.
func parseHead(text, origin string) (h Head, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return h, false
	}
	size, err1 := strconv.ParseUint(lines[1], 10, 63)
	root, err2 := tlog.ParseHash(lines[2])
	at, err3 := time.Parse("time "+time.RFC3339Nano, lines[3])
	h = Head{Size: size, Root: root, At: at}
	return h, err1 == nil && err2 == nil && err3 == nil && h.text(origin) == text
}

// SplitHeads takes a file of heads apart, one after the other as they were appended.
func SplitHeads(text string) (notes []string) {
	var b strings.Builder
	signed := false
	for line := range strings.Lines(text) {
		sig := strings.HasPrefix(line, "— ")
		if signed && !sig {
			notes = append(notes, b.String())
			b.Reset()
			signed = false
		}
		if b.Len() == 0 && strings.TrimSpace(line) == "" {
			continue
		}
		b.WriteString(line)
		signed = sig
	}
	if b.Len() > 0 {
		notes = append(notes, b.String())
	}
	return notes
}
