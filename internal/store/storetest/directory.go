package storetest

import (
	"errors"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func directoryCases() []testCase {
	return []testCase{
		{"Directory/of an empty store is empty", directoryEmpty},
		{"Directory/finds by id and code", directoryFinds},
		{"Directory/pointer stays while none of it changes", directoryStays},
		{"Directory/pointer changes with each part", directoryChanges},
		{"Directory/one that was given does not change", directoryDoesNotChange},
		{"Directory/a revoked key is seen at once", directoryKeyRevoked},
		{"Directory/of a transaction shows its writes", directoryOfTx},
	}
}

// directoryOf gives the store's directory.
func directoryOf(t testing.TB, s store.Store) *store.Directory {
	t.Helper()
	dir, err := s.Directory(t.Context())
	must(t, err)
	return dir
}

func directoryEmpty(t *testing.T, s store.Store) {
	dir := directoryOf(t, s)
	equal(t, "entries", len(dir.Partners)+len(dir.Keys)+len(dir.Services)+len(dir.Channels)+len(dir.Secrets), 0)
	samePointer(t, "asked again", directoryOf(t, s), dir, true)
}

func directoryFinds(t *testing.T, s store.Store) {
	p := AddPartner(t, s, "p7", "9000000007")
	svc := AddService(t, s, "53", agent.ReviewBefore)
	dir := directoryOf(t, s)
	gotPartner, ok := dir.Partner("p7")
	equal(t, "partner found", ok, true)
	equalAll(t, "partner", []partner.Partner{gotPartner}, []partner.Partner{p})
	gotService, ok := dir.Service("53")
	equal(t, "service found", ok, true)
	equal(t, "service", gotService, svc)
	_, ok = dir.Partner("53")
	equal(t, "partner that is not there found", ok, false)
	_, ok = dir.Service("p7")
	equal(t, "service that is not there found", ok, false)
}

func directoryStays(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SaveSecret(newSecret(channelID, "secret-of-the-channel")), tx.SaveToken(newToken("t1", access.HolderSwitch, "core")))
	})
	dir := directoryOf(t, s)
	samePointer(t, "asked again", directoryOf(t, s), dir, true)
	for name, write := range map[string]func(tx store.Tx) error{
		"an agent":          func(tx store.Tx) error { _, err := addAgent(tx, partnerID, newUser); return err },
		"an agent's change": func(tx store.Tx) error { _, err := setLastName(tx, userCode, "Changed"); return err },
		"an activation":     func(tx store.Tx) error { _, err := setActivation(tx, userCode, "43", agent.Active, ""); return err },
		"a call":            func(tx store.Tx) error { return tx.SaveCall(newCall("a", userCode, 1)) },
		"a member":          func(tx store.Tx) error { _, err := addMember(tx, NewMember(newMSISDN)); return err },
		"a member's change": func(tx store.Tx) error { return rename(tx, msisdn, "Changed") },
		"a member's call":   func(tx store.Tx) error { return tx.SaveMemberCall(newMemberCall("a", 1)) },
		"calls forgotten":   func(tx store.Tx) error { _, err := tx.ForgetMemberCalls(At(1), 1); return err },
		"a setting":         func(tx store.Tx) error { return tx.SetSetting("a", "set") },
		"an agent's block":  func(tx store.Tx) error { return placeBlock(tx, onAgent("b1", "43")) },
		"a use": func(tx store.Tx) error {
			return tx.SaveUses([]store.Use{{UserCode: userCode, ServiceCode: "43", Day: 9}})
		},
		"a subject's key": func(tx store.Tx) error { return tx.SaveSubjectKey(newSubject(newUser), []byte("key")) },
		"a refused token": func(tx store.Tx) error {
			again := newToken("t2", access.HolderSwitch, "core")
			again.Hash = newToken("t1", access.HolderSwitch, "core").Hash
			_ = tx.SaveToken(again)
			return nil
		},
		"reading it": func(tx store.Tx) error { _, err := tx.Directory(); return err },
		"a refused partner": func(tx store.Tx) error {
			_ = tx.SavePartner(partner.Partner{ID: "p9", Name: "X", InitiatorID: "9962981729", CreatedAt: At(0)})
			return nil
		},
		"a refused secret": func(tx store.Tx) error {
			_ = tx.SaveSecret(newSecret("another", "secret-of-the-channel"))
			return nil
		},
		"nothing whatsoever": func(store.Tx) error { return nil },
	} {
		update(t, s, write)
		samePointer(t, "after "+name, directoryOf(t, s), dir, true)
		dir = directoryOf(t, s)
	}
}

