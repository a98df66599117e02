package secret

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

func mustKey(t testing.TB) MasterKey {
	t.Helper()
	k, err := NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustSealer(t testing.TB, k MasterKey) *Sealer {
	t.Helper()
	s, err := NewSealer(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSeal(t testing.TB, s *Sealer, plain, context string) []byte {
	t.Helper()
	sealed, err := s.Seal(NewText(plain), context)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// refused fails unless err carries the code and its message contains every part.
func refused(t *testing.T, err error, code fault.Code, parts ...string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want a fault %s", err, code)
	}
	for _, p := range parts {
		if !strings.Contains(fault.As(err).Message, p) {
			t.Errorf("the message %q does not say %q", fault.As(err).Message, p)
		}
	}
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	s := mustSealer(t, mustKey(t))
	sealed := mustSeal(t, s, leak, "developer_key:a")
	if bytes.Contains(sealed, []byte(leak)) {
		t.Error("the sealed form holds the plain text")
	}
	if bytes.Equal(sealed, mustSeal(t, s, leak, "developer_key:a")) {
		t.Error("sealing twice gave the same bytes: the nonce repeats")
	}
	got, err := s.Open(sealed, "developer_key:a")
	if err != nil || got.Reveal() != leak {
		t.Errorf("opened %q, %v", got.Reveal(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	s := mustSealer(t, mustKey(t))
	sealed := mustSeal(t, s, leak, "developer_key:a")
	changed := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 1
		return b
	}
	for _, c := range []struct {
		name    string
		sealer  *Sealer
		sealed  []byte
		context string
	}{
		{"another context", s, sealed, "developer_key:b"},
		{"no context", s, sealed, ""},
		{"another master key", mustSealer(t, mustKey(t)), sealed, "developer_key:a"},
		{"key prefix changed", s, changed(1), "developer_key:a"},
		{"nonce changed", s, changed(6), "developer_key:a"},
		{"tag changed", s, changed(len(sealed) - 1), "developer_key:a"},
		{"cut short", s, sealed[:10], "developer_key:a"},
		{"nothing", s, nil, "developer_key:a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.sealer.Open(c.sealed, c.context)
			refused(t, err, fault.Internal, "master key it was sealed under")
			if !got.IsZero() {
				t.Error("something came out")
			}
		})
	}
}

// TestMasterKeyRotates proves that a keyset with a new primary opens what the old one sealed.
func TestMasterKeyRotates(t *testing.T) {
	t.Parallel()
	old := mustKey(t)
	m := keyset.NewManagerFromHandle(old.handle)
	add(t, m, masterKeyBytes)
	both := MasterKey{handle: mustHandle(t, m)}
	sealedBefore := mustSeal(t, mustSealer(t, old), leak, "c")
	sealedAfter := mustSeal(t, mustSealer(t, both), leak, "c")
	for name, sealed := range map[string][]byte{"old": sealedBefore, "new": sealedAfter} {
		if got, err := mustSealer(t, both).Open(sealed, "c"); err != nil || got.Reveal() != leak {
			t.Errorf("%s: opened %q, %v", name, got.Reveal(), err)
		}
	}
	_, err := mustSealer(t, old).Open(sealedAfter, "c")
	refused(t, err, fault.Internal)
}

// add puts a new primary AES-GCM key of a size into a keyset.
func add(t *testing.T, m *keyset.Manager, size int) {
	t.Helper()
	p, err := aesgcm.NewParameters(aesgcm.ParametersOpts{KeySizeInBytes: size, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink})
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.AddNewKeyFromParameters(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
}

func mustHandle(t *testing.T, m *keyset.Manager) *keyset.Handle {
	t.Helper()
	h, err := m.Handle()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNewSealerRefuses(t *testing.T) {
	t.Parallel()
	weak := keyset.NewManager()
	add(t, weak, 16)
	_, err := NewSealer(MasterKey{handle: mustHandle(t, weak)})
	refused(t, err, fault.Invalid, "not AES256-GCM")
	_, err = NewSealer(MasterKey{})
	refused(t, err, fault.Invalid, "no master key")
}

func TestMasterKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	k := mustKey(t)
	if err := SaveMasterKey(path, k); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	loaded, err := LoadMasterKey(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustSealer(t, loaded).Open(mustSeal(t, mustSealer(t, k), leak, "c"), "c")
	if err != nil || got.Reveal() != leak {
		t.Errorf("opened %q, %v", got.Reveal(), err)
	}
	refused(t, SaveMasterKey(path, mustKey(t)), fault.Exists, path, "left as it is")
	again, err := LoadMasterKey(path)
	if err != nil || reveal(t, again) != reveal(t, k) {
		t.Errorf("the file changed under a refused save: %v", err)
	}
}

func reveal(t *testing.T, k MasterKey) string {
	t.Helper()
	s, err := k.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadMasterKeyRefusesMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o666, 0o777} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "master.key")
			if err := SaveMasterKey(path, mustKey(t)); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := LoadMasterKey(path)
			refused(t, err, fault.Invalid, "chmod 600 "+path)
		})
	}
}

func TestMasterKeyFileRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	_, err := LoadMasterKey(missing)
	refused(t, err, fault.NotFound, missing, "backup")
	_, err = LoadMasterKey(dir)
	refused(t, err, fault.Invalid, "not a regular file")
	_, err = LoadMasterKey(garbage)
	refused(t, err, fault.Invalid, garbage, "not a Tink keyset")
	refused(t, SaveMasterKey(filepath.Join(missing, "key"), mustKey(t)), fault.Invalid, "directory must exist")
	refused(t, SaveMasterKey(missing, MasterKey{}), fault.Invalid, "no master key")
	if _, err := os.Stat(missing); !os.IsNotExist(err) {
		t.Errorf("saving no key left a file: %v", err)
	}
}

