package agent

import "github.com/switchboard-platform/switchboard/internal/event"

// Brief is the part of a record that answers questions about it: whose the agent is, its standing,
// what an enquiry shows, the state of every activation, and what decides. Of the heads it keeps the version
// alone, of the profile names, mobile, city and state, of blocks their own Brief.
func (r *Record) Brief() Record {
	p := r.Agent.Profile
	b := Record{Agent: Agent{
		UserCode: r.Agent.UserCode, PartnerID: r.Agent.PartnerID, Standing: r.Agent.Standing, StandSince: r.Agent.StandSince,
		LatLong: r.Agent.LatLong, Devices: r.Agent.Devices, CreatedAt: r.Agent.CreatedAt,
		Head: event.Head{Version: r.Head().Version},
		Profile: Profile{Mobile: p.Mobile, FirstName: p.FirstName, MiddleName: p.MiddleName, LastName: p.LastName,
			Address: Address{City: p.Address.City, State: p.Address.State}},
	}}
	for _, a := range r.Activations {
		b.Activations = append(b.Activations, Activation{UserCode: a.UserCode, ServiceCode: a.ServiceCode, State: a.State,
			Dates: a.Dates, LatLong: a.LatLong, Comment: a.Comment, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt})
	}
	for i := range r.Blocks {
		b.Blocks = append(b.Blocks, r.Blocks[i].Brief())
	}
	return b
}
