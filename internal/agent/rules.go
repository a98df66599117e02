package agent

import (
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// The bounds of a service's rules.
const (
	maxMetres = 20_000_000 // about as far as two places can be apart
	maxDays   = 3650
)

var confirmNames = []string{"activation", "approval", "lifting"}

// ConfirmNames gives what can take two people as commands and files spell it.
func ConfirmNames() []string { return append([]string(nil), confirmNames...) }

// Names lists what takes two people.
func (c Confirm) Names() (names []string) {
	for i, name := range confirmNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// ParseConfirm reads what Names gave. ok is false when there is a word that is not known.
func ParseConfirm(names []string) (c Confirm, ok bool) {
	for _, name := range names {
		found := false
		for i, known := range confirmNames {
			if name == known {
				c, found = c|1<<i, true
			}
		}
		if !found {
			return 0, false
		}
	}
	return c, true
}

// Check adds every field of the service that is missing or malformed.
func (s *Service) Check(bad *fault.Fields) {
	if !ValidCode(s.Code) {
		bad.Add("service_code", "must be 1 to 32 letters, digits, dashes or underscores")
	}
	if s.Name == "" || !ValidText(s.Name) {
		bad.Add("name", "is required, plain text of at most 200 bytes")
	}
	if !ValidText(s.Provider) {
		bad.Add("provider", "must be plain text of at most 200 bytes")
	}
	within := func(name string, n, most int) {
		if n < 0 || n > most {
			bad.Add(name, "must be a number from 0 to %d", most)
		}
	}
	within("fence_distance", s.Fence.Distance, maxMetres)
	within("fence_tolerance", s.Fence.Tolerance, maxMetres)
	within("dormant_days", s.DormantDays, maxDays)
	within("verify_days", s.VerifyDays, maxDays)
	switch {
	case s.Fence.Country != "" && !geo.KnownCountry(s.Fence.Country):
		bad.Add("fence_country", "%.40q must be the two capital letters of a country that has an outline, like IN or KE", s.Fence.Country)
	case s.Fence.Country == "" && s.Fence.Tolerance != 0:
		bad.Add("fence_tolerance", "goes with fence_country: it widens the country's outline")
	}
}

// Weakens says whether rules are less strict than these were about what takes two people: fewer things do,
// or less waits for the second one. (With a review after, what is on and waits may be used at once.)
func (s *Service) Weakens(was *Service) bool {
	if was.Confirm&^s.Confirm != 0 {
		return true
	}
	return s.Review != was.Review && (was.Confirm&ConfirmApproval != 0 && s.Review != ReviewBefore ||
		was.Confirm&ConfirmActivation != 0 && s.Review == ReviewAfter)
}

// Rules spells the service as its events have it: pairs of name and value.
func (s *Service) Rules() []string {
	needs := ""
	if s.NeedsLatLong {
		needs = "latlong"
	}
	return []string{"name", s.Name, "provider", s.Provider, "review", s.Review.String(), "needs", needs,
		"confirm", strings.Join(s.Confirm.Names(), ","), "fence_distance", count(s.Fence.Distance), "fence_country", s.Fence.Country,
		"fence_tolerance", count(s.Fence.Tolerance), "dormant_days", count(s.DormantDays), "verify_days", count(s.VerifyDays)}
}

// count is a number as events have it: "" for none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
