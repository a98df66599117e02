package store

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// Store keeps everything. It is safe for use by many goroutines.
//
// Errors are *fault.Error: NotFound, UnknownAgent, Exists and Conflict as the methods of Tx say,
// Unavailable when the store is closed or the context ended before the work began, Internal else.
type Store interface {
	// View calls fn once with a transaction that sees one committed state and changes nothing:
	// its writing methods fail. An error of fn is returned as it is.
	View(ctx context.Context, fn func(Tx) error) error

	// LongView is View for what reads a great deal: it keeps no other reader waiting, and the end of ctx ends it,
	// with Unavailable.
	LongView(ctx context.Context, fn func(Tx) error) error

	// Update calls fn with a transaction that may write. near says what it will look at first, so that
	// it can be brought near while the Update waits for its turn; it need not be true.
	// When fn returns nil its writes are
	// committed and durable before Update returns nil; when fn returns an error or panics, none
	// of its writes remain, the error is returned as it is (a panic as Internal), and other
	// Updates are not disturbed, even those committed together with it.
	//
	// fn may run more than once, and must not do anything but use its Tx. Updates are
	// serializable: each sees all that were answered before it began. Once fn has begun, the end
	// of ctx no longer stops it: the answer is the true one.
	Update(ctx context.Context, fn func(Tx) error, near ...Near) error

	// Record gives an agent and its activations as of the latest commit, never older than any
	// Update that has returned, and in brief: see agent.Record.Brief. The value is shared and must
	// not be changed. UnknownAgent when there is none.
	Record(ctx context.Context, userCode string) (*Record, error)

	// State gives an agent as Record does, and the directory, both as of one moment. The record is nil when
	// there is no such agent.
	State(ctx context.Context, userCode string) (*Record, *Directory, error)

	// States is State for several agents: a record each, nil for one that is not there, and a directory that held
	// at the moment of each.
	States(ctx context.Context, userCodes []string) ([]*Record, *Directory, error)

	// Permit says quickly that an agent may use a service, as agent.Record.Unconditional would of what State
	// gives. false says nothing: look there.
	Permit(userCode, serviceCode string) (Permit, bool)

	// Member gives a member as of the latest commit, with the same promise and in brief: see
	// member.Member.Brief. The value is shared and must not be changed. NotFound when there is none.
	Member(ctx context.Context, msisdn string) (*member.Member, error)

	// MemberState gives a member as Member does, and the directory, both as of one moment. The member is nil when
	// there is none.
	MemberState(ctx context.Context, msisdn string) (*member.Member, *Directory, error)

	// Directory gives the small, shared part of the state as of the latest commit, with the same
	// promise. The pointer changes when, and only when, one of them has changed.
	Directory(ctx context.Context) (*Directory, error)

	// Recent gives the directory that is in memory where it may be old, because others change it; nil where what
	// Directory gives is in memory. Nothing may be told by it but what State, States or MemberState then gave
	// with this very pointer.
	Recent() *Directory

	// Await returns nil once an event with a Seq greater than after is committed, at once if there is one.
	// It may return nil early; whoever waits looks and waits again. Unavailable when ctx ends first or
	// the store is closed.
	Await(ctx context.Context, after uint64) error

	Work

	// Backup writes a consistent copy of everything but the sessions of operators to a new file at path, while work goes on.
	Backup(ctx context.Context, path string) error

	// Check reads the whole store, as a LongView does, and reports damage of its files; nil when it is sound.
	Check(ctx context.Context) error

	// Stats gives figures for the operator.
	Stats(ctx context.Context) (Stats, error)

	// Close waits for running work and closes the store. Later calls fail with Unavailable.
	Close() error
}

// Near is what an Update will look at first. Zero fields say nothing.
type Near struct {
	UserCode string  // the agent, with its activations
	Call     CallKey // the call that was named
}

// Tx is one transaction. It must not be used after the function it was given to returns.
type Tx interface {
	AgentTx
	ActivationTx
	PartnerTx
	ServiceTx
	EventTx
	CallTx
	MemberTx
	MemberCallTx
	ChannelTx
	LadderTx
	SettingTx
	BlockTx
	AccessTx
	AccountTx
	SessionTx
	TallyTx
	PasskeyTx
	LinkTx
	ChallengeTx
	UsageTx
	ReviewTx
	SubjectKeyTx
	AuditTx
	EraseTx
	WebhookTx
	PlanTx
	ActivityTx
	SearchTx
	EventSearchTx
}

// Stats are figures of a store.
type Stats struct {
	SizeBytes     int64 // the database file
	WALBytes      int64 // what waits to be moved into it
	Events        int64 // number of the last event
	CachedAgents  int   // records held in memory
	CachedMembers int   // members held in memory
	ReadingAhead  bool  // more of either are being read
}

// Directory is the small, shared part of the state, complete and immutable.
type Directory struct {
	Partners []partner.Partner // by id
	Keys     []partner.Key     // by developer key
	Services []agent.Service   // by number of the code, removed ones included
	Channels []channel.Channel // by id, revoked ones included
	Secrets  []channel.Secret  // by channel, then by age
	Ladders  member.Ladders    // a ladder that was never saved is member.DefaultLadder

	Blocks    []block.Block     // open ones on services and partners, by id
	Operators []access.Operator // by name, revoked ones included
	Switches  []access.Switch   // by id, revoked ones included
	Tokens    []access.Token    // by id, dead ones included

	Endpoints []webhook.Endpoint // by id, disabled ones included

	services map[string]int
	partners map[string]int
	keys     map[string]int
	channels map[string]int

	operators, switches    map[string]int
	onServices, onPartners map[string][]block.Block
	endpoints              map[string]int
}

