package registry

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/term"
)

// membersByNumber looks for phone numbers, for a member number, and for the id that events have.
func (f *finder) membersByNumber() error {
	if f.number != "" {
		list, err := f.tx.HaveMembers(f.number, f.number+string(utf8.MaxRune), f.limit)
		if err != nil {
			return err
		}
		for _, msisdn := range list {
			f.members = append(f.members, candidate{msisdn, "msisdn", rankOf(msisdn == f.number)})
		}
	}
	m, err := maybe(f.tx.FindMember(f.text, member.Identity{}))
	if err != nil {
		return err
	}
	if m != nil {
		f.members = append(f.members, candidate{m.MSISDN, "member_number", Exact})
	}
	known, err := f.tx.MembersByID([]string{f.text})
	for _, m := range known {
		f.members = append(f.members, candidate{m.MSISDN, "member_id", Exact})
	}
	return err
}

// calls looks for calls by the client_ref_id that named them, whoever's they are. The answer is theirs; whom it was about is
// shown.
func (f *finder) calls() error {
	list, err := f.tx.CallsByReference(referenceDigest(f.text), f.limit)
	for _, c := range list {
		detail := c.At.UTC().Format(time.RFC3339)
		if c.ServiceCode != "" {
			detail = joined("service "+c.ServiceCode, detail)
		}
		f.list = append(f.list, Found{Kind: "call", ID: c.UserCode, Title: f.text, Detail: joined("agent "+c.UserCode, detail), Match: "client_ref_id", Rank: Exact})
	}
	return err
}

// How long before and after the time that an id of a request has its events may have been caused, and how many events are looked at.
const (
	requestSpan  = 2 * time.Second
	requestReach = 30_000
)

// requests looks for what a request recorded, by the id that its answer carried: the id tells when it was made.
func (f *finder) requests() error {
	id, err := xid.FromString(strings.ToLower(f.text))
	if err != nil {
		return nil // it is no such id
	}
	last, err := f.tx.LastSeq()
	if err != nil {
		return err
	}
	span := eventSpan{tx: f.tx, last: last, since: id.Time().Add(-requestSpan), until: id.Time().Add(requestSpan + time.Second)}
	from, before, err := span.find()
	if err != nil {
		return err
	}
	events, err := f.tx.FindEvents(store.EventFilter{RequestID: id.String(), From: from, Before: min(before, from+requestReach), Limit: f.limit})
	for _, e := range events {
		f.list = append(f.list, Found{Kind: "event", ID: strconv.FormatUint(e.Seq, 10), Title: string(e.Kind), Match: "request_id", Seq: e.Seq, Rank: Exact,
			Detail: joined(e.Subject.String(), e.Cause.Actor, e.Cause.At.UTC().Format(time.RFC3339))})
	}
	return err
}

func (f *finder) blocks() error {
	b, err := f.tx.Block(f.text)
	if err != nil {
		return unlessMissing(err)
	}
	f.list = append(f.list, Found{Kind: "block", ID: b.ID, Title: b.Target.String(), Detail: joined(b.Owner.String(), b.Reason), Match: "id", Rank: Exact})
	return nil
}

func (f *finder) plans() error {
	p, err := f.tx.Plan(f.text)
	if err != nil {
		return unlessMissing(err)
	}
	f.list = append(f.list, Found{Kind: "plan", ID: p.ID, Title: string(p.Action), Detail: joined(string(p.State), p.Terms.Reason, p.MadeBy), Match: "id", Rank: Exact})
	return nil
}

// directory looks through what every node has in memory.
func (f *finder) directory() {
	for i := range f.dir.Partners {
		p := &f.dir.Partners[i]
		f.known(Found{Kind: "partner", ID: p.ID, Title: p.Name, Detail: joined(p.ID, p.InitiatorID)}, p.Name, "id", p.ID, "initiator_id", p.InitiatorID)
	}
	for i := range f.dir.Keys {
		k := &f.dir.Keys[i]
		f.known(Found{Kind: "key", ID: k.DeveloperKey, Partner: k.PartnerID, Title: k.DeveloperKey, Detail: f.partnerName(k.PartnerID)}, "", "developer_key", k.DeveloperKey)
	}
	for i := range f.dir.Services {
		s := &f.dir.Services[i]
		f.known(Found{Kind: "service", ID: s.Code, Title: s.Name, Detail: joined(s.Code, s.Provider)}, s.Name, "service_code", s.Code)
	}
	for i := range f.dir.Channels {
		c := &f.dir.Channels[i]
		f.known(Found{Kind: "channel", ID: c.ID, Title: firstOf(c.Name, c.ID), Detail: c.ID}, c.Name, "id", c.ID)
	}
	for i := range f.dir.Operators {
		o := &f.dir.Operators[i]
		f.known(Found{Kind: "operator", ID: o.Name, Title: o.Name, Detail: o.Roles.String()}, "", "name", o.Name)
	}
	for i := range f.dir.Endpoints {
		e := &f.dir.Endpoints[i]
		f.known(Found{Kind: "webhook", ID: e.ID, Title: e.URL, Detail: joined(e.Description, f.partnerName(e.PartnerID))}, "", "id", e.ID)
	}
}

// known adds something of the directory if one of its ids, given as pairs of field and value, or its name fits.
func (f *finder) known(found Found, name string, ids ...string) {
	best := Named + 1
	for i := 0; i < len(ids); i += 2 {
		value := ids[i+1]
		if len(value) < len(f.text) || !strings.EqualFold(value[:len(f.text)], f.text) {
			continue
		}
		if rank := rankOf(len(value) == len(f.text)); rank < best {
			best, found.Match = rank, ids[i]
		}
	}
	if best > Named && name != "" && len(f.words) > 0 && term.Fit(f.words, name) {
		best, found.Match = Named, "name"
	}
	if found.Rank = best; best <= Named {
		f.list = append(f.list, found)
	}
}

// partnerName is how a partner is told.
func (f *finder) partnerName(id string) string {
	if p, ok := f.dir.Partner(id); ok && p.Name != "" {
		return fmt.Sprintf("%s (%s)", p.Name, id)
	}
	return id
}
