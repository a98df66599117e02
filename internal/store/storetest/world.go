package storetest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// The world that most cases start from: two partners, three services, one agent, one channel and two members.
const (
	partnerID      = "p1"
	otherPartnerID = "p2"
	userCode       = "20810200"
	channelID      = "ussd"
	msisdn         = "254712345678"
	otherMSISDN    = "254712345679"
)

// buildWorld makes that world.
func buildWorld(t testing.TB, s store.Store) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		_, err1 := addPartner(tx, partnerID, "9962981729")
		_, err2 := addPartner(tx, otherPartnerID, "9962981730")
		_, err3 := addService(tx, "43", agent.ReviewNone)
		_, err4 := addService(tx, "53", agent.ReviewBefore)
		_, err5 := addService(tx, "45", agent.ReviewAfter)
		_, err6 := addAgent(tx, partnerID, userCode)
		_, err7 := addChannel(tx, newChannel(channelID))
		_, err8 := addMember(tx, NewMember(msisdn))
		_, err9 := addMember(tx, NewMember(otherMSISDN))
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9,
			tx.SaveMemberCall(newMemberCall("oldest", 0)), tx.SaveMemberCall(newMemberCall("older", 1)),
			tx.SaveSubjectKey(newSubject(userCode), []byte("the key of the world's agent")))
	})
}

// newUser is the agent that writeAll creates, newMSISDN the member.
const (
	newUser   = "30000001"
	newMSISDN = "254700000009"
)

// writeAll uses every writing method once: it changes what buildWorld made and adds one of everything.
func writeAll(tx store.Tx) error {
	_, err1 := addPartner(tx, "p9", "9000000009")
	_, err2 := addService(tx, "99", agent.ReviewAfter)
	_, err3 := addAgent(tx, "p9", newUser)
	_, err4 := setLastName(tx, userCode, "Changed")
	_, err5 := setActivation(tx, userCode, "43", agent.ActiveWaiting, "first")
	_, err6 := setActivation(tx, userCode, "43", agent.OffRejected, "second")
	_, err7 := tx.NewUserCode()
	return errors.Join(err1, err2, err3, err4, err5, err6, err7,
		tx.SaveKey(newKey(partnerID, "key-a")),
		tx.SaveCall(newCall("a", userCode, 1)),
		tx.SetSetting("a", "set"),
		writeMembers(tx), writeDecisions(tx))
}

// writeDecisions is the part of writeAll that is about what else decides, and who asks.
func writeDecisions(tx store.Tx) error {
	return errors.Join(
		placeBlock(tx, onAgent("b-a", "")), placeBlock(tx, onAgent("b-b", "43")),
		tx.SaveBlock(newBlock("b-c", block.Target{Service: "43"})), tx.SaveBlock(newBlock("b-d", block.Target{Partner: partnerID})),
		tx.SaveOperator(newOperator("alice")), tx.SaveOperatorHead("alice", head(3)), tx.SaveAccount(newAccount("alice")),
		tx.SaveSession(newSession(1, "alice")), tx.SaveTally(newTally("operator:alice", 3)), tx.SaveSwitch(newSwitch("core")), tx.SaveToken(newToken("t-a", access.HolderSwitch, "core")),
		tx.SaveUses([]store.Use{{UserCode: userCode, ServiceCode: "43", Day: 20_000}}),
		tx.SaveSubjectKey(newSubject(newUser), []byte("the key of the new one")), tx.DestroySubjectKey(newSubject(userCode)))
}

