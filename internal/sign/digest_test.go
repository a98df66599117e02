package sign

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
)

// plainDigest is the definition, spelled out.
func plainDigest(method, path, query string, body []byte) uint64 {
	var all []byte
	for _, part := range []string{method, path, query, string(body)} {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	sum := sha256.Sum256(all)
	return binary.BigEndian.Uint64(sum[:])
}

func TestDigest(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long/", 200)
	seen := map[uint64]int{}
	for i, c := range [][4]string{
		{"PUT", "/a", "b", "c"}, {"PUT", "/ab", "", "c"}, {"PUT", "/a", "bc", ""}, {"PUT", "/a", "", "bc"},
		{"PUT/", "a", "b", "c"}, {"", "", "", ""}, {"PUT", long, "b", "c"}, {"PUT", "/a", long, "c"}, {"PUT", "/a", "b", long},
		{"PUT", long[:119], "", ""}, {"PUT", long[:120], "", ""}, {"PUT", long[:121], "", ""}, {"PUT", long[:248], "", ""}, {"PUT", long[:249], "", ""},
	} {
		got := Digest(c[0], c[1], c[2], []byte(c[3]))
		if want := plainDigest(c[0], c[1], c[2], []byte(c[3])); got != want {
			t.Errorf("row %d: %x, want %x", i, got, want)
		}
		if j, ok := seen[got]; ok {
			t.Errorf("rows %d and %d have one digest", i, j)
		}
		seen[got] = i
	}
}

func BenchmarkDigest(b *testing.B) {
	body := []byte(`{"initiator_id":"9962981729","user_code":"20810200","latlong":"26.8863786,75.7393589"}`)
	b.ReportAllocs()
	for b.Loop() {
		Digest("PUT", "/ekoapi/v2/admin/network/agent/20810200/service/53/activate", "", body)
	}
}
