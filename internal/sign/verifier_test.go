package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/secret"
)

const (
	testKey    = "TEST_ACCESS_KEY_DO_NOT_USE"
	testMillis = 1_700_000_000_000
	testWindow = 2 * time.Minute
)

var testNow = time.UnixMilli(testMillis)

func millis(n int64) string { return strconv.FormatInt(n, 10) }

func TestEPSVectors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/eps/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("found the vectors %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var v struct{ Access_key, Timestamp, Signature string }
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatal(err)
			}
			if got := EPS(v.Access_key, v.Timestamp); got != v.Signature {
				t.Errorf("signed %s, want %s", got, v.Signature)
			}
			at, ok := ParseTimestamp(v.Timestamp)
			if !ok {
				t.Fatalf("the timestamp %q is not read", v.Timestamp)
			}
			if r := NewVerifier(secret.NewText(v.Access_key)).Verify(v.Signature, v.Timestamp, time.UnixMilli(at), 0); r != nil {
				t.Errorf("refused: %s", r)
			}
		})
	}
}

func TestParseTimestamp(t *testing.T) {
	t.Parallel()
	const bad = -1
	for text, want := range map[string]int64{
		"0": 0, "1700000000000": testMillis, "0001700000000000": testMillis,
		"4611686018427387903": 4611686018427387903, "4611686018427387904": bad, "9223372036854775807": bad,
		"18446744073709551616": bad, "00000001700000000000": bad,
		"": bad, "-1": bad, "+1": bad, " 1": bad, "1 ": bad, "1.0": bad, "1e3": bad, "0x1": bad, "1_0": bad, "١": bad, "1\x00": bad,
	} {
		got, ok := ParseTimestamp(text)
		if ok != (want != bad) || ok && got != want {
			t.Errorf("%q gives %d, %v", text, got, ok)
		}
	}
}

// mistakes are the ways to sign a timestamp wrongly, under the name of what they get wrong.
func mistakes(timestamp string) map[string]string {
	mac := macOf(hmacKey(testKey), timestamp)
	raw := macOf([]byte(testKey), timestamp)
	right := base64.StdEncoding.EncodeToString(mac[:])
	return map[string]string{
		"right":            right,
		"raw key":          base64.StdEncoding.EncodeToString(raw[:]),
		"raw key, hex":     hex.EncodeToString(raw[:]),
		"hex":              hex.EncodeToString(mac[:]),
		"HEX":              strings.ToUpper(hex.EncodeToString(mac[:])),
		"base64 of hex":    base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(mac[:]))),
		"URL-safe":         base64.URLEncoding.EncodeToString(mac[:]),
		"no padding":       base64.RawStdEncoding.EncodeToString(mac[:]),
		"another key":      EPS("another", timestamp),
		"another time":     EPS(testKey, timestamp+"0"),
		"cut short":        right[:20],
		"too long":         right + "=",
		"one bit off":      "v" + right[1:],
		"loose last digit": right[:42] + "l=", // decodes to the same bytes, is not the same text
		"empty":            "",
		"not an encoding":  "\x00\xff!",
		"endless":          strings.Repeat("A", 4096),
	}
}

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	v, signed := NewVerifier(secret.NewText(testKey)), mistakes("1700000000000")
	for name, want := range map[string]Cause{
		"right": 0, "raw key": KeyDecoded, "raw key, hex": KeyDecoded,
		"hex": WrongSignatureEncoding, "HEX": WrongSignatureEncoding, "base64 of hex": WrongSignatureEncoding,
		"URL-safe": WrongSignatureEncoding, "no padding": WrongSignatureEncoding, "too long": WrongSignatureEncoding,
		"loose last digit": WrongSignatureEncoding,
		"another key":      WrongSignature, "another time": WrongSignature, "cut short": WrongSignature,
		"one bit off": WrongSignature, "empty": WrongSignature, "not an encoding": WrongSignature, "endless": WrongSignature,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signature, ok := signed[name]
			if !ok {
				t.Fatal("no such mistake")
			}
			wantRefusal(t, v.Verify(signature, "1700000000000", testNow, testWindow), want, want == 0)
		})
	}
}