// subjectKeys gives the keys that the world and writeDecisions make.
func subjectKeys(tx store.Tx) (list []string, err error) {
	for _, code := range []string{userCode, newUser} {
		key, err := tx.SubjectKey(newSubject(code))
		if err == nil {
			list = append(list, string(key))
		} else if !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return list, nil
}

// writeMembers is the part of writeAll that is about mobile banking.
func writeMembers(tx store.Tx) error {
	_, err1 := addMember(tx, NewMember(newMSISDN))
	_, err2 := addChannel(tx, newChannel("app"))
	_, err3 := setLadder(tx, newLadder(member.OTP))
	_, err4 := tx.ForgetMemberCalls(At(1), 1)
	return errors.Join(err1, err2, err3, err4,
		tx.SaveMemberCall(newMemberCall("a", 1)),
		tx.SaveSecret(newSecret(channelID, "secret-a")),
		rename(tx, msisdn, "Changed"))
}

// memberCalls gives what is remembered of the calls that the world and writeMembers make.
func memberCalls(tx store.Tx) (list []store.MemberCall, err error) {
	for _, name := range []string{"oldest", "older", "a"} {
		c, err := tx.MemberCall(callKey(name))
		if err == nil {
			list = append(list, c)
		} else if !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return list, nil
}

// dump is everything that the cases write, as text, to compare a store with itself.
func dump(t testing.TB, s store.Store) string {
	t.Helper()
	return view(t, s, func(tx store.Tx) (string, error) {
		var b strings.Builder
		for _, part := range []func(io.Writer, store.Tx) error{dumpAgents, dumpDirectory, dumpMembers, dumpDecisions} {
			if err := part(&b, tx); err != nil {
				return "", err
			}
		}
		return b.String(), nil
	})
}

func dumpAgents(w io.Writer, tx store.Tx) error {
	agents, err1 := tx.Agents(store.AgentFilter{Limit: 10000})
	activations, err2 := tx.Activations(store.ActivationFilter{Limit: 10000})
	events, err3 := tx.EventsFrom(0, 100000)
	setting, err4 := tx.Setting("a")
	call, err5 := tx.Call(callKey("a"))
	if fault.Is(err5, fault.NotFound) {
		err5 = nil
	}
	fmt.Fprintf(w, "agents %+v\nactivations %+v\nevents %+v\nsetting %q\ncall %+v\n", agents, activations, events, setting, call)
	return errors.Join(err1, err2, err3, err4, err5)
}

func dumpDirectory(w io.Writer, tx store.Tx) error {
	dir, err := tx.Directory()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "partners %+v\nkeys %+v\nservices %+v\nchannels %+v\nsecrets %+v\nladders %+v\n",
		dir.Partners, dir.Keys, dir.Services, dir.Channels, dir.Secrets, dir.Ladders)
	accounts, err1 := tx.Accounts()
	sessions, err2 := tx.Sessions("")
	tallies, err3 := tx.Tallies(At(-1))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	fmt.Fprintf(w, "accounts %+v\nsessions %+v\ntallies %+v\n", accounts, sessions, tallies)
	fmt.Fprintf(w, "operators %+v\nswitches %+v\ntokens %+v\n", dir.Operators, dir.Switches, dir.Tokens)
	return nil
}

func dumpMembers(w io.Writer, tx store.Tx) error {
	members, err1 := tx.Members(store.MemberFilter{Limit: 10000})
	calls, err2 := memberCalls(tx)
	fmt.Fprintf(w, "members %+v\ncalls for members %+v\n", members, calls)
	return errors.Join(err1, err2)
}

func dumpDecisions(w io.Writer, tx store.Tx) error {
	blocks, err1 := tx.Blocks(store.BlockFilter{Limit: 10000})
	uses, err2 := tx.Uses(userCode)
	keys, err3 := subjectKeys(tx)
	fmt.Fprintf(w, "blocks %+v\nuses %+v\nkeys of subjects %q\n", blocks, uses, keys)
	return errors.Join(err1, err2, err3)
}

// sameDump checks that the store is what it was, naming the first resource that is not.
func sameDump(t testing.TB, what, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range w {
		if g[i] != w[i] {
			t.Errorf("%s: the store changed:\n got %s\nwant %s", what, g[i], w[i])
			return
		}
	}
}

// events gives all events of a store, after checking that no Seq is missing.
func events(t testing.TB, s store.Store) []event.Event {
	t.Helper()
	all := view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.EventsFrom(0, 100000) })
	for i := 1; i < len(all); i++ {
		if all[i].Seq != all[i-1].Seq+1 {
			t.Errorf("event %d follows event %d: there is a gap", all[i].Seq, all[i-1].Seq)
		}
	}
	return all
}

// verifyChain checks that the agent's record ends its chain, and that the chain is whole.
func verifyChain(t testing.TB, s store.Store, code string) {
	t.Helper()
	rec := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
	newestFirst := view(t, s, func(tx store.Tx) ([]event.Event, error) { return store.History(tx, rec.Head(), 0) })
	chain := make([]event.Event, 0, len(newestFirst))
	for i := len(newestFirst) - 1; i >= 0; i-- {
		chain = append(chain, newestFirst[i])
	}
	must(t, event.Verify(event.Head{}, chain))
	equal(t, "length of the chain of "+code, uint64(len(chain)), rec.Head().Version)
}

// setting gives one setting.
func setting(t testing.TB, s store.Store, name string) string {
	t.Helper()
	return view(t, s, func(tx store.Tx) (string, error) { return tx.Setting(name) })
}
