package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// cheap is a cost that tests can pay often.
var cheap = PINConfig{MemoryKiB: 8, Passes: 1}

func mustPINs(t testing.TB, k MasterKey, cfg PINConfig) *PINs {
	t.Helper()
	p, err := NewPINs(k, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustEnter(t testing.TB, p *PINs) *Turn {
	t.Helper()
	turn, err := p.Enter("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(turn.Leave)
	return turn
}

// fixedKey is a master key of one key with the id 0a1b2c3d, whose bytes are 0 to 31.
func fixedKey(t testing.TB) MasterKey {
	t.Helper()
	raw := []byte{0x1a, masterKeyBytes} // the only field of Tink's message, and its length
	for b := range byte(masterKeyBytes) {
		raw = append(raw, b)
	}
	const id = 0x0a1b2c3d
	k, err := ParseMasterKey(fmt.Sprintf(`{"primaryKeyId":%d,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.AesGcmKey",`+
		`"value":%q,"keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":%d,"outputPrefixType":"TINK"}]}`,
		id, base64.StdEncoding.EncodeToString(raw), id))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	msisdn = "254712345678"
	// golden was made by another implementation of Argon2, HKDF and HMAC, with the salt goldenSalt.
	golden     = "$argon2id$v=19$m=19456,t=2,p=1,keyid=0a1b2c3d$ZGVmZ2hpamtsbW5vcHFycw$OZNtrO24oURfMtVmoWs0YwvJGuit6/VDhlASTLoM9vI"
	goldenSalt = "defghijklmnopqrs"
	goldenTag  = "0a1b2c3d1cf40b15ea87faca7105e31d"
)

// TestGoldenPIN holds what is stored to its form: without that, no member could log in any more.
func TestGoldenPIN(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, fixedKey(t), PINConfig{})
	p.newSalt = func() []byte { return []byte(goldenSalt) }
	turn, pin := mustEnter(t, p), NewText("7391")
	if got := turn.Hash(msisdn, pin); got != golden {
		t.Errorf("got  %s\nwant %s", got, golden)
	}
	if ok, stale := turn.Match(golden, msisdn, pin); !ok || stale {
		t.Errorf("matches: %v, stale: %v", ok, stale)
	}
	tag := p.Tag("a context", pin, NewText("2846"))
	if got := hex.EncodeToString(tag[:]); got != goldenTag {
		t.Errorf("the tag is %s, want %s", got, goldenTag)
	}
}

// TestMatchRefuses changes one thing at a time of what matches.
func TestMatchRefuses(t *testing.T) {
	t.Parallel()
	k := mustKey(t)
	p, other := mustPINs(t, k, cheap), mustPINs(t, mustKey(t), cheap)
	turn := mustEnter(t, p)
	hash := turn.Hash(msisdn, NewText("7391"))
	h, ok := parsePINHash(hash)
	if !ok {
		t.Fatalf("%s cannot be parsed", hash)
	}
	with := func(change func(*pinHash)) string {
		g := h
		g.salt, g.sum = bytes.Clone(h.salt), bytes.Clone(h.sum)
		change(&g)
		return g.String()
	}
	for name, c := range map[string]struct {
		turn              *Turn
		hash, msisdn, pin string
		want              bool
	}{
		"nothing":                {turn, hash, msisdn, "7391", true},
		"the PIN":                {turn, hash, msisdn, "7392", false},
		"no PIN":                 {turn, hash, msisdn, "", false},
		"a longer PIN":           {turn, hash, msisdn, "73910", false},
		"the member":             {turn, hash, "254712345679", "7391", false},
		"where the PIN begins":   {turn, hash, msisdn + "7", "391", false},
		"the master key":         {mustEnter(t, other), hash, msisdn, "7391", false},
		"the master key, its id": {mustEnter(t, other), with(func(g *pinHash) { g.keyID = other.keys.primary }), msisdn, "7391", false},
		"the key id":             {turn, with(func(g *pinHash) { g.keyID++ }), msisdn, "7391", false},
		"the memory":             {turn, with(func(g *pinHash) { g.cost.memoryKiB++ }), msisdn, "7391", false},
		"the passes":             {turn, with(func(g *pinHash) { g.cost.passes++ }), msisdn, "7391", false},
		"the salt":               {turn, with(func(g *pinHash) { g.salt[0] ^= 1 }), msisdn, "7391", false},
		"the sum":                {turn, with(func(g *pinHash) { g.sum[31] ^= 1 }), msisdn, "7391", false},
		"no hash":                {turn, "", msisdn, "7391", false},
	} {
		t.Run(name, func(t *testing.T) {
			if ok, stale := c.turn.Match(c.hash, c.msisdn, NewText(c.pin)); ok != c.want || stale {
				t.Errorf("matches: %v, stale: %v", ok, stale)
			}
		})
	}
	if again := turn.Hash(msisdn, NewText("7391")); again == hash {
		t.Error("the same PIN has the same hash twice: the salt repeats")
	}
}

func TestStaleByCost(t *testing.T) {
	t.Parallel()
	k, pin := mustKey(t), NewText("7391")
	hash := mustEnter(t, mustPINs(t, k, cheap)).Hash(msisdn, pin)
	for name, c := range map[string]struct {
		cfg   PINConfig
		stale bool
	}{
		"same":        {cheap, false},
		"more memory": {PINConfig{MemoryKiB: 16, Passes: 1}, true},
		"more passes": {PINConfig{MemoryKiB: 8, Passes: 2}, true},
		"defaults":    {PINConfig{}, true},
	} {
		turn := mustEnter(t, mustPINs(t, k, c.cfg))
		if ok, stale := turn.Match(hash, msisdn, pin); !ok || stale != c.stale {
			t.Errorf("%s: matches: %v, stale: %v", name, ok, stale)
		}
		if ok, stale := turn.Match(hash, msisdn, NewText("7392")); ok || stale {
			t.Errorf("%s, another PIN: matches: %v, stale: %v", name, ok, stale)
		}
		if ok, stale := turn.Match(turn.Hash(msisdn, pin), msisdn, pin); !ok || stale {
			t.Errorf("%s, hashed anew: matches: %v, stale: %v", name, ok, stale)
		}
	}
}

// TestPINsOutliveTheirKey rotates the master key: the old one's hashes match until it is taken out.
func TestPINsOutliveTheirKey(t *testing.T) {
	t.Parallel()
	first, pin := mustKey(t), NewText("7391")
	before := mustPINs(t, first, cheap)
	hash := mustEnter(t, before).Hash(msisdn, pin)
	m := keyset.NewManagerFromHandle(first.handle)
	add(t, m, masterKeyBytes)
	after := mustPINs(t, MasterKey{handle: mustHandle(t, m)}, cheap)
	turn := mustEnter(t, after)
	if ok, stale := turn.Match(hash, msisdn, pin); !ok || !stale {
		t.Errorf("made under the old key: matches: %v, stale: %v", ok, stale)
	}
	if ok, stale := turn.Match(hash, msisdn, NewText("7392")); ok || stale {
		t.Errorf("another PIN: matches: %v, stale: %v", ok, stale)
	}
	renewed := turn.Hash(msisdn, pin)
	if ok, stale := turn.Match(renewed, msisdn, pin); !ok || stale {
		t.Errorf("made under the new key: matches: %v, stale: %v", ok, stale)
	}
	if ok, _ := mustEnter(t, before).Match(renewed, msisdn, pin); ok {
		t.Error("the old key alone matches what the new one made")
	}
	tag := before.Tag("c", pin)
	if tag == after.Tag("c", pin) {
		t.Error("the tag does not depend on the primary key")
	}
	if same, known := after.SameTag(tag, "c", pin); !same || !known {
		t.Errorf("a tag of the former primary key: same %t, known %t", same, known)
	}
	if same, known := after.SameTag(tag, "c", NewText("0000")); same || !known {
		t.Errorf("another PIN: same %t, known %t", same, known)
	}
	if err := m.Disable(before.keys.primary); err != nil {
		t.Fatal(err)
	}
	if same, known := mustPINs(t, MasterKey{handle: mustHandle(t, m)}, cheap).SameTag(tag, "c", pin); same || known {
		t.Errorf("a tag of a key that is gone: same %t, known %t", same, known)
	}
	last := mustEnter(t, mustPINs(t, MasterKey{handle: mustHandle(t, m)}, cheap))
	for hash, want := range map[string]bool{hash: false, renewed: true} {
		if ok, stale := last.Match(hash, msisdn, pin); ok != want || stale {
			t.Errorf("without the old key %s matches: %v, stale: %v", hash, ok, stale)
		}
	}
}

// TestUnreadableHashesCostTheSame: nothing that is stored makes the server work harder than a hash of
// its own settings, nor less, and no garbage matches.
func TestUnreadableHashesCostTheSame(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, fixedKey(t), PINConfig{})
	var paid []cost
	p.argon2 = func(_, _ []byte, c cost) []byte {
		paid = append(paid, c)
		return make([]byte, sumBytes) // which is what the dummy holds
	}
	turn := mustEnter(t, p)
	for _, hash := range unreadable() {
		paid = nil
		if ok, stale := turn.Match(hash, msisdn, NewText("7391")); ok || stale {
			t.Errorf("%q matches", hash)
		}
		if !reflect.DeepEqual(paid, []cost{{defaultMemoryKiB, defaultPasses}}) {
			t.Errorf("%q cost %v", hash, paid)
		}
	}
	if _, hashes := p.Load(); hashes != uint64(len(unreadable())) {
		t.Errorf("%d hashes were counted of %d", hashes, len(unreadable()))
	}
}

// unreadable are texts that are no hash of ours, most of them by one change of one that is.
func unreadable() []string {
	list := []string{"", "$", "$$$$$", "-", "7391", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		strings.Repeat("$", 1<<16), golden + "$", golden + "\n", " " + golden, golden[1:], golden[:len(golden)-1], golden + "A", golden + "=="}
	for _, c := range [][2]string{
		{"argon2id", "argon2i"}, {"argon2id", "argon2d"}, {"argon2id", "Argon2id"}, {"v=19", "v=16"}, {"v=19", "v=019"}, {"v=19$", ""},
		{"m=19456", "m=4294967295"}, {"m=19456", "m=18446744073709551616"}, {"m=19456", "m=131073"}, {"m=19456", "m=7"}, {"m=19456", "m=0"},
		{"m=19456", "m=-1"}, {"m=19456", "m=+19456"}, {"m=19456", "m=019456"}, {"m=19456", "m="}, {"m=19456", "19456"}, {"m=19456", "m=1_9456"},
		{"t=2", "t=0"}, {"t=2", "t=17"}, {"t=2", "t=4294967295"}, {"t=2", "t=02"}, {"t=2,", ""}, {"m=19456,t=2", "t=2,m=19456"},
		{"p=1", "p=2"}, {"p=1", "p=0"}, {"p=1", "p=255"}, {",p=1", ""}, {"p=1", "p=1,p=1"},
		{"0a1b2c3d", "0A1B2C3D"}, {"0a1b2c3d", "a1b2c3d"}, {"0a1b2c3d", "00a1b2c3d"}, {"0a1b2c3d", "0a1b2c3e"}, {"0a1b2c3d", ""},
		{"0a1b2c3d", "00000000"}, {"0a1b2c3d", "10a1b2c3d"}, {",keyid=0a1b2c3d", ""}, {"keyid=0a1b2c3d", "keyid=0a1b2c3d,data=AA"},
		{"ZGVmZ2hpamtsbW5vcHFycw", "ZGVmZ2hpamtsbW5vcHFycx"}, {"ZGVmZ2hpamtsbW5vcHFycw", "ZGVmZ2hpamtsbW5vcHFycw=="}, {"ZGVmZ2hpamtsbW5vcHFycw", ""},
		{"ZGVmZ2hpamtsbW5vcHFycw", "ZGVmZ2hpamtsbW5vcHFy"}, {"ZGVmZ2hpamts", "ZGVm\nZ2hpamts"}, {"ZGVmZ2hpamts", "ZGVm!2hpamts"}, {"/VDh", "_VDh"},
		{"LoM9vI", "LoM9vJ"}, {"OZNtrO24oURfMtVmoWs0YwvJGuit6/VDhlASTLoM9vI", ""}, {"OZNtrO24", ""},
	} {
		list = append(list, strings.Replace(golden, c[0], c[1], 1))
	}
	return list
}

func TestEveryUnreadableHashIsChanged(t *testing.T) {
	t.Parallel()
	if slices.Contains(unreadable(), golden) {
		t.Error("a change in the list changes nothing")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add(golden)
	for _, s := range unreadable() {
		f.Add(s)
	}
	k := fixedKey(f)
	f.Fuzz(func(t *testing.T, hash string) {
		p := mustPINs(t, k, cheap)
		p.argon2 = func(_, salt []byte, c cost) []byte {
			if !c.bearable() || len(salt) != saltBytes {
				t.Errorf("%q would be executed: %+v, a salt of %d bytes", hash, c, len(salt))
			}
			return make([]byte, sumBytes)
		}
		turn := mustEnter(t, p)
		if h, ok := parsePINHash(hash); ok && h.String() != hash {
			t.Errorf("%q is read as %q", hash, h)
		} else if matches, _ := turn.Match(hash, msisdn, NewText("7391")); matches && !ok {
			t.Errorf("%q cannot be read and matches", hash)
		}
	})
}

func TestTagTellsApart(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, mustKey(t), cheap)
	tag := func(context string, pins ...string) Tag {
		texts := make([]Text, len(pins))
		for i, pin := range pins {
			texts[i] = NewText(pin)
		}
		return p.Tag(context, texts...)
	}
	seen := map[Tag]int{}
	for i, got := range []Tag{
		tag("c"), tag(""), tag("", ""), tag("c", "7391"), tag("c7391"), tag("c", "7391", ""), tag("c", "", "7391"), tag("c", "73", "91"),
		tag("c", "7391", "2846"), tag("c", "2846", "7391"), tag("c", "73912846"), tag("d", "7391"), mustPINs(t, mustKey(t), cheap).Tag("c", NewText("7391")),
	} {
		if j, twice := seen[got]; twice {
			t.Errorf("the calls %d and %d have the same tag", j, i)
		}
		seen[got] = i
	}
	if first := tag("c", "7391", "2846"); first != tag("c", "7391", "2846") || tag("c", "") != p.Tag("c", Text{}) {
		t.Error("the same parts have different tags")
	}
}

func TestNewPINsRefuses(t *testing.T) {
	t.Parallel()
	weak := keyset.NewManager()
	add(t, weak, 16)
	for name, c := range map[string]struct {
		key  MasterKey
		cfg  PINConfig
		says string
	}{
		"no key":             {MasterKey{}, cheap, "no master key"},
		"a weak key":         {MasterKey{handle: mustHandle(t, weak)}, cheap, "not AES256-GCM"},
		"too little memory":  {mustKey(t), PINConfig{MemoryKiB: minMemoryKiB - 1}, "from 8 to 131072 KiB"},
		"too much memory":    {mustKey(t), PINConfig{MemoryKiB: maxMemoryKiB + 1}, "from 8 to 131072 KiB"},
		"too many passes":    {mustKey(t), PINConfig{Passes: maxPasses + 1}, "from 1 to 16"},
		"hashers below zero": {mustKey(t), PINConfig{Hashers: -1}, "from 1 to 1024"},
		"too many hashers":   {mustKey(t), PINConfig{Hashers: math.MaxInt}, "from 1 to 1024"},
		"a queue below zero": {mustKey(t), PINConfig{Queue: -1}, "from 1 to 65536"},
		"too long a queue":   {mustKey(t), PINConfig{Queue: math.MaxInt}, "from 1 to 65536"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := NewPINs(c.key, c.cfg)
			if refused(t, err, fault.Invalid, c.says); p != nil {
				t.Error("something came out")
			}
		})
	}
}

