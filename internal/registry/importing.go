package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// ImportRow is one agent of an import, with the services to activate.
type ImportRow struct {
	Line     int // where it stands in the file, from 1
	UserCode string
	Profile  agent.Profile
	Services []string
	Err      error // why the row cannot be read, nil when it can
}

// Refusal says why a row of an import was not taken.
type Refusal struct {
	Line     int
	UserCode string
	Reason   string
}

// ImportSummary counts what became of the rows of an import.
type ImportSummary struct {
	Rows      int // read
	Created   int // agents made
	Activated int // services activated or put up for review
	Skipped   int // rows that were done already
	Refused   int
}

// Import says what to import and whom to tell.
type Import struct {
	PartnerID string
	DryRun    bool // find out what would happen, change nothing
	// Next gives the next row; ok is false at the end. An error stops the import.
	Next func() (row ImportRow, ok bool, err error)
	// Refused is told of each row that was not taken, Progress of the counts after each batch.
	Refused  func(Refusal)
	Progress func(ImportSummary)
}

// importBatch is how many agents one transaction takes: enough that its sync costs little, few
// enough that a change by somebody else does not wait long behind it.
const importBatch = 500

// Import takes agents and their services in, in batches that are each durable before the next.
// It can be run again after a stop: rows that are done are skipped. A row is taken whole or
// refused whole. The summary is right even when an error ended the import early.
func (r *Registry) Import(ctx context.Context, by Caller, imp Import) (sum ImportSummary, err error) {
	dir, err := r.store.Directory(ctx)
	if err != nil {
		return sum, err
	}
	if _, ok := dir.Partner(imp.PartnerID); !ok {
		return sum, fault.New(fault.NotFound, "There is no partner %.40q; `switchboard partner list` shows them.", imp.PartnerID)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches, readErr := make(chan []*admission, 2), error(nil)
	go func() {
		defer close(batches)
		defer func() {
			if p := recover(); p != nil {
				readErr = fault.Panicked(p)
			}
		}()
		readErr = readBatches(ctx, dir, by.Cause, imp, batches)
	}()
	for batch := range batches {
		if err := r.importBatch(ctx, by, imp, batch, &sum); err != nil {
			return sum, err
		}
		imp.Progress(sum)
	}
	return sum, readErr
}

// admission is a row made ready: everything a new agent needs, decided before the transaction, so
// that the transaction does nothing but write.
type admission struct {
	dir         *store.Directory // by which it was decided
	row         ImportRow
	agent       agent.Agent
	activations []agent.Activation
	events      []event.Event // the agent's, then one for each activation
	refusal     string
}

// readBatches reads, checks and prepares rows while the batch before is being written. Each batch
// is put in the order of the primary key, which is much the cheapest order to insert in.
func readBatches(ctx context.Context, dir *store.Directory, c event.Cause, imp Import, batches chan<- []*admission) error {
	for {
		batch := make([]*admission, 0, importBatch)
		more := true
		for more && len(batch) < importBatch {
			row, ok, err := imp.Next()
			if err != nil {
				return err
			}
			if more = ok; ok {
				batch = append(batch, admit(dir, imp.PartnerID, row, c))
			}
		}
		slices.SortStableFunc(batch, func(a, b *admission) int { return strings.Compare(a.row.UserCode, b.row.UserCode) })
		if len(batch) > 0 {
			select {
			case batches <- batch:
			case <-ctx.Done():
				return fault.Wrap(ctx.Err(), fault.Unavailable, "The import was stopped; run it again to go on.")
			}
		}
		if !more {
			return nil
		}
	}
}

// admit checks a row and decides what a new agent of this kind is, as if nobody had the code yet.
func admit(dir *store.Directory, partnerID string, row ImportRow, c event.Cause) *admission {
	ad := &admission{dir: dir, row: row}
	if err := checkRow(dir, row, c.At); err != nil {
		ad.refusal = fault.As(err).Message
		return ad
	}
	rec := agent.Record{}
	var e event.Event
	rec.Agent, e = agent.Onboard(row.UserCode, partnerID, row.Profile, c)
	ad.events = append(make([]event.Event, 0, 1+len(row.Services)), e)
	rec.Agent.Head = e.Head()
	for _, code := range row.Services {
		svc, _ := dir.Service(code)
		a, e, err := rec.Apply(svc, agent.Command{Kind: agent.Activate}, c)
		if err != nil {
			ad.refusal = fault.As(err).Message
			return ad
		}
		if e == nil { // the same code twice
			continue
		}
		next := rec.Head().Next(*e)
		a.Head = next.Head()
		ad.events = append(ad.events, next)
		rec.Activations = append(rec.Activations, a)
	}
	ad.agent, ad.activations = rec.Agent, rec.Activations
	return ad
}

func checkRow(dir *store.Directory, row ImportRow, now time.Time) error {
	if row.Err != nil {
		return row.Err
	}
	var bad fault.Fields
	if !agent.ValidCode(row.UserCode) {
		bad.Add("user_code", "is required: 1 to 32 letters, digits, dashes or underscores")
	}
	row.Profile.Check(now, &bad)
	for _, code := range row.Services {
		if svc, ok := dir.Service(code); !ok || svc.Removed {
			bad.Add("services", "%.40q is not in the catalogue", code)
		}
	}
	return bad.Err()
}

// importBatch writes a batch in one transaction and counts what became of it.
func (r *Registry) importBatch(ctx context.Context, by Caller, imp Import, batch []*admission, sum *ImportSummary) error {
	write := func(ctx context.Context, fn func(store.Tx) error) error { return r.update(ctx, by, fn) }
	if imp.DryRun {
		write = r.store.View
	}
	var done ImportSummary
	var refused []Refusal
	err := write(ctx, func(tx store.Tx) error {
		done, refused = ImportSummary{Rows: len(batch)}, nil // it may run again
		if err := readmit(tx, by, imp, batch); err != nil {
			return err
		}
		taken, err := takenCodes(tx, batch)
		if err != nil {
			return err
		}
		for _, ad := range batch {
			reason, err := take(tx, by, imp, ad, taken, &done)
			if err != nil {
				return err
			}
			if reason != "" {
				refused = append(refused, Refusal{Line: ad.row.Line, UserCode: ad.row.UserCode, Reason: reason})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(refused, func(a, b Refusal) int { return a.Line - b.Line })
	for _, x := range refused {
		imp.Refused(x)
	}
	sum.Rows += done.Rows
	sum.Created += done.Created
	sum.Activated += done.Activated
	sum.Skipped += done.Skipped
	sum.Refused += len(refused)
	return nil
}

// readmit decides the rows of a batch anew when the catalogue has changed since they were read.
func readmit(tx store.Tx, by Caller, imp Import, batch []*admission) error {
	dir, err := tx.Directory()
	if err != nil || dir == batch[0].dir || imp.DryRun {
		return err
	}
	for _, ad := range batch {
		*ad = *admit(dir, imp.PartnerID, ad.row, by.Cause)
	}
	return nil
}

// takenCodes gives the user codes of the batch that exist: with one look at its span when the file
// is sorted and so the span is short, else with one at each.
func takenCodes(tx store.Tx, batch []*admission) (map[string]*agent.Agent, error) {
	taken := map[string]*agent.Agent{}
	limit := 2 * len(batch)
	codes, err := tx.HaveAgents(batch[0].row.UserCode, batch[len(batch)-1].row.UserCode, limit)
	if err == nil && len(codes) == limit {
		codes, err = eachTaken(tx, batch)
	}
	for _, code := range codes {
		taken[code] = nil
	}
	return taken, err
}

func eachTaken(tx store.Tx, batch []*admission) (codes []string, err error) {
	for _, ad := range batch {
		have, err := tx.HaveAgents(ad.row.UserCode, ad.row.UserCode, 1)
		if err != nil {
			return nil, err
		}
		codes = append(codes, have...)
	}
	return codes, nil
}

// take writes one row. It gives the reason when the row is refused.
func take(tx store.Tx, by Caller, imp Import, ad *admission, taken map[string]*agent.Agent, done *ImportSummary) (string, error) {
	if ad.refusal != "" {
		return ad.refusal, nil
	}
	if known, is := taken[ad.row.UserCode]; is {
		return takeAgain(tx, by, imp, ad, known, done)
	}
	taken[ad.row.UserCode] = &ad.agent
	done.Created++
	done.Activated += len(ad.activations)
	if imp.DryRun {
		return "", nil
	}
	return "", create(tx, ad)
}

// create writes a new agent, its activations and their events.
func create(tx store.Tx, ad *admission) error {
	prev := uint64(0)
	for i := range ad.events {
		e := ad.events[i] // a copy: the transaction may run again
		e.Prev = prev
		if err := tx.AppendEvent(&e); err != nil {
			return err
		}
		prev = e.Seq
		if err := createRow(tx, ad, i, e.Head()); err != nil {
			return err
		}
	}
	return nil
}

// createRow writes the row that the i-th event of an admission is about.
func createRow(tx store.Tx, ad *admission, i int, head event.Head) error {
	if i == 0 {
		a := ad.agent
		a.Head = head
		return tx.CreateAgent(a)
	}
	a := ad.activations[i-1]
	a.Head = head
	return tx.CreateActivation(a)
}

// takeAgain meets an agent that exists: it must be the same one, and gets the services it lacks.
// known is the agent when this very import made it in this batch.
func takeAgain(tx store.Tx, by Caller, imp Import, ad *admission, known *agent.Agent, done *ImportSummary) (string, error) {
	if known != nil && imp.DryRun {
		if reason := differs(*known, imp.PartnerID, ad.row.Profile); reason != "" {
			return reason, nil
		}
		done.Skipped++
		return "", nil
	}
	rec, err := tx.Agent(ad.row.UserCode)
	if err != nil {
		return "", err
	}
	if reason := differs(rec.Agent, imp.PartnerID, ad.row.Profile); reason != "" {
		return reason, nil
	}
	added, reason, err := addServices(tx, by, imp, rec, ad.row.Services)
	if err != nil || reason != "" {
		return reason, err
	}
	done.Activated += added
	if added == 0 {
		done.Skipped++
	}
	return "", nil
}

// addServices activates what the agent never had. What was switched off since stays off: a second
// run of an import must not undo what people did after the first.
func addServices(tx store.Tx, by Caller, imp Import, rec *agent.Record, services []string) (added int, reason string, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return 0, "", err
	}
	for _, code := range services {
		svc, _ := dir.Service(code)
		was := rec.Activation(code)
		if was.State != agent.Absent {
			continue
		}
		now, e, err := rec.Apply(svc, agent.Command{Kind: agent.Activate}, by.Cause)
		if err != nil {
			if added > 0 { // the row is taken whole or not at all
				return 0, "", err
			}
			return 0, fault.As(err).Message, nil
		}
		if !imp.DryRun {
			if now, err = saveActivation(tx, rec, now, e); err != nil {
				return 0, "", err
			}
		}
		rec.Activations = append(rec.Activations, now)
		added++
	}
	return added, "", nil
}

// differs says what keeps a row from being the agent that exists; "" when nothing does. A field
// the row leaves out agrees with anything.
func differs(a agent.Agent, partnerID string, p agent.Profile) string {
	if a.PartnerID != partnerID {
		return "user_code belongs to another partner's agent"
	}
	have := a.Profile
	for _, f := range []struct{ name, is, asked string }{
		{"mobile", have.Mobile, p.Mobile}, {"pan_number", have.PAN, p.PAN},
		{"first_name", have.FirstName, p.FirstName}, {"middle_name", have.MiddleName, p.MiddleName},
		{"last_name", have.LastName, p.LastName}, {"email", have.Email, p.Email}, {"dob", have.DOB, p.DOB},
		{"shop_name", have.ShopName, p.ShopName}, {"line", have.Address.Line, p.Address.Line},
		{"city", have.Address.City, p.Address.City}, {"state", have.Address.State, p.Address.State},
		{"pincode", have.Address.Pincode, p.Address.Pincode},
		{"district", have.Address.District, p.Address.District}, {"area", have.Address.Area, p.Address.Area},
	} {
		if f.asked != "" && f.asked != f.is {
			return "user_code exists already with another " + f.name + "; an import does not change agents"
		}
	}
	return ""
}