// wantRefusal checks the cause, whether the signature was found right, and that the text is
// useful and tells no secret.
func wantRefusal(t *testing.T, r *Refusal, want Cause, signed bool) {
	t.Helper()
	if want == 0 {
		if r != nil {
			t.Fatalf("refused: %s", r)
		}
		return
	}
	if r == nil {
		t.Fatalf("passed, want %s", want)
	}
	if r.Cause != want || r.Signed != signed {
		t.Errorf("cause %s, signed %v; want %s, %v", r.Cause, r.Signed, want, signed)
	}
	text := r.String()
	for _, leak := range []string{testKey, string(hmacKey(testKey)), EPS(testKey, "1700000000000")} {
		if strings.Contains(text, leak) {
			t.Errorf("the text tells a secret: %s", text)
		}
	}
	if text == "refused" || !strings.Contains(text, ";") {
		t.Errorf("the text names no remedy: %s", text)
	}
}

func TestVerifyTimestamp(t *testing.T) {
	t.Parallel()
	v := NewVerifier(secret.NewText(testKey))
	window := testWindow.Milliseconds()
	for _, c := range []struct {
		timestamp string
		want      Cause
		skew      int64
	}{
		{millis(testMillis), 0, 0},
		{millis(testMillis - window), 0, 0},
		{millis(testMillis + window), 0, 0},
		{millis(testMillis - window - 1), Skew, -window - 1},
		{millis(testMillis + window + 1), Skew, window + 1},
		{"0", Skew, -testMillis},
		{"4611686018427387903", Skew, 4611686018427387903 - testMillis},
		{millis(testMillis / 1000), TimestampInSeconds, 0},
		{millis(testMillis/1000 - window/1000), TimestampInSeconds, 0},
		{millis(testMillis/1000 + window/1000 + 2), Skew, testMillis/1000 + window/1000 + 2 - testMillis},
		{millis(testMillis * 1000), TimestampInMicros, 0},
		{millis((testMillis + window) * 1000), TimestampInMicros, 0},
		{millis((testMillis + window + 1) * 1000), Skew, (testMillis+window+1)*1000 - testMillis},
		{millis(testMillis * 1_000_000), TimestampInNanos, 0},
		{"", MalformedTimestamp, 0},
		{"2023-11-14T22:13:20Z", MalformedTimestamp, 0},
		{"1700000000000.0", MalformedTimestamp, 0},
		{strings.Repeat("0", 4096) + millis(testMillis), MalformedTimestamp, 0},
	} {
		t.Run(fmt.Sprintf("%.24q", c.timestamp), func(t *testing.T) {
			t.Parallel()
			r := v.Verify(EPS(testKey, c.timestamp), c.timestamp, testNow, testWindow)
			// An overlong timestamp is not hashed whole, so its signature is never found right.
			wantRefusal(t, r, c.want, len(c.timestamp) <= timestampLen)
			if r != nil && r.Skew != c.skew {
				t.Errorf("skew %d, want %d", r.Skew, c.skew)
			}
			if c.want == 0 {
				return
			}
			wrong := v.Verify(EPS("another", c.timestamp), c.timestamp, testNow, testWindow)
			wantRefusal(t, wrong, c.want, false)
			if !strings.Contains(wrong.String(), "does not match") {
				t.Errorf("the text keeps silent about the signature: %s", wrong)
			}
		})
	}
}

// TestVerifyPrefixSigned: a signature over the first digits of a longer timestamp is not one of it.
func TestVerifyPrefixSigned(t *testing.T) {
	t.Parallel()
	timestamp := "000000" + millis(testMillis)
	r := NewVerifier(secret.NewText(testKey)).Verify(EPS(testKey, timestamp), timestamp+"0", testNow, testWindow)
	wantRefusal(t, r, MalformedTimestamp, false)
}