// TestPINsNeverPrint looks for the derived keys in everything that is printed.
func TestPINsNeverPrint(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, mustKey(t), cheap)
	turn := mustEnter(t, p)
	turn.Hash(msisdn, NewText(leak))
	type hidden struct {
		p *PINs
		t *Turn
		k *pinKeys
	}
	h := hidden{p, turn, p.keys}
	var printed strings.Builder
	for _, v := range []any{p, turn, h, &h, p.keys, []*PINs{p}, map[string]any{"p": p, "t": turn}, reflect.ValueOf(p).Elem(), reflect.ValueOf(turn).Elem()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
	}
	js, err := json.Marshal(map[string]any{"p": p, "t": turn, "k": p.keys})
	fmt.Fprintf(&printed, "%s\n", js)
	if err != nil {
		t.Error(err)
	}
	for _, sink := range handlers() {
		slog.New(sink.handler).Info("a line", "pins", p, "turn", turn, "keys", p.keys, "in", h)
		printed.WriteString(sink.out.String())
	}
	clean(t, "printed", printed.String())
	for _, text := range append(slices.Collect(maps.Values(p.keys.peppers)), slices.Collect(maps.Values(p.keys.tags))...) {
		key := []byte(text.Reveal())
		for _, form := range []string{string(key[:8]), hex.EncodeToString(key[:8]), strings.ToUpper(hex.EncodeToString(key[:8])),
			strings.Trim(fmt.Sprint(key[:8]), "[]"), fmt.Sprintf("%#v", key[:4])[len("[]byte{") : len("[]byte{")+20], base64.StdEncoding.EncodeToString(key[:9])} {
			if strings.Contains(printed.String(), form) {
				t.Errorf("a derived key is printed as %q", form)
			}
		}
	}
	if got := fmt.Sprintf("%v %x %s %s %s", p, p, p.String(), p.GoString(), p.LogValue()); got != strings.TrimSpace(strings.Repeat(Redacted+" ", 5)) {
		t.Errorf("printed as %q", got)
	}
}

