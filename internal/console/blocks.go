package console

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/switchboard-platform/switchboard"
)

// blocksRoutes are the pages and actions of this area.
func (c *Console) blocksRoutes() {
	c.page("GET /blocks", "blocks", (*visit).blocks)
	c.page("GET /blocks/new", "blocknew", (*visit).newBlock)
	c.page("GET /blocks/{block}", "block", (*visit).block)
	c.act("POST /blocks", (*visit).placeBlock)
	c.act("POST /blocks/{block}/lift", (*visit).liftBlock)
}

// blockCard is a block as pages show it.
type blockCard struct {
	switchboard.Block
	MayLift bool
	MustSay bool // an administrator says why
	Mine    bool // who looks asked for the lifting, and somebody else must as well
	Two     bool // lifting it takes two people, as far as the service says
}

// card makes a block ready to be shown.
func (v *visit) card(b switchboard.Block) blockCard {
	may, owns := v.May("POST /blocks/{block}/lift"), v.Owns(b.Owner)
	c := blockCard{Block: b, Mine: b.LiftAskedBy != "" && b.LiftAskedBy == v.actor(), Two: b.LiftAskedBy != "" || v.liftsInTwo(b)}
	c.MustSay = v.overrules()
	c.MayLift = may && b.LiftedAt.IsZero() && !c.Mine && (owns || c.MustSay)
	return c
}

// overrules says whether who looks is an administrator, who may do what is another's.
func (v *visit) overrules() bool { return slices.Contains(v.Me.Roles, "administrator") }

// actor is who looks, as events name them.
func (v *visit) actor() string { return "operator:" + v.Me.Name }

// liftsInTwo says whether the service that a block stands on wants two people to lift it.
func (v *visit) liftsInTwo(b switchboard.Block) bool {
	if b.Service == "" {
		return false
	}
	list, _ := v.allServices() // it is a hint: the API decides
	i := slices.IndexFunc(list, func(s switchboard.Service) bool { return s.Code == b.Service })
	return i >= 0 && slices.Contains(list[i].Confirm, "lifting")
}

// Path is the block's page.
func (c blockCard) Path() string { return pageOf("blocks", c.ID) }

// blocksPage lists blocks, the youngest first.
type blocksPage struct {
	*visit
	Blocks   []blockCard
	Partners []switchboard.Partner
	Services []switchboard.Service
	Query    switchboard.BlockQuery
	NextURL  string
}

// blocksShown is how many blocks a page of the list has.
const blocksShown = 50

func (v *visit) blocks() (any, error) {
	q := switchboard.BlockQuery{Open: v.query("state") != "all", Agent: v.query("agent"), Service: v.query("service"), Partner: v.query("partner"),
		Owner: v.query("owner"), After: v.query("after"), Limit: blocksShown}
	page, err := v.api.Blocks(v.r.Context(), q)
	if err != nil {
		return nil, err
	}
	p := blocksPage{visit: v, Query: q, NextURL: nextURL(v.r, page.Next)}
	for _, b := range page.Items {
		p.Blocks = append(p.Blocks, blockCard{Block: b})
	}
	if p.Services, err = v.allServices(); err != nil {
		return nil, err
	}
	p.Partners, err = v.allPartners()
	return p, err
}

// Filtered says whether only some blocks are listed.
func (p blocksPage) Filtered() bool {
	return cmp.Or(p.Query.Agent, p.Query.Service, p.Query.Partner, p.Query.Owner) != ""
}

// Owners are those that a block can have.
func (p blocksPage) Owners() []string {
	return []string{"operator", "compliance", "fraud", "partner", "system"}
}

// newBlockPage asks for a block on whatever the address names.
type newBlockPage struct {
	*visit
	Services []switchboard.Service
	Partners []switchboard.Partner
}

func (v *visit) newBlock() (any, error) {
	services, err := v.allServices()
	if err != nil {
		return nil, err
	}
	partners, err := v.allPartners()
	return newBlockPage{v, services, partners}, err
}

