package config

import (
	"fmt"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Validate reports every fault at once, as an Invalid error that names each setting, its value
// and what it must be. It is for a Config made in code; Load validates what it reads.
func (c *Config) Validate() error { return c.faults(nil).Err() }

func (c *Config) faults(origins map[string]Origin) fault.Fields {
	var faults fault.Fields
	bad := map[string]bool{}
	for _, s := range Settings() {
		if !s.bind(c).valid() {
			bad[s.Name] = true
			faults = append(faults, badText(s, s.Text(c), origins[s.Name]))
		}
	}
	for _, p := range pairs(c) {
		if p.broken && !bad[p.name] && !bad[p.other] {
			faults.Add(p.name, "%s", p.problem)
		}
	}
	return faults
}

// pair is a rule between two settings that are each good by themselves.
type pair struct {
	name, other string
	broken      bool
	problem     string
}

func pairs(c *Config) []pair {
	list := []pair{
		{"operator-listen", "listen", c.OperatorListen == c.Listen && !anyPort(c.Listen),
			fmt.Sprintf("is %q, as listen is; it must be another address, or off", c.OperatorListen)},
		{"master-key-file", "master-key", c.MasterKeyFile != "" && !c.MasterKey.IsZero(),
			"is set, and so is SWITCHBOARD_MASTER_KEY; keep one of the two, so that it is plain which key holds"},
		{"read-timeout", "read-header-timeout", c.ReadTimeout < c.ReadHeaderTimeout,
			fmt.Sprintf("is %s, shorter than read-header-timeout, which is a part of it; it must be at least %s", brief(c.ReadTimeout), brief(c.ReadHeaderTimeout))},
		{"write-timeout", "read-timeout", c.WriteTimeout < c.ReadTimeout,
			fmt.Sprintf("is %s, shorter than read-timeout, which runs inside it; it must be at least %s", brief(c.WriteTimeout), brief(c.ReadTimeout))},
		{"openid-client-id", "openid-issuer", c.OpenIDIssuer != "" && c.OpenIDClientID == "",
			"is empty, and openid-issuer is set; it must be the client id that the provider gave"},
		{"openid-name", "openid-issuer", c.OpenIDIssuer != "" && c.OpenIDName == "",
			"is empty, and openid-issuer is set; it must be what people know the provider as"},
		{"pin-max-digits", "pin-min-digits", c.PINMaxDigits < c.PINMinDigits,
			fmt.Sprintf("is %d, less than pin-min-digits; it must be at least %d", c.PINMaxDigits, c.PINMinDigits)},
	}
	return append(list,
		burst("partner", c.PartnerRate, c.PartnerBurst),
		burst("switch", c.SwitchRate, c.SwitchBurst),
		burst("address", c.AddressRate, c.AddressBurst),
		burst("refused", c.RefusedRate, c.RefusedBurst),
		burst("channel", c.ChannelRate, c.ChannelBurst),
		burst("device-guess", c.DeviceGuessRate, c.DeviceGuessBurst),
		burst("channel-guess", c.ChannelGuessRate, c.ChannelGuessBurst))
}

// burst: a limit that admits nothing at once admits nothing at all.
func burst(of string, rate float64, size int) pair {
	return pair{of + "-burst", of + "-rate", rate > 0 && size < 1,
		fmt.Sprintf("is %d while %s-rate is %g; it must be at least 1, or set %s-rate to 0 for no limit", size, of, rate, of)}
}

func anyPort(address string) bool { return len(address) > 1 && address[len(address)-2:] == ":0" }

// badText says that a setting's text breaks its rule. A secret's text is left out.
func badText(s Setting, text string, from Origin) fault.Field {
	what := fmt.Sprintf("is %q", text)
	if s.Secret || s.Hidden {
		what = "is not usable"
	}
	if from.Kind != "" && from.Kind != FromDefault {
		what += " (" + from.String() + ")"
	}
	return fault.Field{Name: s.Name, Problem: what + "; it must be " + s.Rule()}
}
