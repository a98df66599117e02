package agent

import "github.com/switchboard-platform/switchboard/internal/event"

// Brief is the part of a record that answers questions about it: whose the agent is, its standing,
// what an enquiry shows, and the state of every activation. Of the heads it keeps the version
// alone, of the profile names, mobile, city and state.
func (r *Record) Brief() Record {
	p := r.Agent.Profile
	b := Record{Agent: Agent{
		UserCode: r.Agent.UserCode, PartnerID: r.Agent.PartnerID, Standing: r.Agent.Standing, CreatedAt: r.Agent.CreatedAt,
		Head: event.Head{Version: r.Head().Version},
		Profile: Profile{Mobile: p.Mobile, FirstName: p.FirstName, MiddleName: p.MiddleName, LastName: p.LastName,
			Address: Address{City: p.Address.City, State: p.Address.State}},
	}}
	for _, a := range r.Activations {
		b.Activations = append(b.Activations, Activation{UserCode: a.UserCode, ServiceCode: a.ServiceCode, State: a.State,
			Comment: a.Comment, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt})
	}
	return b
}