func TestParseMasterKey(t *testing.T) {
	t.Parallel()
	k := mustKey(t)
	b64 := reveal(t, k)
	raw, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"base64": b64, "json": string(raw), "with line ends": "\n " + b64 + "\r\n"} {
		got, err := ParseMasterKey(text)
		if err != nil || reveal(t, got) != b64 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty":        " \n",
		"words":        "my password",
		"other base64": base64.StdEncoding.EncodeToString([]byte("32 bytes that are not a keyset..")),
		"cut short":    string(raw[:len(raw)/2]),
		"other json":   `{"key":"` + leak + `"}`,
		"no primary":   strings.Replace(string(raw), `"primaryKeyId":`, `"primaryKeyId":1`, 1),
	} {
		_, err := ParseMasterKey(text)
		refused(t, err, fault.Invalid, "master key", "keyset")
		clean(t, name, err.Error())
	}
}

func TestMasterKeyNeverPrints(t *testing.T) {
	t.Parallel()
	k := mustKey(t)
	type hidden struct{ k MasterKey }
	raw, err := k.json()
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(string(raw), `"value":"`)
	value, _, _ = strings.Cut(value, `"`)
	if len(value) < 32 {
		t.Fatal("no key material found in the keyset: the test looks at nothing")
	}
	for _, v := range []any{k, &k, hidden{k}, &hidden{k}, mustSealer(t, k)} {
		if printed := fmt.Sprintf("%v %+v %#v %s", v, v, v, v); strings.Contains(printed, value) {
			t.Errorf("%T shows the key", v)
		}
	}
	if got := fmt.Sprintf("%v %x %s", k, k, k.LogValue()); got != Redacted+" "+Redacted+" "+Redacted {
		t.Errorf("printed as %q", got)
	}
}

func BenchmarkLoadMasterKey(b *testing.B) {
	path := filepath.Join(b.TempDir(), "master.key")
	if err := SaveMasterKey(path, mustKey(b)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		k, err := LoadMasterKey(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := NewSealer(k); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := mustSealer(b, mustKey(b))
	sealed := mustSeal(b, s, NewAccessKey().Reveal(), "developer_key:x")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(sealed, "developer_key:x"); err != nil {
			b.Fatal(err)
		}
	}
}
