package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// membersRoutes are the pages and actions of this area.
func (c *Console) membersRoutes() {
	c.page("GET /members", "members", (*visit).members)
	c.page("GET /members/{msisdn}", "member", (*visit).member)
	c.act("POST /members", (*visit).addMember)
	c.act("POST /members/{msisdn}/bind", (*visit).bindMember)
	c.act("POST /members/{msisdn}/unbind", (*visit).unbindMember)
	c.act("POST /members/{msisdn}/unlock", (*visit).unlockMember)
	c.act("POST /members/{msisdn}/standing", (*visit).setMemberStanding)
	c.act("POST /members/{msisdn}/pin", (*visit).issuePIN)
	c.act("POST /members/{msisdn}/erase", (*visit).eraseMember)
}

// How many members a page lists, and how many events of one it shows until more are asked for.
const (
	membersPage  = 50
	memberEvents = 20
	mostEvents   = 1000
)

// membersList lists members by phone number.
type membersList struct {
	*visit
	Members []switchboard.Member
	NextURL string
	First   bool   // of the pages
	Asked   string // a phone number that was looked up, and is nobody's
}

func (v *visit) members() (any, error) {
	p := membersList{visit: v, First: v.query("after") == ""}
	if asked := phoneNumber(v.query("msisdn")); asked != "" {
		_, err := v.api.Member(v.r.Context(), asked, 0)
		if err == nil {
			http.Redirect(v.w, v.r, pageOf("members", asked), http.StatusSeeOther)
			return nil, errRedirected
		}
		if codeOf(err) != "not_found" {
			return nil, err
		}
		p.Asked = asked
	}
	page, err := v.api.Members(v.r.Context(), switchboard.MemberQuery{After: v.query("after"), Limit: membersPage})
	if p.Members = page.Items; page.Next != "" {
		p.NextURL = "/members?" + url.Values{"after": {page.Next}}.Encode()
	}
	return p, err
}

// phoneNumber is what somebody typed as one, as it is kept: in international form, digits alone.
func phoneNumber(typed string) string {
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(typed)
	return strings.TrimPrefix(strings.TrimPrefix(digits, "+"), "00")
}

// MemberState is what stands in a member's way most, in a word: of a list.
func (v *visit) MemberState(m switchboard.Member) string {
	for _, state := range []string{"locked", "suspended", "warned"} {
		for _, t := range []switchboard.Tally{m.Password, m.Foreign, m.OTP} {
			if t.State == state {
				return state
			}
		}
	}
	return ""
}

// memberPage shows one member.
type memberPage struct {
	*visit
	switchboard.Member
	Tallies []memberTally
	History []Moment
	MoreURL string // of a longer history
}

// memberTally is where the member stands on one ladder.
type memberTally struct {
	Name string // "password", "foreign" or "otp"
	switchboard.Tally
	Rungs []rung
	Next  rung // what the next wrong attempts lead to; zero when nothing does
}

// Blocked says whether it keeps the member out now.
func (t memberTally) Blocked() bool { return t.State == "suspended" || t.State == "locked" }

func (v *visit) member() (any, error) {
	shown := memberEvents
	if n, err := strconv.Atoi(v.query("events")); err == nil && n > shown {
		shown = min(n, mostEvents)
	}
	m, err := v.api.Member(v.r.Context(), v.r.PathValue("msisdn"), shown+1)
	if err != nil {
		return nil, err
	}
	ladders, err := v.api.Ladders(v.r.Context())
	if err != nil {
		return nil, err
	}
	p := memberPage{visit: v, Member: m, Tallies: memberTallies(m, ladders)}
	if len(m.Events) > shown && shown < mostEvents {
		p.MoreURL = pageOf("members", m.MSISDN) + "?events=" + strconv.Itoa(min(shown*5, mostEvents)) + "#history"
	}
	p.History = v.Story(m.Events[:min(shown, len(m.Events))])
	return p, nil
}

