package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// setStanding opens, suspends or closes an agent.
func (v *visit) setStanding() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	to := v.form("standing")
	_, err = v.api.SetStanding(v.r.Context(), v.r.PathValue("agent"), switchboard.NewStanding{Standing: to, Reason: v.form("reason"), IfVersion: seen})
	return say("agent.standing." + to + ".said"), err
}

// setPlace says where an agent trades.
func (v *visit) setPlace() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	_, err = v.api.SetPlace(v.r.Context(), v.r.PathValue("agent"), switchboard.Place{LatLong: v.form("latlong"), IfVersion: seen})
	return say("agent.place.said"), err
}

// setDevices says from which devices alone an agent may transact: a line each.
func (v *visit) setDevices() (done, error) {
	list, err := v.formList("devices", strings.Fields)
	if err != nil {
		return done{}, err
	}
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	d, err := v.api.SetDevices(v.r.Context(), v.r.PathValue("agent"), switchboard.DevicesChange{Devices: &list, IfVersion: seen})
	return say("agent.devices.said", strconv.Itoa(len(d.Devices))), err
}

// eraseAgent erases what is known of a person, once its code was typed.
func (v *visit) eraseAgent() (done, error) {
	code := v.r.PathValue("agent")
	if v.form("confirm") != code {
		return done{}, badField("confirm", v.T("agent.erase.problem", code))
	}
	_, err := v.api.EraseAgent(v.r.Context(), code)
	return say("agent.erase.said"), err
}

// serviceAct changes a service of an agent. Whatever it was that one saw: switching off waits for nothing.
func serviceAct(command string) func(*visit) (done, error) {
	return func(v *visit) (done, error) {
		n, err := v.formCommand(command != "deactivate")
		if err != nil {
			return done{}, err
		}
		ch, err := v.api.ChangeService(v.r.Context(), v.r.PathValue("agent"), v.r.PathValue("service"), command, n)
		if err != nil {
			return done{}, err
		}
		return say(saidOf(command, ch), v.ServiceName(v.r.PathValue("service"))), nil
	}
}

// saidOf is the key of what is said of a change: an activation may have to wait, and so may what it already was.
func saidOf(command string, ch switchboard.ServiceChange) string {
	switch {
	case !ch.Changed:
		return "service.same"
	case command == "activate" && ch.Activation.Verification == 3:
		return "service.activate.waits"
	}
	return "service." + command + ".said"
}

// formCommand reads what goes with a change of a service, of one as it was seen perhaps.
func (v *visit) formCommand(asSeen bool) (n switchboard.ServiceCommand, err error) {
	n.Comment, n.LatLong = v.form("comment"), v.form("latlong")
	if asSeen {
		if n.IfVersion, err = v.seen(); err != nil {
			return n, err
		}
	}
	if n.From, err = v.formTime("from"); err != nil {
		return n, err
	}
	if n.Until, err = v.formTime("until"); err != nil {
		return n, err
	}
	n.VerifyBy, err = v.formTime("verify_by")
	return n, err
}

// setDates changes those dates of a service whose fields were changed; an empty field takes one away.
func (v *visit) setDates() (done, error) {
	var d switchboard.ServiceDates
	err := v.needs("from", "until", "verify_by")
	if err != nil {
		return done{}, err
	}
	if d.IfVersion, err = v.seen(); err != nil {
		return done{}, err
	}
	for name, to := range map[string]**string{"from": &d.From, "until": &d.Until, "verify_by": &d.VerifyBy} {
		if v.form(name) == v.form("was_"+name) {
			continue // a field knows minutes alone: what stands in it is not exactly what was
		}
		at, err := v.formTime(name)
		if err != nil {
			return done{}, err
		}
		text := ""
		if !at.IsZero() {
			text = at.UTC().Format(time.RFC3339)
		}
		*to = &text
	}
	_, err = v.api.SetDates(v.r.Context(), v.r.PathValue("agent"), v.r.PathValue("service"), d)
	return say("service.dates.said", v.ServiceName(v.r.PathValue("service"))), err
}
