package secrettest

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/secret"
)

// Keys are what one new master key opens.
type Keys struct {
	Master secret.MasterKey
	Sealer *secret.Sealer
}

// New makes keys that nobody else has.
func New(t testing.TB) Keys {
	t.Helper()
	master, err := secret.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secret.NewSealer(master)
	if err != nil {
		t.Fatal(err)
	}
	return Keys{master, sealer}
}

// PINs hashes as cheaply as cfg says.
func (k Keys) PINs(t testing.TB, cfg secret.PINConfig) *secret.PINs {
	t.Helper()
	pins, err := secret.NewPINs(k.Master, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return pins
}