func TestNewPIN(t *testing.T) {
	t.Parallel()
	var frequency [10]int
	const pins, digits = 5000, 4
	for range pins {
		tries := 0
		pin := NewPIN(digits, func(s string) bool { tries++; return tries == 2 }).Reveal()
		if len(pin) != digits || tries != 2 {
			t.Fatalf("got %q after %d tries", pin, tries)
		}
		for _, d := range pin {
			frequency[d-'0']++ // another character would panic
		}
	}
	for d, n := range frequency {
		if n < 1700 || n > 2300 { // seven standard deviations
			t.Errorf("the digit %d came %d times of %d", d, n, pins*digits)
		}
	}
	fits := func(s string) bool { return s[0] != s[1] }
	for range 200 {
		if pin := NewPIN(2, fits); !fits(pin.Reveal()) {
			t.Error("a PIN came that does not fit")
		}
	}
	if got := len(NewPIN(8, func(string) bool { return true }).Reveal()); got != 8 {
		t.Errorf("got %d digits", got)
	}
}

func TestDigitsAreEquallyLikely(t *testing.T) {
	t.Parallel()
	frequency := map[byte]int{}
	for b := range 256 {
		if d, ok := digit(byte(b)); ok {
			frequency[d]++
		}
	}
	for d := byte('0'); d <= '9'; d++ {
		if frequency[d] != 25 || len(frequency) != 10 {
			t.Errorf("%c is made of %d bytes, of %d digits", d, frequency[d], len(frequency))
		}
	}
}

// BenchmarkBareArgon2 is what a hash costs; BenchmarkMatch must come close.
func BenchmarkBareArgon2(b *testing.B) {
	b.ReportAllocs()
	password, salt := make([]byte, 32), []byte(goldenSalt)
	for b.Loop() {
		argon2id(password, salt, cost{defaultMemoryKiB, defaultPasses})
	}
}

func BenchmarkMatch(b *testing.B) {
	b.ReportAllocs()
	turn, pin := mustEnter(b, mustPINs(b, fixedKey(b), PINConfig{})), NewText("7391")
	for b.Loop() {
		if ok, _ := turn.Match(golden, msisdn, pin); !ok {
			b.Fatal("the golden hash does not match")
		}
	}
}