func directoryChanges(t *testing.T, s store.Store) {
	buildWorld(t, s)
	changedKey, dir := newKey(partnerID, "key-a"), directoryOf(t, s)
	changedKey.ExpiresAt = At(500)
	changedSecret := newSecret(channelID, "secret-a")
	changedSecret.RevokedAt = At(500)
	lifted, revokedToken := newBlock("b1", block.Target{Service: "43"}), newToken("t1", access.HolderSwitch, "core")
	renamed, retired, revoked := dir.Partners[0], dir.Services[0], dir.Channels[0]
	renamed.Name, retired.Removed, revoked.RevokedAt = "Renamed", true, At(500)
	for _, change := range []struct {
		name  string
		write func(tx store.Tx) error
	}{
		{"a new partner", func(tx store.Tx) error { _, err := addPartner(tx, "p9", "9000000009"); return err }},
		{"a changed partner", func(tx store.Tx) error { return tx.SavePartner(renamed) }},
		{"a new key", func(tx store.Tx) error { return tx.SaveKey(newKey(partnerID, "key-a")) }},
		{"a changed key", func(tx store.Tx) error { return tx.SaveKey(changedKey) }},
		{"a new service", func(tx store.Tx) error { _, err := addService(tx, "99", agent.ReviewNone); return err }},
		{"a removed service", func(tx store.Tx) error { return tx.SaveService(retired) }},
		{"a new channel", func(tx store.Tx) error { _, err := addChannel(tx, newChannel("app")); return err }},
		{"a revoked channel", func(tx store.Tx) error { return tx.SaveChannel(revoked) }},
		{"a new secret", func(tx store.Tx) error { return tx.SaveSecret(newSecret(channelID, "secret-a")) }},
		{"a changed secret", func(tx store.Tx) error { return tx.SaveSecret(changedSecret) }},
		{"a ladder", func(tx store.Tx) error { _, err := setLadder(tx, newLadder(member.Password)); return err }},
		{"a ladder again", func(tx store.Tx) error { return tx.SaveLadder(newLadder(member.Password)) }},
		{"a block on a service", func(tx store.Tx) error { return tx.SaveBlock(lifted) }},
		{"a block lifted", func(tx store.Tx) error { lifted.LiftedAt = At(500); return tx.SaveBlock(lifted) }},
		{"a block on a partner", func(tx store.Tx) error { return tx.SaveBlock(newBlock("b2", block.Target{Partner: partnerID})) }},
		{"an operator", func(tx store.Tx) error { return tx.SaveOperator(newOperator("alice")) }},
		{"a switch", func(tx store.Tx) error { return tx.SaveSwitch(newSwitch("core")) }},
		{"a token", func(tx store.Tx) error { return tx.SaveToken(revokedToken) }},
		{"a token revoked", func(tx store.Tx) error { revokedToken.RevokedAt = At(500); return tx.SaveToken(revokedToken) }},
	} {
		before := directoryOf(t, s)
		update(t, s, change.write)
		samePointer(t, "after "+change.name, directoryOf(t, s), before, false)
	}
}

func directoryDoesNotChange(t *testing.T, s store.Store) {
	buildWorld(t, s)
	dir := directoryOf(t, s)
	was := dir.Partners[0]
	update(t, s, changeSeen)
	update(t, s, writeAll)
	equal(t, "partners", len(dir.Partners), 2)
	equalAll(t, "partner", dir.Partners[:1], []partner.Partner{was})
	equal(t, "keys", len(dir.Keys), 0)
	equal(t, "services", len(dir.Services), 3)
	equal(t, "channels", len(dir.Channels), 1)
	equal(t, "secrets", len(dir.Secrets), 0)
	equal(t, "blocks, operators, switches and tokens", len(dir.Blocks)+len(dir.Operators)+len(dir.Switches)+len(dir.Tokens), 0)
	equal(t, "blocks on a service and a partner", len(dir.BlocksOnService("43"))+len(dir.BlocksOnPartner(partnerID)), 0)
	equal(t, "steps of a ladder", len(dir.Ladders.OTP.Steps), len(member.DefaultLadder(member.OTP).Steps))
}

func directoryKeyRevoked(t *testing.T, s store.Store) {
	buildWorld(t, s)
	key := newKey(partnerID, "key-a")
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	equal(t, "live before", directoryOf(t, s).Keys[0].Live(At(10)), true)
	key.RevokedAt = At(5)
	update(t, s, func(tx store.Tx) error { return tx.SaveKey(key) })
	equal(t, "live after", directoryOf(t, s).Keys[0].Live(At(10)), false)
	equal(t, "revoked at", directoryOf(t, s).Keys[0].RevokedAt, At(5))
}

func directoryOfTx(t *testing.T, s store.Store) {
	buildWorld(t, s)
	undo := errors.New("undo")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := writeAll(tx); err != nil {
			return err
		}
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		_, isPartner := dir.Partner("p9")
		_, isService := dir.Service("99")
		_, isChannel := dir.Channel("app")
		if err := errors.Join(differ("partner", isPartner, true), differ("service", isService, true), differ("channel", isChannel, true),
			differ("keys", len(dir.Keys), 1), differ("secrets", len(dir.Secrets), 1), differ("ladder", dir.Ladders.OTP.Every, 5)); err != nil {
			return err
		}
		return undo
	})
	equal(t, "error", err, undo)
	dir := view(t, s, store.Tx.Directory)
	equal(t, "entries after it was undone", len(dir.Partners)+len(dir.Keys)+len(dir.Services)+len(dir.Channels)+len(dir.Secrets), 6)
	refused(t, s, "a second partner with the initiator id", fault.Exists, func(tx store.Tx) error {
		_, err := addPartner(tx, "p9", "9962981729")
		return err
	})
}
