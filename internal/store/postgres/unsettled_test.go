package postgres_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/storetest"
)

// TestWhatAMachineStillOwesIsDoneFirst: a node was lost between the two phases of its commit, so that the change is
// decided, and one machine has not made it yet. The next change, of any node, finds it made.
func TestWhatAMachineStillOwesIsDoneFirst(t *testing.T) {
	t.Parallel()
	address := citus.Cluster(t).Database(t)
	s := open(t, postgres.Config{URL: address})
	storetest.AddPartner(t, s, "p1", "9876543210")
	storetest.AddService(t, s, "43", agent.ReviewNone)
	storetest.AddAgent(t, s, "p1", "20810200")
	storetest.SetActivation(t, s, "20810200", "43", agent.Active)

	owe(t, address, "activations", "UPDATE %s SET comment = 'late' WHERE user_code = '20810200'", "20810200")
	pgtest.Exec(t, address, `UPDATE last_event SET writer = 'of a node that is gone'`)
	read := func() (comment string) {
		rec, err := s.Record(t.Context(), "20810200")
		if err != nil {
			t.Fatal(err)
		}
		return rec.Activation("43").Comment
	}
	if got := read(); got == "late" {
		t.Fatal("the machine has made the change already")
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		rec, err := tx.AgentState("20810200")
		if err == nil && rec.Activation("43").Comment != "late" {
			t.Error("a change does not see the one before it")
		}
		return err
	}, store.Near{UserCode: "20810200"}); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "late" {
		t.Errorf("after the next change it reads %q", got)
	}
}

// owe leaves a statement on the part of a table that has a value as a commit leaves it whose coordinator was lost after
// it had decided: prepared on the machine, and noted on the coordinator.
func owe(t *testing.T, address, table, statement, value string) {
	t.Helper()
	const gid = "citus_0_99999_999999_1"
	where := texts(t, address, `SELECT concat_ws('|', s.shardid, n.nodename, n.nodeport, n.groupid) FROM pg_dist_placement s
 JOIN pg_dist_node n USING (groupid) WHERE s.shardid = get_shard_id_for_distribution_column($1::text::regclass, $2::text)`, table, value)
	parts := strings.Split(where[0], "|")
	machine, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	machine.Host, machine.RawQuery = "", url.Values{"host": {parts[1]}, "port": {parts[2]}}.Encode()
	pgtest.Exec(t, machine.String(), "BEGIN; "+fmt.Sprintf(statement, table+"_"+parts[0])+"; PREPARE TRANSACTION '"+gid+"'")
	pgtest.Exec(t, address, fmt.Sprintf("INSERT INTO pg_dist_transaction (groupid, gid) VALUES (%s, '%s')", parts[3], gid))
}
