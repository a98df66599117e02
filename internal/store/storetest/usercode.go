package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/store"
)

func userCodeCases() []testCase {
	return []testCase{
		{"NewUserCode/eight digits, never the same", newUserCodes},
		{"NewUserCode/none that an agent has", newUserCodeFree},
		{"NewUserCode/none that an agent of the same Update has", newUserCodeFreeInUpdate},
		{"NewUserCode/goes on after Updates that fail", newUserCodeAfterFailure},
	}
}

// newCodes gives n new user codes of one transaction.
func newCodes(tx store.Tx, n int) ([]string, error) {
	codes := make([]string, n)
	for i := range codes {
		code, err := tx.NewUserCode()
		if err != nil {
			return nil, err
		}
		codes[i] = code
	}
	return codes, nil
}

// giveCodes gives n new user codes of one committed Update.
func giveCodes(t testing.TB, s store.Store, n int) (codes []string) {
	t.Helper()
	update(t, s, func(tx store.Tx) (err error) { codes, err = newCodes(tx, n); return err })
	return codes
}

// allNew checks that codes are eight digits each and that none was given before, and remembers them.
func allNew(t testing.TB, given map[string]bool, codes []string) {
	t.Helper()
	for _, code := range codes {
		if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("user code %q is not eight digits", code)
		}
		if given[code] {
			t.Errorf("user code %s was given before", code)
		}
		given[code] = true
	}
}

// near gives the n codes on each side of a code, itself left out.
func near(t testing.TB, code string, n int) (codes []string) {
	t.Helper()
	middle, err := strconv.Atoi(code)
	must(t, err)
	for i := middle - n; i <= middle+n; i++ {
		if i != middle && i >= 0 && i <= 99999999 {
			codes = append(codes, fmt.Sprintf("%08d", i))
		}
	}
	return codes
}

func newUserCodes(t *testing.T, s store.Store) {
	given := map[string]bool{}
	for range 20 {
		allNew(t, given, giveCodes(t, s, 1))
		allNew(t, given, giveCodes(t, s, 10))
	}
}

func newUserCodeFree(t *testing.T, s store.Store) {
	buildWorld(t, s)
	taken := map[string]bool{userCode: true}
	for range 3 {
		code := giveCodes(t, s, 1)
		allNew(t, taken, code)
		for _, neighbour := range near(t, code[0], 20) {
			if !taken[neighbour] {
				AddAgent(t, s, partnerID, neighbour)
				taken[neighbour] = true
			}
		}
		allNew(t, taken, giveCodes(t, s, 50))
	}
}

func newUserCodeFreeInUpdate(t *testing.T, s store.Store) {
	buildWorld(t, s)
	taken := map[string]bool{}
	var codes []string
	update(t, s, func(tx store.Tx) error {
		clear(taken)
		code, err := tx.NewUserCode()
		if err != nil {
			return err
		}
		for _, neighbour := range near(t, code, 5) {
			if _, err := addAgent(tx, partnerID, neighbour); err != nil {
				return err
			}
			taken[neighbour] = true
		}
		taken[code] = true
		codes, err = newCodes(tx, 30)
		return err
	})
	allNew(t, taken, codes)
}

func newUserCodeAfterFailure(t *testing.T, s store.Store) {
	buildWorld(t, s)
	given := map[string]bool{userCode: true}
	for range 10 {
		allNew(t, given, giveCodes(t, s, 2))
		err := s.Update(t.Context(), func(tx store.Tx) error {
			if _, err := newCodes(tx, 5); err != nil {
				return err
			}
			_, err := addAgent(tx, partnerID, userCode)
			return err
		})
		if err == nil {
			t.Fatal("an agent was created twice")
		}
		allNew(t, given, giveCodes(t, s, 2))
	}
}