// Asked is what the address names, as a field takes it.
func (p newBlockPage) Asked(name string) string { return "value=" + p.query(name) }

// ServiceChoices are the services, and none.
func (p newBlockPage) ServiceChoices() []Option {
	options := []Option{{Text: "–"}}
	for _, s := range p.Services {
		options = append(options, serviceChoice(s))
	}
	return options
}

// PartnerChoices are the partners, and none.
func (p newBlockPage) PartnerChoices() []Option {
	return append([]Option{{Text: "–"}}, partnerChoices(p.Partners)...)
}

// Mine are the owners whose blocks this person may place, as a field has them.
func (v *visit) Mine() string { return "options=" + joinWords(v.Me.Owns) }

// placeBlock places a block. The agent's page goes on where it was, with the block on it.
func (v *visit) placeBlock() (done, error) {
	n := switchboard.NewBlock{Agent: v.form("agent"), Service: v.form("service"), Partner: v.form("partner"), Owner: v.form("owner"), Reason: v.form("reason")}
	var err error
	if n.From, err = v.formTime("from"); err != nil {
		return done{}, err
	}
	if n.Until, err = v.formTime("until"); err != nil {
		return done{}, err
	}
	b, err := v.api.PlaceBlock(v.r.Context(), n)
	if err != nil {
		return done{}, err
	}
	d := say("block.placed")
	d.to = v.afterBlock(b)
	return d, nil
}

// afterBlock is where one goes on once a block is placed: where one was, without having asked for one, or to the block.
func (v *visit) afterBlock(b switchboard.Block) string {
	from, err := url.Parse(local(v.form(pageField)))
	if err != nil || from.Path == "/blocks/new" {
		return blockCard{Block: b}.Path()
	}
	q := from.Query()
	q.Del("block")
	from.RawQuery = q.Encode()
	return from.RequestURI()
}

// liftBlock lifts a block, or asks for it where that takes two people.
func (v *visit) liftBlock() (done, error) {
	if !v.r.PostForm.Has(seenField) { // it may be empty: nobody had asked
		return done{}, v.unseen()
	}
	asked := v.form(seenField)
	l, err := v.api.LiftBlock(v.r.Context(), v.r.PathValue("block"), switchboard.BlockLift{Reason: v.form("reason"), IfAskedBy: &asked})
	switch {
	case err != nil:
		return done{}, err
	case l.Asked:
		return say("block.lift.asked"), nil
	case !l.Changed:
		return say("block.lift.same"), nil
	}
	return say("block." + l.Block.State + ".said"), nil
}

// blockPage shows a block: on what it stands, whose it is, why, and how it ends.
type blockPage struct {
	*visit
	Block blockCard
	Story []Moment
}

func (v *visit) block() (any, error) {
	b, err := v.api.Block(v.r.Context(), v.r.PathValue("block"))
	if err != nil {
		return nil, err
	}
	p := blockPage{visit: v, Block: v.card(b)}
	if b.Agent != "" {
		a, err := v.api.Agent(v.r.Context(), b.Agent, eventsLooked)
		if err != nil {
			return nil, err
		}
		p.Story = v.storyOf(b.ID, a.Events)
	}
	return p, nil
}

// storyOf is what the events say of a block.
func (v *visit) storyOf(block string, events []switchboard.Event) (list []Moment) {
	for _, e := range events {
		if m := v.Moment("", e); slices.ContainsFunc(m.Changes, func(x Particular) bool { return x.Name == "block" && x.Is == block }) {
			list = append(list, m)
		}
	}
	return list
}

// blocksOf are the open blocks on an agent, and those on its partner.
func (p *agentPage) blocksOf() (list []blockCard, err error) {
	for _, b := range p.Agent.Blocks {
		list = append(list, p.card(b))
	}
	if !p.Now() {
		return list, nil
	}
	on, err := p.api.Blocks(p.r.Context(), switchboard.BlockQuery{Open: true, Partner: p.Agent.Partner, Limit: blocksShown})
	for _, b := range on.Items {
		list = append(list, p.card(b))
	}
	return list, err
}
