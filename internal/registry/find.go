package registry

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/term"
)

// Rank says how well something that was found fits; the lower the better.
type Rank uint8

// The ranks.
const (
	Exact  Rank = iota // what was typed is its id, its number, or something else of it alone
	Begins             // what was typed is how one of these begins
	Named              // it has a name with words that begin with those that were typed
)

// Found is one thing that was found.
type Found struct {
	Kind    string // "agent", "member", "call", "event", "partner", "key", "service", "channel", "operator", "block", "plan" or "webhook"
	ID      string // what its kind is known by; of a call the agent's user code
	Title   string
	Detail  string
	Match   string // the field that fits
	Seq     uint64 // of an event
	Partner string // of a key or a request
	Rank    Rank
}

// MaxFindText is the longest text that is looked for, in bytes.
const MaxFindText = 200

// finder looks for one text.
type finder struct {
	tx     store.Tx
	dir    *store.Directory
	text   string   // as it was typed
	number string   // the digits of a phone number, "" when the text is none
	words  []string // of a name
	limit  int

	agents  []candidate
	members []candidate
	list    []Found
}

// candidate is an agent or a member who may be what is looked for.
type candidate struct {
	id, match string
	rank      Rank
}

// Find looks for anything by what is known of it: ids, numbers, codes, or names. The best come first. Somebody whose name is
// new is found by it a moment later: see Indexer. Faults: Invalid.
func (r *Registry) Find(ctx context.Context, text string, limit int) (list []Found, err error) {
	f := finder{text: strings.TrimSpace(text), limit: limit}
	if f.text == "" || len(f.text) > MaxFindText || !utf8.ValidString(f.text) || strings.ContainsRune(f.text, 0) {
		var bad fault.Fields
		bad.Add("q", "must be a text of 1 to %d bytes", MaxFindText)
		return nil, bad.Err()
	}
	f.words, f.number = term.Words(f.text), numberOf(f.text)
	f.words = f.words[:min(len(f.words), maxFindWords)]
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		f.agents, f.members, f.list = nil, nil, nil
		if f.dir, err = tx.Directory(); err != nil {
			return err
		}
		f.tx = tx
		return f.all()
	})
	slices.SortStableFunc(f.list, func(a, b Found) int { return cmp.Compare(a.Rank, b.Rank) })
	return f.list[:min(limit, len(f.list))], err
}

// all looks everywhere. Agents and members are gathered first, and then read together.
func (f *finder) all() error {
	for _, look := range []func() error{
		f.agentsByCode, f.agentsByMobile, f.agentsByPAN, f.membersByNumber, f.agentsByName, f.membersByName,
		f.readAgents, f.readMembers, f.calls, f.requests, f.blocks, f.plans,
	} {
		if err := look(); err != nil {
			return err
		}
	}
	f.directory()
	return nil
}

// numberOf gives the digits of a phone number as people write it; "" when a text is none.
func numberOf(text string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+-(). ", r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	if len(digits) < minNumber || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return digits
}

// How a text is looked for: a number has so many digits at least, and a mobile number of an agent so many; so many
// words count.
const (
	minNumber    = 3
	mobileDigits = 10
	maxFindWords = 6
)

// spellings are a text as it was typed, and in capitals and small letters.
func spellings(text string) []string {
	list := []string{text, strings.ToUpper(text), strings.ToLower(text)}
	slices.Sort(list)
	return slices.Compact(list)
}

func (f *finder) agentsByCode() error {
	for _, text := range spellings(f.text) {
		codes, err := f.tx.HaveAgents(text, text+string(utf8.MaxRune), f.limit)
		if err != nil {
			return err
		}
		for _, code := range codes {
			f.agents = append(f.agents, candidate{code, "user_code", rankOf(code == text)})
		}
	}
	return nil
}

func rankOf(exact bool) Rank {
	if exact {
		return Exact
	}
	return Begins
}

// agentsByMobile looks for a number as it was typed, and without the code of a country.
func (f *finder) agentsByMobile() error {
	if f.number == "" {
		return nil
	}
	number := f.number[max(0, len(f.number)-mobileDigits):]
	codes, err := f.tx.AgentsWithMobile(number, f.limit)
	for _, code := range codes {
		f.agents = append(f.agents, candidate{code, "mobile", rankOf(len(number) == mobileDigits)})
	}
	return err
}

func (f *finder) agentsByPAN() error {
	code := term.Code(f.text)
	if len(f.words) != 1 || len(code) <= minNumber {
		return nil
	}
	terms, err := f.tx.Terms(store.TermFilter{Kind: agentKind, Prefix: code, Reach: f.limit, Limit: f.limit})
	for _, t := range terms {
		f.agents = append(f.agents, candidate{t.ID, "pan", rankOf(t.Text == code)})
	}
	return err
}
