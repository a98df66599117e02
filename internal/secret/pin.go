package secret

import (
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// PINConfig says what hashing a PIN costs and how many are hashed at a time.
type PINConfig struct {
	MemoryKiB uint32 // of one Argon2id hash; 0: 19456
	Passes    uint32 // over that memory; 0: 2
	Hashers   int    // hashes at a time; 0: one a processor
	Queue     int    // calls that may wait for their turn besides; 0: 128
}

// The defaults, and the bounds of what is executed: of settings, and of hashes that were read.
const (
	defaultMemoryKiB = 19456
	defaultPasses    = 2
	defaultQueue     = 128

	minMemoryKiB = 8 // Argon2's own least
	maxMemoryKiB = 128 << 10
	maxPasses    = 16
	maxHashers   = 1024
	maxQueue     = 1 << 16
)

// PINs hashes and compares PINs. It is safe for use by many goroutines.
//
// A PIN has few digits, and a slow hash alone does not keep them from whoever holds a copy of the
// store. What is hashed is therefore keyed with a pepper that is derived from the master key, which
// is not in the store, and bound to the member's phone number: a hash moved to another member's row
// matches nothing there. At most Hashers hashes are made at a time, so that they take no more than
// Hashers times MemoryKiB, whatever arrives.
type PINs struct {
	cost    cost
	keys    *pinKeys
	places  int
	hashers chan struct{} // holds one for each hash being made
	hashes  atomic.Uint64

	mu    sync.Mutex
	taken int            // places that calls hold
	held  map[string]int // those of each channel
	share float64        // of all places, those of one channel

	newSalt func() []byte // tests fix it
	argon2  func(password, salt []byte, c cost) []byte
}

// NewPINs makes a PINs whose pepper is derived from a master key.
func NewPINs(k MasterKey, cfg PINConfig) (*PINs, error) { return newPINs(k, cfg, pepperInfo) }

func newPINs(k MasterKey, cfg PINConfig, pepperInfo string) (*PINs, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	keys, err := newPINKeys(k, pepperInfo)
	if err != nil {
		return nil, err
	}
	return &PINs{
		cost:    cost{memoryKiB: cfg.MemoryKiB, passes: cfg.Passes},
		keys:    keys,
		places:  cfg.Hashers + cfg.Queue,
		held:    map[string]int{},
		share:   channelShare,
		hashers: make(chan struct{}, cfg.Hashers),
		newSalt: func() []byte { return random(saltBytes) },
		argon2:  argon2id,
	}, nil
}

func (cfg PINConfig) withDefaults() PINConfig {
	if cfg.MemoryKiB == 0 {
		cfg.MemoryKiB = defaultMemoryKiB
	}
	if cfg.Passes == 0 {
		cfg.Passes = defaultPasses
	}
	if cfg.Hashers == 0 {
		cfg.Hashers = runtime.GOMAXPROCS(0)
	}
	if cfg.Queue == 0 {
		cfg.Queue = defaultQueue
	}
	return cfg
}

func (cfg PINConfig) check() error {
	var bad fault.Fields
	if cfg.MemoryKiB < minMemoryKiB || cfg.MemoryKiB > maxMemoryKiB {
		bad.Add("the memory of a PIN hash", "must be from %d to %d KiB", minMemoryKiB, maxMemoryKiB)
	}
	if cfg.Passes > maxPasses {
		bad.Add("the passes of a PIN hash", "must be from 1 to %d", maxPasses)
	}
	if cfg.Hashers < 0 || cfg.Hashers > maxHashers {
		bad.Add("the number of PIN hashers", "must be from 1 to %d, or 0 for one a processor", maxHashers)
	}
	if cfg.Queue < 0 || cfg.Queue > maxQueue {
		bad.Add("the queue of PIN calls", "must be from 1 to %d, or 0 for %d", maxQueue, defaultQueue)
	}
	return bad.Err()
}

// argon2id is one hash. It keeps one processor busy: more lanes would only let one call take the
// processors of others.
func argon2id(password, salt []byte, c cost) []byte {
	return argon2.IDKey(password, salt, c.passes, c.memoryKiB, 1, sumBytes)
}

// NewPIN makes a random PIN of so many digits that fits: one for which fits says true. It tries until
// one does, so that every PIN that fits is equally likely; some PIN must.
func NewPIN(digits int, fits func(string) bool) Text {
	for {
		if pin := randomDigits(digits); fits(pin) {
			return NewText(pin)
		}
	}
}

func randomDigits(n int) string {
	digits := make([]byte, 0, n)
	for len(digits) < n {
		if d, ok := digit(random(1)[0]); ok {
			digits = append(digits, d)
		}
	}
	return string(digits)
}

// digit makes a digit of a random byte. Only bytes below 250 give one, among which each digit is
// equally frequent.
func digit(b byte) (d byte, ok bool) { return '0' + b%10, b < 250 }

// String is Redacted.
func (p *PINs) String() string { return Redacted }

// GoString is Redacted.
func (p *PINs) GoString() string { return Redacted }

// Format writes Redacted for every verb.
func (p *PINs) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText gives Redacted.
func (p *PINs) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue gives Redacted.
func (p *PINs) LogValue() slog.Value { return slog.StringValue(Redacted) }
