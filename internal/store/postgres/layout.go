package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// place says where a table's rows are in the distributed layout.
type place struct {
	table string
	by    string // the column whose value says on which machine a row is; "" for a table that has no such
	with  string // another table, whose rows with the same value are on the same machine
	keys  string // statements that make its keys such as the layout can have: each must have the column
	local bool   // it stays on the coordinator
}

// layout says where every table is once the database is distributed. What a change or a look-up touches of an agent,
// or of a member, is on one machine. What all of them are looked at with is on every machine. The coordinator alone
// has what only it is asked for.
func layout() []place {
	return []place{
		// Of an agent. Its events go with it, and those of all other subjects by their own ids.
		{table: "agents", by: "user_code"},
		{table: "activations", by: "user_code", with: "agents"},
		{table: "uses", by: "user_code", with: "agents"},
		{table: "blocks", by: "user_code", with: "agents", keys: primaryKey("blocks", "block_id, user_code")},
		{table: "events", by: "subject_id", with: "agents", keys: primaryKey("events", "seq, subject_id")},
		{table: "subject_keys", by: "subject_id", with: "agents"},
		{table: "review_claims", by: "user_code", with: "agents"},

		{table: "calls", by: "call_key", keys: primaryKey("calls", "call_id, call_key")},
		{table: "member_calls", by: "call_key", with: "calls", keys: primaryKey("member_calls", "call_id, call_key")},

		{table: "members", by: "msisdn", keys: `DROP INDEX members_by_number;
CREATE INDEX members_by_number ON members (number) WHERE number <> ''`},

		{table: "plans", by: "plan_id"},
		{table: "plan_items", by: "plan_id", with: "plans"},
		{table: "plan_totals", by: "plan_id", with: "plans"},

		{table: "webhook_progress", by: "endpoint_id"},
		{table: "webhook_deliveries", by: "endpoint_id", with: "webhook_progress", keys: primaryKey("webhook_deliveries", "row, endpoint_id")},
		{table: "webhook_attempts", by: "endpoint_id", with: "webhook_progress", keys: primaryKey("webhook_attempts", "row, endpoint_id")},

		// Whole on every machine. The one without a key gets one, without which it cannot be brought to a new machine.
		{table: "directory_version", keys: `ALTER TABLE directory_version ADD PRIMARY KEY (version)`},
		{table: "settings"}, {table: "partners"}, {table: "partner_keys"}, {table: "services"},
		{table: "channels"}, {table: "channel_secrets"}, {table: "ladders"}, {table: "ladder_steps"},
		{table: "operators"}, {table: "switches"}, {table: "tokens"},
		{table: "webhook_endpoints"}, {table: "webhook_secrets"},

		{table: lastEvent, local: true},
		{table: "leases", local: true}, {table: "signature_uses", local: true}, {table: "schema_version", local: true},
		{table: "accounts", local: true}, {table: "sessions", local: true}, {table: "guesses", local: true},
		{table: "search_terms", local: true}, // nobody else looks into it, and a search by words would ask every machine
		{table: "passkeys", local: true}, {table: "operator_links", local: true}, {table: "spent_challenges", local: true},
		{table: "log_blocks", local: true}, {table: "log_heads", local: true},
		{table: "activity", local: true},
		{table: "key_uses", local: true},
	}
}

// lastEvent is the one table on the coordinator that must be made known to the extension: every change writes it,
// and so is a change of more than one place, which the extension commits in two phases or not at all.
const lastEvent = "last_event"

// primaryKey makes a primary key anew, with the column in it that says where a row is.
func primaryKey(table, columns string) string {
	return fmt.Sprintf("ALTER TABLE %[1]s DROP CONSTRAINT %[1]s_pkey;\nALTER TABLE %[1]s ADD PRIMARY KEY (%[2]s)", table, columns)
}

// known says whether the extension knows the table once it is in its place.
func (p place) known() bool { return !p.local || p.table == lastEvent }

// statements bring a table to its place, all in one transaction.
func (p place) statements(shards int) []string {
	var list []string
	if p.keys != "" {
		list = strings.Split(p.keys, ";\n")
	}
	switch {
	case p.local:
		return append(list, fmt.Sprintf("SELECT citus_add_local_table_to_metadata('%s')", p.table))
	case p.by == "":
		return append(list, fmt.Sprintf("SELECT create_reference_table('%s')", p.table))
	}
	with := p.with
	if with == "" {
		with = "none"
		if shards > 0 {
			list = append(list, fmt.Sprintf("SET LOCAL citus.shard_count TO %d", shards))
		}
	}
	return append(list, fmt.Sprintf("SELECT create_distributed_table('%s', '%s', colocate_with => '%s')", p.table, p.by, with))
}

// unplaced gives the tables that are not in their places yet, in the order in which they are to be brought there.
func unplaced(have []string) (list []place) {
	for _, p := range layout() {
		if p.known() && !slices.Contains(have, p.table) {
			list = append(list, p)
		}
	}
	return list
}

// keyed is a statement as the keys of the layout want it: ON CONFLICT must name all columns of one.
func (e *engine) keyed(sql string) string {
	if !e.distributed {
		return sql
	}
	return strings.Replace(sql, "ON CONFLICT (block_id)", "ON CONFLICT (block_id, user_code)", 1)
}
