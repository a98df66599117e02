package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// testCase checks one promise on a store of its own.
type testCase struct {
	name string
	run  func(t *testing.T, s store.Store)
}

// Run checks every promise of the store interfaces. open is called for each case, gives an empty
// store and sees to it that t closes it; a case may have closed it before.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range slices.Concat(
		storeCases(), recordCases(), directoryCases(), upkeepCases(),
		agentCases(), userCodeCases(), activationCases(), partnerCases(), serviceCases(),
		eventCases(), callCases(), settingCases(), concurrencyCases(), freshnessCases(),
		memberCases(), memberCallCases(), memberBriefCases(), memberLoadCases(), channelCases(), ladderCases(),
		blockCases(), accessCases(), accountCases(), passkeyCases(), usageCases(), reviewCases(), subjectKeyCases(), awaitCases(), planCases(),
		webhookCases(), auditCases(), activityCases(), searchCases(),
	) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

// must ends the case when a call failed that should not.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// wantCode checks that err is a *fault.Error with this code.
func wantCode(t testing.TB, what string, err error, code fault.Code) {
	t.Helper()
	if e := asFault(err); e == nil || e.Code != code {
		t.Errorf("%s: got error %v (%T), want a *fault.Error %q", what, err, err, code)
	}
}

// asFault is err as a *fault.Error, nil when it is none: fault.As would make one of anything.
func asFault(err error) *fault.Error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e
}

// equal checks one value.
func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// samePointer checks that a directory is the very one that was given before, or another one.
func samePointer(t testing.TB, what string, got, before *store.Directory, want bool) {
	t.Helper()
	if (got == before) != want {
		t.Errorf("pointer of the Directory %s: the same as before is %v, want %v", what, got == before, want)
	}
}

// equalAll checks values and their order; no values may be a nil slice or an empty one.
func equalAll[T any](t testing.TB, what string, got, want []T) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b T) bool { return reflect.DeepEqual(a, b) }) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// update does fn in one Update that must succeed. The functions given to a transaction never
// call t.Fatal: it would end a goroutine that may be the store's own. They return errors.
func update(t testing.TB, s store.Store, fn func(tx store.Tx) error) {
	t.Helper()
	must(t, s.Update(t.Context(), fn))
}

// refused does fn in one Update that must fail with code.
func refused(t testing.TB, s store.Store, what string, code fault.Code, fn func(tx store.Tx) error) {
	t.Helper()
	wantCode(t, what, s.Update(t.Context(), fn), code)
}

// view gives what read finds in a View.
func view[T any](t testing.TB, s store.Store, read func(tx store.Tx) (T, error)) T {
	t.Helper()
	var got T
	must(t, s.View(t.Context(), func(tx store.Tx) (err error) {
		got, err = read(tx)
		return err
	}))
	return got
}

// notFound checks that read fails with code in a View.
func notFound[T any](t testing.TB, s store.Store, what string, code fault.Code, read func(tx store.Tx) (T, error)) {
	t.Helper()
	wantCode(t, what, s.View(t.Context(), func(tx store.Tx) error {
		_, err := read(tx)
		return err
	}), code)
}

// differ is the error of a value that a transaction's function found to be wrong.
func differ[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s: got %+v, want %+v", what, got, want)
	}
	return nil
}