func TestSkewText(t *testing.T) {
	t.Parallel()
	v := NewVerifier(secret.NewText(testKey))
	for offset, want := range map[int64]string{-130_000: "skew of -130000 ms", 130_000: "skew of +130000 ms"} {
		timestamp := millis(testMillis + offset)
		if got := v.Verify(EPS(testKey, timestamp), timestamp, testNow, testWindow).String(); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

func TestDecoyRefusesAll(t *testing.T) {
	t.Parallel()
	v := NewDecoy()
	own := EPS(v.accessKey.Reveal(), "1700000000000")
	wantRefusal(t, v.Verify(own, "1700000000000", testNow, testWindow), UnknownKey, false)
	for _, signature := range mistakes("1700000000000") {
		wantRefusal(t, v.Verify(signature, "1700000000000", testNow, testWindow), UnknownKey, false)
	}
	wantRefusal(t, v.Verify(own, "nonsense", testNow, testWindow), UnknownKey, false)
}

// TestVerifyInTurn proves that a pooled HMAC carries nothing from one check into the next.
func TestVerifyInTurn(t *testing.T) {
	t.Parallel()
	v := NewVerifier(secret.NewText(testKey))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				good := millis(testMillis + int64(i*8+g))
				if r := v.Verify(EPS(testKey, good), good, testNow, testWindow); r != nil {
					t.Errorf("%s refused: %s", good, r)
				}
				other := millis(testMillis + int64(i*8+g) + 1)
				for _, signature := range []string{EPS(testKey, other), EPS(testKey, good)[:43], ""} {
					if v.Verify(signature, good, testNow, testWindow) == nil {
						t.Errorf("%s passed with %q", good, signature)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestVerifierNeverPrints(t *testing.T) {
	t.Parallel()
	v := NewVerifier(secret.NewText(testKey))
	if r := v.Verify(EPS(testKey, "1700000000000"), "1700000000000", testNow, testWindow); r != nil {
		t.Fatal(r)
	}
	printed := fmt.Sprintf("%v %+v %#v", v, v, v)
	for _, leak := range []string{testKey, string(hmacKey(testKey)), fmt.Sprint([]byte(testKey)), fmt.Sprint(hmacKey(testKey))} {
		if strings.Contains(printed, strings.Trim(leak, "[]")) {
			t.Errorf("the verifier prints its key: %s", printed)
		}
	}
}

// FuzzVerify compares with the plainest possible implementation, which knows no pool, no buffers
// and no diagnosis: only what it accepts may pass.
func FuzzVerify(f *testing.F) {
	for _, timestamp := range []string{"1700000000000", "1700000000", "1700000000000000", "0001700000000000", "", "-1"} {
		for _, signature := range mistakes(timestamp) {
			f.Add(testKey, signature, timestamp, int64(testMillis), int64(120_000))
		}
	}
	f.Fuzz(func(t *testing.T, accessKey, signature, timestamp string, now, window int64) {
		now, window = now%(1<<50), window%(1<<40)
		v := NewVerifier(secret.NewText(accessKey))
		at, span := time.UnixMilli(now), time.Duration(window)*time.Millisecond
		for _, s := range []string{signature, EPS(accessKey, timestamp)} {
			r := v.Verify(s, timestamp, at, span)
			if want := plainVerify(accessKey, s, timestamp, now, window); (r == nil) != want {
				t.Fatalf("key %q signature %q timestamp %q now %d window %d: got %v, want passed=%v",
					accessKey, s, timestamp, now, window, r, want)
			}
			if r != nil && (r.Cause == 0 || r.String() == "") {
				t.Fatalf("a refusal without a cause: %#v", r)
			}
		}
	})
}

func plainVerify(accessKey, signature, timestamp string, now, window int64) bool {
	h := hmac.New(sha256.New, []byte(base64.StdEncoding.EncodeToString([]byte(accessKey))))
	h.Write([]byte(timestamp))
	if signature != base64.StdEncoding.EncodeToString(h.Sum(nil)) || len(timestamp) > 19 || strings.ContainsAny(timestamp, "+-") {
		return false
	}
	at, err := strconv.ParseInt(timestamp, 10, 63)
	return err == nil && at >= now-window && at <= now+window
}

func BenchmarkVerify(b *testing.B) {
	v, signature := NewVerifier(secret.NewText(testKey)), EPS(testKey, "1700000000000")
	b.ReportAllocs()
	for b.Loop() {
		if r := v.Verify(signature, "1700000000000", testNow, testWindow); r != nil {
			b.Fatal(r)
		}
	}
}

func BenchmarkVerifyRefused(b *testing.B) {
	v, stale := NewVerifier(secret.NewText(testKey)), millis(testMillis-1_000_000)
	for name, c := range map[string]struct{ signature, timestamp string }{
		"wrong signature": {EPS("another", "1700000000000"), "1700000000000"},
		"skew":            {EPS(testKey, stale), stale},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if v.Verify(c.signature, c.timestamp, testNow, testWindow) == nil {
					b.Fatal("passed")
				}
			}
		})
	}
}
