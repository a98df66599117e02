package eps

import (
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// getUserServices is GET /user/account/services.
func getUserServices(c *call) (answer, error) {
	f, err := c.queryFields()
	if err != nil {
		return answer{}, err
	}
	return c.userServices(f, f.initiator(), f.need("user_code"))
}

// enquireUserServices is GET /user/services/user_code:{user_code}, the older form.
func enquireUserServices(c *call) (answer, error) {
	f, err := c.queryFields()
	if err != nil {
		return answer{}, err
	}
	user := strings.TrimPrefix(c.path.part[4], "user_code:")
	if user == "" {
		f.bad.Add("user_code", "is required")
	}
	return c.userServices(f, f.initiator(), user)
}

func (c *call) userServices(f *fields, initiator, userCode string) (answer, error) {
	if err := c.check(f, initiator); err != nil {
		return answer{}, err
	}
	rec, dir, err := c.h.reg.Record(c.ctx(), &c.signed.On, c.key.Partner.ID, userCode)
	if err != nil {
		return answer{}, err
	}
	// The agent's partner has one initiator, so the whole body depends on record and directory alone.
	body := rec.Rendered(dir, func() []byte {
		a := answer{id: idRead, kind: kindServices, message: "Status of services for this user",
			data: servicesData(rec, dir, initiator, c.h.cfg.Zone)}
		return a.bytes()
	})
	return answer{http: 200, whole: body}, nil
}

func servicesData(rec *store.Record, dir *store.Directory, initiator string, zone *time.Location) []byte {
	b := make([]byte, 0, 128+380*len(rec.Activations))
	e := newEntries(rec, zone)
	b = appendField(append(b, '{'), "user_code", rec.Agent.UserCode)
	b = appendField(b, "initiator_id", initiator)
	b = append(b, `,"service_status_list":[`...)
	first := true
	// In the catalogue's order, which is that of the numbers and not of the texts.
	for i := range dir.Services {
		a := rec.Activation(dir.Services[i].Code)
		if a.State == agent.Absent {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = e.append(b, &a, dir.Services[i].Provider)
	}
	return append(b, "]}"...)
}

// entries writes the entries of one service_status_list. What they have in common is made once.
type entries struct {
	person, state []byte // fields with a comma before them
	zone          *time.Location
	time          time.Time // the last one printed …
	text          []byte    // … and how
}

func newEntries(rec *store.Record, zone *time.Location) *entries {
	p := &rec.Agent.Profile
	e := &entries{zone: zone, person: make([]byte, 0, 96), state: make([]byte, 0, 32), text: make([]byte, 0, len(wireTime)+2)}
	e.person = appendOptional(append(e.person, ' '), "city", p.Address.City)
	e.person = appendOptional(e.person, "user_name", p.Name())
	e.person = appendOptional(e.person, "mobile", p.Mobile)[1:]
	e.state = appendOptional(append(e.state, ' '), "state", p.Address.State)[1:]
	return e
}

// append appends an entry. What is not known is null.
func (e *entries) append(b []byte, a *agent.Activation, provider string) []byte {
	b = appendOptional(append(b, '{'), "comments", a.Comment)
	b = appendField(b, "status_desc", a.State.Status.String())
	b = append(b, e.person...)
	b = appendOptional(b, "service_provider", provider)
	b = strconv.AppendUint(append(b, `,"verification_status":`...), uint64(a.State.Verification), 10)
	b = append(e.appendTime(append(b, `,"createdAt":"`...), a.CreatedAt), '"')
	b = appendField(b, "user_code", a.UserCode)
	b = appendField(b, "service_code", a.ServiceCode)
	b = append(b, e.state...)
	b = strconv.AppendUint(append(b, `,"status":`...), uint64(a.State.Status), 10)
	b = append(e.appendTime(append(b, `,"updatedAt":"`...), a.UpdatedAt), '"')
	return append(b, '}')
}

// appendOptional appends a field that is null when there is no value.
func appendOptional(b []byte, name, value string) []byte {
	if value != "" {
		return appendField(b, name, value)
	}
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(jsontext.AppendString(b, name), ":null"...)
}

// wireTime is how EPS prints times: to the second, with a tenth that is always 0.
const wireTime = `2006-01-02 15:04:05`

// appendTime appends a time in the operator's zone, and nothing for one that never was.
func (e *entries) appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	if !t.Equal(e.time) {
		e.time, e.text = t, append(t.In(e.zone).AppendFormat(e.text[:0], wireTime), ".0"...)
	}
	return append(b, e.text...)
}

// getServices is GET /tools/catalog/service-codes, and GET /user/services of older clients.
func getServices(c *call) (answer, error) {
	f, err := c.queryFields()
	if err != nil {
		return answer{}, err
	}
	if err := c.check(f, f.initiator()); err != nil {
		return answer{}, err
	}
	b := []byte(`{"service_list":[`)
	first := true
	for i := range c.dir.Services {
		s := &c.dir.Services[i]
		if s.Removed {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendField(append(b, '{'), "service_name", s.Name)
		b = appendField(b, "service_code", s.Code)
		b = append(appendField(b, "provider_name", s.Provider), '}')
	}
	return answer{http: 200, id: idRead, kind: kindCatalogue, message: "List of active services", data: append(b, "]}"...)}, nil
}
