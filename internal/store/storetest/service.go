package storetest

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func serviceCases() []testCase {
	return []testCase{
		{"SaveService/every field comes back", serviceRoundTrip},
		{"SaveService/replaces", serviceReplaced},
		{"Services/by number of the code, removed ones included", servicesInOrder},
	}
}

// changeService saves a service that changed, and records that.
func changeService(tx store.Tx, svc agent.Service) (agent.Service, error) {
	e := svc.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Service, ID: svc.Code},
		Kind:    event.CatalogueSet, Cause: Cause(3), Data: event.Data("name", svc.Name),
	})
	if err := tx.AppendEvent(&e); err != nil {
		return svc, err
	}
	svc.Head, svc.UpdatedAt = e.Head(), At(3)
	return svc, tx.SaveService(svc)
}

// wantService checks a service in both directories.
func wantService(t *testing.T, s store.Store, what string, want agent.Service) {
	t.Helper()
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		got, _ := dir.Service(want.Code)
		equal(t, what, got, want)
	})
}

func serviceRoundTrip(t *testing.T, s store.Store) {
	for i, review := range []agent.Review{agent.ReviewNone, agent.ReviewBefore, agent.ReviewAfter} {
		svc := AddService(t, s, string(rune('1'+i)), review)
		wantService(t, s, "as saved first, "+review.String(), svc)
	}
}

func serviceReplaced(t *testing.T, s store.Store) {
	other := AddService(t, s, "43", agent.ReviewBefore)
	svc := AddService(t, s, "53", agent.ReviewBefore)
	for _, change := range []func(){
		func() { svc.Name, svc.Provider = "बिल 😀 \"x\" \\ '", "" },
		func() { svc.NeedsLatLong = true },
		func() { svc.Review, svc.Provider = agent.ReviewNone, "प्रदाता" },
		func() { svc.Removed = true },
		func() {
			svc.Confirm = agent.ConfirmActivation | agent.ConfirmApproval | agent.ConfirmLifting
			svc.Fence = agent.Fence{Distance: 500, Country: "IN", Tolerance: 2000}
			svc.DormantDays, svc.VerifyDays = 90, 365
		},
		func() {
			svc.Confirm, svc.Fence, svc.DormantDays, svc.VerifyDays = agent.ConfirmLifting, agent.Fence{Country: "KE"}, 0, 1
		},
		func() { svc.Removed, svc.NeedsLatLong, svc.Review = false, false, agent.ReviewAfter },
	} {
		change()
		update(t, s, func(tx store.Tx) (err error) { svc, err = changeService(tx, svc); return err })
		wantService(t, s, "as replaced", svc)
	}
	wantService(t, s, "the other service", other)
	complete(t, "service", other, "UpdatedAt", "Removed", "Review", "Confirm", "Fence", "DormantDays", "VerifyDays", "NeedsLatLong")
	equal(t, "number of services", len(directoryOf(t, s).Services), 2)
}

func servicesInOrder(t *testing.T, s store.Store) {
	byCode := map[string]agent.Service{}
	for _, code := range []string{"100", "9", "53", "10", "1"} {
		byCode[code] = AddService(t, s, code, agent.ReviewNone)
	}
	removed := byCode["10"]
	removed.Removed = true
	update(t, s, func(tx store.Tx) (err error) { byCode["10"], err = changeService(tx, removed); return err })
	var want []agent.Service
	for _, code := range []string{"1", "9", "10", "53", "100"} {
		want = append(want, byCode[code])
	}
	bothDirectories(t, s, func(dir *store.Directory) { equalAll(t, "services", dir.Services, want) })
}
