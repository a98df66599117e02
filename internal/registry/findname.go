package registry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/term"
)

// The kinds that have terms.
const (
	agentKind  = event.Agent
	memberKind = event.Member
)

// How many terms one look goes through. Whoever types two beginnings that are each of very many names may miss somebody, and
// types on.
const (
	nameReach = 20_000
	nameCount = 1000 // up to so many are counted to find the rarest word
	pairWords = 3    // of so many words every two are tried side by side
)

func (f *finder) agentsByName() (err error) {
	f.agents, err = f.byName(agentKind, f.agents)
	return err
}

func (f *finder) membersByName() (err error) {
	f.members, err = f.byName(memberKind, f.members)
	return err
}

// byName adds who has a name with the words: first with two of them side by side, of which there are few even where there
// are very many of each, then by way of the rarest word.
func (f *finder) byName(kind event.SubjectKind, found []candidate) ([]candidate, error) {
	if len(f.words) == 0 {
		return found, nil
	}
	ids, err := f.byPairs(kind)
	if err == nil && len(ids) < f.limit {
		var more []string
		more, err = f.byRarest(kind)
		ids = append(ids, more...)
	}
	for _, id := range ids {
		found = append(found, candidate{id, "name", Named})
	}
	return found, err
}

func (f *finder) byPairs(kind event.SubjectKind) (ids []string, err error) {
	some := f.words[:min(len(f.words), pairWords)]
	for i, first := range some {
		for j, second := range some {
			if i == j {
				continue
			}
			list, err := f.terms(kind, first+" "+second, i, j)
			if err != nil {
				return nil, err
			}
			ids = append(ids, list...)
		}
	}
	return ids, nil
}

func (f *finder) byRarest(kind event.SubjectKind) ([]string, error) {
	rarest, fewest := 0, nameCount+1
	for i, word := range f.words {
		if len(f.words) == 1 {
			break
		}
		n, err := f.tx.CountTerms(kind, word, nameCount)
		if err != nil {
			return nil, err
		}
		if n < fewest || n == fewest && len(word) > len(f.words[rarest]) {
			rarest, fewest = i, n
		}
	}
	return f.terms(kind, f.words[rarest], rarest, rarest)
}

// terms gives who has a term that begins with a text, and has the words that are not part of it. A name that has a word twice
// has two such terms.
func (f *finder) terms(kind event.SubjectKind, prefix string, i, j int) (ids []string, err error) {
	var others []string
	for n, word := range f.words {
		if n != i && n != j {
			others = append(others, word)
		}
	}
	terms, err := f.tx.Terms(store.TermFilter{Kind: kind, Prefix: prefix, With: others, Reach: nameReach, Limit: 2 * f.limit})
	for _, t := range terms {
		ids = append(ids, t.ID)
	}
	return ids, err
}

// unique leaves of several finds of the same the best, and no more than are asked for of each rank.
func (f *finder) unique(list []candidate) []candidate {
	slices.SortStableFunc(list, func(a, b candidate) int { return int(a.rank) - int(b.rank) })
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(c candidate) bool {
		was := seen[c.id]
		seen[c.id] = true
		return was
	})
	return list[:min(len(list), 2*f.limit)]
}

// readAgents reads the agents that were found. What they were found by may be of before: whom it does not fit is not shown.
func (f *finder) readAgents() error {
	list := f.unique(f.agents)
	var codes []string
	for _, c := range list {
		codes = append(codes, c.id)
	}
	agents, err := f.tx.AgentsByCode(codes)
	if err != nil {
		return err
	}
	byCode := map[string]*agent.Agent{}
	for i := range agents {
		byCode[agents[i].UserCode] = &agents[i]
	}
	for _, c := range list {
		if a := byCode[c.id]; a != nil && f.fits(a, &c) {
			p := &a.Profile
			f.list = append(f.list, Found{Kind: "agent", ID: c.id, Title: titleOf(a), Match: c.match, Rank: c.rank,
				Detail: joined(onlyAfter(p.FirstName+p.LastName, p.ShopName), p.Address.City, p.Address.State, f.partnerName(a.PartnerID))})
		}
	}
	return nil
}

// fits says whether an agent is what it was found as, and tells the names apart.
func (f *finder) fits(a *agent.Agent, c *candidate) bool {
	p := &a.Profile
	switch c.match {
	case "mobile":
		return strings.HasPrefix(p.Mobile, f.number[max(0, len(f.number)-mobileDigits):])
	case "pan":
		return strings.HasPrefix(term.Code(p.PAN), term.Code(f.text))
	case "name":
		names := agentNames(a)
		if !term.Fit(f.words, names[0]) && term.Fit(f.words, names[1]) {
			c.match = "shop_name"
		}
		return term.Fit(f.words, names...)
	}
	return true
}

// titleOf is what an agent is called: by name, or else by the shop's, or else by the code.
func titleOf(a *agent.Agent) string { return cmp.Or(a.Profile.Name(), a.Profile.ShopName, a.UserCode) }

// onlyAfter gives a text if there was another one.
func onlyAfter(other, text string) string {
	if other == "" {
		return ""
	}
	return text
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// readMembers reads the members that were found.
func (f *finder) readMembers() error {
	for _, c := range f.unique(f.members) {
		m, err := maybe(f.tx.Member(c.id))
		if err != nil {
			return err
		}
		if m == nil || m.Erased() && c.match != "member_id" || c.match == "name" && !term.Fit(f.words, m.FullName) {
			continue
		}
		f.addMember(m, c)
	}
	return nil
}

func (f *finder) addMember(m *member.Member, c candidate) {
	f.list = append(f.list, Found{Kind: "member", ID: m.MSISDN, Title: firstOf(m.FullName, m.MSISDN), Detail: joined(m.MSISDN, m.Number, m.Standing.String()),
		Match: c.match, Rank: c.rank})
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