// Index makes the directory ready to be searched; whoever fills it in calls it once.
func (d *Directory) Index() *Directory {
	d.services = index(d.Services, func(s *agent.Service) string { return s.Code })
	d.partners = index(d.Partners, func(p *partner.Partner) string { return p.ID })
	d.keys = index(d.Keys, func(k *partner.Key) string { return k.DeveloperKey })
	d.channels = index(d.Channels, func(c *channel.Channel) string { return c.ID })
	d.operators = index(d.Operators, func(o *access.Operator) string { return o.Name })
	d.switches = index(d.Switches, func(s *access.Switch) string { return s.ID })
	d.endpoints = index(d.Endpoints, func(e *webhook.Endpoint) string { return e.ID })
	d.onServices, d.onPartners = map[string][]block.Block{}, map[string][]block.Block{}
	for _, b := range d.Blocks {
		if b.Kind() == block.OnService {
			d.onServices[b.Service] = append(d.onServices[b.Service], b)
		} else {
			d.onPartners[b.Partner] = append(d.onPartners[b.Partner], b)
		}
	}
	return d
}

func index[T any](list []T, key func(*T) string) map[string]int {
	m := make(map[string]int, len(list))
	for i := range list {
		m[key(&list[i])] = i
	}
	return m
}

// Channel finds a channel by id, revoked or not.
func (d *Directory) Channel(id string) (channel.Channel, bool) {
	if i, ok := d.channels[id]; ok {
		return d.Channels[i], true
	}
	return channel.Channel{}, false
}

// SecretsOf gives the secrets of a channel, live or not, by age.
func (d *Directory) SecretsOf(channelID string) (list []channel.Secret) {
	for _, s := range d.Secrets {
		if s.ChannelID == channelID {
			list = append(list, s)
		}
	}
	return list
}

// BlocksOnService gives the open blocks on a whole service.
func (d *Directory) BlocksOnService(code string) []block.Block { return d.onServices[code] }

// BlocksOnPartner gives the open blocks on a partner.
func (d *Directory) BlocksOnPartner(id string) []block.Block { return d.onPartners[id] }

// Operator finds an operator by name, revoked or not.
func (d *Directory) Operator(name string) (access.Operator, bool) {
	if i, ok := d.operators[name]; ok {
		return d.Operators[i], true
	}
	return access.Operator{}, false
}

// Switch finds a switch by id, revoked or not.
func (d *Directory) Switch(id string) (access.Switch, bool) {
	if i, ok := d.switches[id]; ok {
		return d.Switches[i], true
	}
	return access.Switch{}, false
}

// Endpoint finds a webhook endpoint by id, disabled or not.
func (d *Directory) Endpoint(id string) (webhook.Endpoint, bool) {
	if i, ok := d.endpoints[id]; ok {
		return d.Endpoints[i], true
	}
	return webhook.Endpoint{}, false
}

// EndpointsOf gives the webhook endpoints of a partner, by id.
func (d *Directory) EndpointsOf(partnerID string) (list []webhook.Endpoint) {
	for _, e := range d.Endpoints {
		if e.PartnerID == partnerID {
			list = append(list, e)
		}
	}
	return list
}

// Service finds a service by code, removed ones included.
func (d *Directory) Service(code string) (agent.Service, bool) {
	if i, ok := d.services[code]; ok {
		return d.Services[i], true
	}
	return agent.Service{}, false
}

// FindService is Service for callers to whom a service that is not there is a fault: UnknownService.
func (d *Directory) FindService(code string) (agent.Service, error) {
	s, ok := d.Service(code)
	if !ok {
		return s, fault.New(fault.UnknownService, "Service code %.40q is not in the catalogue.", code)
	}
	return s, nil
}

// ServiceAt is Service without a copy, for reading only; nil when there is none.
func (d *Directory) ServiceAt(code string) *agent.Service {
	if i, ok := d.services[code]; ok {
		return &d.Services[i]
	}
	return nil
}

// Partner finds a partner by id.
func (d *Directory) Partner(id string) (partner.Partner, bool) {
	if i, ok := d.partners[id]; ok {
		return d.Partners[i], true
	}
	return partner.Partner{}, false
}

// PartnerAt is Partner without a copy, for reading only; nil when there is none.
func (d *Directory) PartnerAt(id string) *partner.Partner {
	if i, ok := d.partners[id]; ok {
		return &d.Partners[i]
	}
	return nil
}

// FindPartner is Partner for callers to whom a partner that is not there is a fault: NotFound.
func (d *Directory) FindPartner(id string) (partner.Partner, error) {
	p, ok := d.Partner(id)
	if !ok {
		return p, fault.New(fault.NotFound, "There is no partner %.40q.", id)
	}
	return p, nil
}

// Key finds a developer key, live or not.
func (d *Directory) Key(developerKey string) (partner.Key, bool) {
	if i, ok := d.keys[developerKey]; ok {
		return d.Keys[i], true
	}
	return partner.Key{}, false
}

// Cut brings a time to what every store keeps: UTC, whole microseconds.
func Cut(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Micro is a time as every store keeps it: microseconds since 1970 in UTC, 0 for the zero time.
func Micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicro reads what Micro made.
func FromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Flag is a truth value as every store keeps it.
func Flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
