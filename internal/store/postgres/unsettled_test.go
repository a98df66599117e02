package postgres_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

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

// TestMachinesAreLost cuts what the coordinator and its machines say to each other, again and again, commits included:
// each change is there or not, and one that was answered is there for everybody.
func TestMachinesAreLost(t *testing.T) {
	t.Parallel()
	address := citus.Cluster(t).Database(t)
	s, other := open(t, postgres.Config{URL: address}), open(t, postgres.Config{URL: address})
	var work, cutter sync.WaitGroup
	over := make(chan struct{})
	for _, machine := range machines(t, address) {
		cutter.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(50 * time.Millisecond):
					pgtest.Exec(t, machine, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'citus_internal%'`)
				}
			}
		})
	}
	for i := range 4 {
		work.Go(func() {
			if err := changeOften(t, []store.Store{s, other}[i%2], fmt.Sprint("counter ", i), 10); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	close(over)
	cutter.Wait()
}

// machines gives the addresses of the same database on the workers.
func machines(t *testing.T, address string) (list []string) {
	t.Helper()
	for _, where := range texts(t, address, `SELECT concat_ws('|', nodename, nodeport) FROM pg_dist_node WHERE groupid > 0`) {
		host, port, _ := strings.Cut(where, "|")
		list = append(list, machine(t, address, host, port))
	}
	return list
}

// machine is the address of the same database on another machine.
func machine(t *testing.T, address, host, port string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = "", url.Values{"host": {host}, "port": {port}}.Encode()
	return u.String()
}

// owe leaves a statement on the part of a table that has a value as a commit leaves it whose coordinator was lost after
// it had decided: prepared on the machine, and noted on the coordinator.
func owe(t *testing.T, address, table, statement, value string) {
	t.Helper()
	gid := fmt.Sprintf("citus_0_1_%d_1", time.Now().UnixNano()) // it has a number of its own on the whole machine
	where := texts(t, address, `SELECT concat_ws('|', s.shardid, n.nodename, n.nodeport, n.groupid) FROM pg_dist_placement s
 JOIN pg_dist_node n USING (groupid) WHERE s.shardid = get_shard_id_for_distribution_column($1::text::regclass, $2::text)`, table, value)
	parts := strings.Split(where[0], "|")
	pgtest.Exec(t, machine(t, address, parts[1], parts[2]), "BEGIN; "+fmt.Sprintf(statement, table+"_"+parts[0])+"; PREPARE TRANSACTION '"+gid+"'")
	pgtest.Exec(t, address, fmt.Sprintf("INSERT INTO pg_dist_transaction (groupid, gid) VALUES (%s, '%s')", parts[3], gid))
}
