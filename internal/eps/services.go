package eps

import (
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
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
	rec, err := c.h.reg.Record(c.ctx(), c.key.Partner.ID, userCode)
	if err != nil {
		return answer{}, err
	}
	// The agent's partner has one initiator, so the whole body depends on record and directory alone.
	body := rec.Rendered(c.dir, func() []byte {
		a := answer{id: idRead, kind: kindServices, message: "Status of services for this user",
			data: servicesData(rec, c.dir, initiator, c.h.cfg.Zone)}
		return a.bytes()
	})
	return answer{http: 200, whole: body}, nil
}

func servicesData(rec *store.Record, dir *store.Directory, initiator string, zone *time.Location) []byte {
	b := make([]byte, 0, 128+360*len(rec.Activations))
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
		b = appendService(b, rec, &a, dir.Services[i].Provider, zone)
	}
	return append(b, "]}"...)
}

// appendService appends an entry of service_status_list. What is not known is null.
func appendService(b []byte, rec *store.Record, a *agent.Activation, provider string, zone *time.Location) []byte {
	p := &rec.Agent.Profile
	b = appendOptional(append(b, '{'), "comments", a.Comment)
	b = appendField(b, "status_desc", a.State.Status.String())
	b = appendOptional(b, "city", p.Address.City)
	b = appendOptional(b, "user_name", p.Name())
	b = appendOptional(b, "mobile", p.Mobile)
	b = appendOptional(b, "service_provider", provider)
	b = strconv.AppendUint(append(b, `,"verification_status":`...), uint64(a.State.Verification), 10)
	b = appendTime(b, "createdAt", a.CreatedAt, zone)
	b = appendField(b, "user_code", a.UserCode)
	b = appendField(b, "service_code", a.ServiceCode)
	b = appendOptional(b, "state", p.Address.State)
	b = strconv.AppendUint(append(b, `,"status":`...), uint64(a.State.Status), 10)
	b = appendTime(b, "updatedAt", a.UpdatedAt, zone)
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
	return append(appendString(b, name), ":null"...)
}

// wireTime is how EPS prints times: to the second, with a tenth that is always 0.
const wireTime = `2006-01-02 15:04:05`

// appendTime appends a time in the operator's zone; one that never was is "".
func appendTime(b []byte, name string, t time.Time, zone *time.Location) []byte {
	b = append(appendString(append(b, ','), name), `:"`...)
	if !t.IsZero() {
		b = append(t.In(zone).AppendFormat(b, wireTime), ".0"...)
	}
	return append(b, '"')
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
