package eps

import (
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// The services that have shapes of their own.
const (
	codeAePS = "43"
	codeBBPS = "53"
)

// activateService is PUT /admin/network/agent/{user_code}/service/{service_code}/activate.
func activateService(c *call) (answer, error) {
	return c.changeByPath(agent.Activate, activatedAnswer)
}

// deactivateService is PUT /admin/network/agent/{user_code}/service/{service_code}/deactivate.
func deactivateService(c *call) (answer, error) {
	return c.changeByPath(agent.Deactivate, func(registry.Outcome) answer {
		return answer{http: 200, message: "Service deactivated successfully."}
	})
}

// changeByPath changes the activation that the path names; what the body says of it is ignored.
func (c *call) changeByPath(kind agent.CommandKind, render func(registry.Outcome) answer) (answer, error) {
	f, err := c.bodyFields()
	if err != nil {
		return answer{}, err
	}
	initiator, reference := f.initiator(), f.reference()
	latLong := ""
	if kind == agent.Activate {
		latLong = f.latLong(false)
	}
	if err := c.check(f, initiator); err != nil {
		return answer{}, err
	}
	user, service := c.path.part[5], c.path.part[7]
	return c.change(render, registry.Change{
		UserCode: user, ServiceCode: service,
		Command: agent.Command{Kind: kind, LatLong: latLong, Reference: reference},
		Call: registry.Call{Reference: reference, Request: []string{initiator, latLong},
			Operation: c.route.operation + "/" + user + "/" + service},
	})
}

// activateUserService is PUT /user/service/activate: everything stands in the body.
func activateUserService(c *call) (answer, error) {
	f, err := c.bodyFields()
	if err != nil {
		return answer{}, err
	}
	initiator, reference := f.initiator(), f.reference()
	user, service := f.need("user_code"), f.need("service_code")
	svc, _ := c.dir.Service(service)
	latLong := f.latLong(svc.NeedsLatLong || service == "")
	if err := c.check(f, initiator); err != nil {
		return answer{}, err
	}
	return c.change(userServiceAnswer, registry.Change{
		UserCode: user, ServiceCode: service,
		Command: agent.Command{Kind: agent.Activate, LatLong: latLong, Reference: reference},
		Call: registry.Call{Reference: reference, Operation: c.route.operation,
			Request: []string{initiator, user, service, latLong}},
	})
}

// change runs the use case and renders what came of it, or repeats a first answer.
func (c *call) change(render func(registry.Outcome) answer, ch registry.Change) (answer, error) {
	ch.Answer = func(out registry.Outcome) []byte {
		a := render(out)
		return a.bytes()
	}
	out, err := c.h.reg.ChangeService(c.ctx(), c.caller(), ch)
	if err != nil {
		return answer{}, err
	}
	if out.Repeated != nil {
		return answer{http: 200, whole: out.Repeated}, nil
	}
	return render(out), nil
}

// activatedAnswer is what an activation by path answers, the first time and every other.
func activatedAnswer(out registry.Outcome) answer {
	if !out.Activation.State.Waiting() {
		return answer{http: 200, message: "Service activated successfully."}
	}
	message := "Service activation requested; verification is pending."
	if out.Activation.State.Status == agent.Activated {
		message = "Service activated; verification is pending."
	}
	return answer{http: 200, id: idVerifying, message: message,
		data: serviceState(out.Service.Code, "2", "Pending")}
}

// userServiceAnswer is what PUT /user/service/activate answers. BBPS, for which it was made, has a
// shape of its own; older clients send other services here, and get the other shapes.
func userServiceAnswer(out registry.Outcome) answer {
	if out.Service.Code == codeBBPS {
		return bbpsAnswer(out)
	}
	a := activatedAnswer(out)
	if a.data == nil {
		a.data = serviceState(out.Service.Code, "1", "Activated")
	}
	if out.Service.Code == codeAePS {
		a.kind = kindAePS
	}
	return a
}

func bbpsAnswer(out registry.Outcome) answer {
	a := answer{http: 200, kind: kindBBPS}
	switch {
	case out.Activation.State.Waiting():
		a.id, a.message = idVerifying, "BBPS service activation requested; verification is pending."
		a.data = []byte(`{"service_code":` + codeBBPS + `,"service_status":"2","service_status_desc":"Pending"}`)
	case !out.Changed:
		a.status, a.id, a.message = 1, idExists, "Service is already active for this user."
	default:
		a.message = "BBPS service activated successfully"
		a.data = []byte(`{"service_code":` + codeBBPS + `,"service_status":"activated"}`)
	}
	return a
}

func serviceState(code, status, description string) []byte {
	b := appendField([]byte{'{'}, "service_code", code)
	b = appendField(b, "service_status", status)
	return append(appendField(b, "service_status_desc", description), '}')
}
