package registry

import (
	"slices"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/term"
)

// agentTerms gives the terms by which an agent is found: its names, and its PAN. The mobile number is found without.
func agentTerms(a *agent.Agent) (list []store.Term) {
	texts := term.Names(agentNames(a)...)
	if pan := term.Code(a.Profile.PAN); pan != "" {
		texts = append(texts, pan)
	}
	return termsOf(event.Agent, a.UserCode, texts)
}

// agentNames are the names of an agent: of the person, and of the shop.
func agentNames(a *agent.Agent) []string {
	p := &a.Profile
	return []string{p.FirstName + " " + p.MiddleName + " " + p.LastName, p.ShopName}
}

// memberTerms gives the terms by which a member is found: the name. Numbers are found without.
func memberTerms(m *member.Member) []store.Term {
	return termsOf(event.Member, m.MSISDN, term.Names(m.FullName))
}

func termsOf(kind event.SubjectKind, id string, texts []string) (list []store.Term) {
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		list = append(list, store.Term{Kind: kind, Text: text, ID: id})
	}
	return list
}

// dropFormerTerms takes away the terms that an agent has no longer, in the transaction that changes it: nobody who was erased
// is found any more. New ones the Indexer adds.
func dropFormerTerms(tx store.Tx, was, is *agent.Agent) error {
	if was.Profile == is.Profile {
		return nil
	}
	now := agentTerms(is)
	former := slices.DeleteFunc(agentTerms(was), func(t store.Term) bool { return slices.Contains(now, t) })
	if len(former) == 0 {
		return nil
	}
	return tx.DropTerms(former)
}