// memberTallies puts each tally onto its ladder. Attempts from other devices climb that of PINs, too.
func memberTallies(m switchboard.Member, ladders []switchboard.Ladder) (list []memberTally) {
	for _, each := range []struct {
		name, security string
		tally          switchboard.Tally
	}{{"password", "PASSWORD", m.Password}, {"foreign", "PASSWORD", m.Foreign}, {"otp", "OTP", m.OTP}} {
		t := memberTally{Name: each.name, Tally: each.tally, Rungs: climb(ladderFor(ladders, each.security), each.tally.Attempts)}
		for _, r := range t.Rungs {
			if !r.Reached {
				t.Next = r
				break
			}
		}
		list = append(list, t)
	}
	return list
}

// Erased says that nothing is known of the member any more, and nothing can be changed.
func (p memberPage) Erased() bool { return p.MSISDN == p.ID }

// InTheWay are the tallies that keep the member out now.
func (p memberPage) InTheWay() (list []memberTally) {
	for _, t := range p.Tallies {
		if t.Blocked() {
			list = append(list, t)
		}
	}
	return list
}

// Counted says whether there is anything that an unlocking would clear.
func (p memberPage) Counted() bool {
	return p.Password.Attempts+p.Foreign.Attempts+p.OTP.Attempts+p.WrongIdentities > 0 || len(p.InTheWay()) > 0 || p.MemberState(p.Member) != ""
}

func (v *visit) addMember() (done, error) {
	m, err := v.api.AddMember(v.r.Context(), switchboard.NewMember{MSISDN: phoneNumber(v.form("msisdn")), FullName: v.form("full_name"), MemberNumber: v.form("member_number"),
		IdentityType: v.form("identity_type"), Identity: v.form("identity"), IMSI: v.form("imsi"), AppID: v.form("app_id")})
	return done{to: pageOf("members", m.MSISDN), said: flash{Key: "members.added"}}, err
}

func (v *visit) bindMember() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	c, err := v.api.BindDevice(v.r.Context(), v.r.PathValue("msisdn"), switchboard.NewBinding{Type: v.form("type"), ID: v.form("id"), Reason: v.form("reason"), IfVersion: seen})
	return sayChanged(c, "members.bound"), err
}

func (v *visit) unbindMember() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	u := switchboard.Unbinding{Devices: []string{}, Reason: v.form("reason"), IfVersion: seen}
	for field, device := range map[string]string{"sim": "IMSI", "app": "APP_ID"} {
		if v.form(field) != "" {
			u.Devices = append(u.Devices, device)
		}
	}
	c, err := v.api.UnbindDevices(v.r.Context(), v.r.PathValue("msisdn"), u)
	return sayChanged(c, "members.unbound"), err
}

func (v *visit) unlockMember() (done, error) {
	b, err := v.because()
	if err != nil {
		return done{}, err
	}
	c, err := v.api.UnlockMember(v.r.Context(), v.r.PathValue("msisdn"), b)
	return sayChanged(c, "members.unlocked"), err
}

// because is the reason for a change of a member as somebody saw it.
func (v *visit) because() (switchboard.Because, error) {
	seen, err := v.seen()
	return switchboard.Because{Reason: v.form("reason"), IfVersion: seen}, err
}

func (v *visit) setMemberStanding() (done, error) {
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	n := switchboard.MemberStanding{Standing: v.form("standing"), Reason: v.form("reason"), IfVersion: seen}
	c, err := v.api.SetMemberStanding(v.r.Context(), v.r.PathValue("msisdn"), n)
	return sayChanged(c, "members.standing."+n.Standing+".done"), err
}

func (v *visit) issuePIN() (done, error) {
	b, err := v.because()
	if err != nil {
		return done{}, err
	}
	p, err := v.api.IssuePIN(v.r.Context(), v.r.PathValue("msisdn"), b)
	return v.tellOnce(once{Title: v.T("members.pin.title"), Lead: v.T("members.pin.lead"), Back: pageOf("members", p.MSISDN), BackText: v.T("members.back"),
		Rows: []onceRow{{v.T("members.msisdn"), p.MSISDN, false}, {v.T("members.pin"), p.PIN, true}}}), err
}

func (v *visit) eraseMember() (done, error) {
	msisdn := v.r.PathValue("msisdn")
	if err := v.typed(msisdn); err != nil {
		return done{}, err
	}
	_, err := v.api.EraseMember(v.r.Context(), msisdn)
	return done{to: "/members", said: flash{Key: "members.erased"}}, err
}
