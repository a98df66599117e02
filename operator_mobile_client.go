package switchboard

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
)

// Channels lists all channels with their secrets' dates, revoked ones included.
func (o *Operator) Channels(ctx context.Context) (list []Channel, err error) {
	var page Page[Channel]
	err = o.call(ctx, "GET", "/channels", nil, &page)
	return page.Items, err
}

// AddChannel makes a channel and its first secret.
func (o *Operator) AddChannel(ctx context.Context, n NewChannel) (s IssuedSecret, err error) {
	return s, o.call(ctx, "POST", "/channels", n, &s)
}

// SetChannel changes a channel.
func (o *Operator) SetChannel(ctx context.Context, channel string, n ChannelChange) (c Changed, err error) {
	return c, o.call(ctx, "PUT", "/channels/"+url.PathEscape(channel), n, &c)
}

// RotateSecret gives a channel a new secret; its older one stays good for the overlap.
func (o *Operator) RotateSecret(ctx context.Context, channel string, n NewSecret) (s IssuedSecret, err error) {
	return s, o.call(ctx, "POST", "/channels/"+url.PathEscape(channel)+"/secrets", n, &s)
}

// RevokeSecret ends a secret of a channel at once.
func (o *Operator) RevokeSecret(ctx context.Context, channel, secretID string) (c Changed, err error) {
	path := "/channels/" + url.PathEscape(channel) + "/secrets/" + url.PathEscape(secretID) + "/revoke"
	return c, o.call(ctx, "POST", path, struct{}{}, &c)
}

// RevokeChannel ends a channel at once, for good.
func (o *Operator) RevokeChannel(ctx context.Context, channel string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/channels/"+url.PathEscape(channel)+"/revoke", struct{}{}, &c)
}

// MemberQuery says which members to list.
type MemberQuery struct {
	After string // Page.Next of the page before
	Limit int    // 100 by default, 1,000 at most
}

// Members lists members by phone number, without their events.
func (o *Operator) Members(ctx context.Context, q MemberQuery) (page Page[Member], err error) {
	v := url.Values{"after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/members?"+v.Encode(), nil, &page)
}

// Member gives a member with its last events, newest first.
func (o *Operator) Member(ctx context.Context, msisdn string, events int) (m Member, err error) {
	return m, o.call(ctx, "GET", memberPath(msisdn, "?events="+strconv.Itoa(events)), nil, &m)
}

func memberPath(msisdn, rest string) string { return "/members/" + url.PathEscape(msisdn) + rest }

// AddMember makes a member, who has no PIN yet.
func (o *Operator) AddMember(ctx context.Context, n NewMember) (m Member, err error) {
	return m, o.call(ctx, "POST", "/members", n, &m)
}

// BindDevice gives a member a device, in place of the one of its type.
func (o *Operator) BindDevice(ctx context.Context, msisdn string, n NewBinding) (c Changed, err error) {
	return c, o.call(ctx, "POST", memberPath(msisdn, "/bind"), n, &c)
}

// UnbindDevices takes devices from a member at once.
func (o *Operator) UnbindDevices(ctx context.Context, msisdn string, u Unbinding) (c Changed, err error) {
	return c, o.call(ctx, "POST", memberPath(msisdn, "/unbind"), u, &c)
}

// UnlockMember clears all that was counted of a member's wrong attempts.
func (o *Operator) UnlockMember(ctx context.Context, msisdn string, b Because) (c Changed, err error) {
	return c, o.call(ctx, "POST", memberPath(msisdn, "/unlock"), b, &c)
}

// SetMemberStanding opens or closes a member.
func (o *Operator) SetMemberStanding(ctx context.Context, msisdn string, n MemberStanding) (c Changed, err error) {
	return c, o.call(ctx, "POST", memberPath(msisdn, "/standing"), n, &c)
}

// IssuePIN gives a member a new PIN, which the member must replace at the first use.
func (o *Operator) IssuePIN(ctx context.Context, msisdn string, b Because) (p IssuedPIN, err error) {
	return p, o.call(ctx, "POST", memberPath(msisdn, "/pin"), b, &p)
}

// MemberImportOptions say how to read a file of members.
type MemberImportOptions struct {
	Format string // "csv" or "ndjson"
	DryRun bool
}

// ImportMembers sends a file of members, as Import does one of agents.
func (o *Operator) ImportMembers(ctx context.Context, file io.Reader, opt MemberImportOptions, told func(ImportLine)) (ImportCounts, error) {
	v := url.Values{"format": {opt.Format}, "dry_run": {strconv.FormatBool(opt.DryRun)}}
	return o.importFile(ctx, "/members/import?"+v.Encode(), file, told)
}

// Ladders gives the two ladders in force.
func (o *Operator) Ladders(ctx context.Context) (list []Ladder, err error) {
	var page Page[Ladder]
	err = o.call(ctx, "GET", "/ladders", nil, &page)
	return page.Items, err
}

// LadderXML gives a ladder as the XML that is published for such ladders.
func (o *Operator) LadderXML(ctx context.Context, security string) ([]byte, error) {
	resp, err := o.send(ctx, "GET", "/ladders/"+url.PathEscape(security)+"/xml", nil, "")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// SetLadder replaces the ladder of its Security; a dry run checks it and says what would change.
func (o *Operator) SetLadder(ctx context.Context, l Ladder, dryRun bool) (c LadderChange, err error) {
	return c, o.call(ctx, "PUT", "/ladders/"+url.PathEscape(l.Security)+"?dry_run="+strconv.FormatBool(dryRun), l, &c)
}

// LadderImport says how to read a document of ladders.
type LadderImport struct {
	Security string // the one to take, "" for what is there
	DryRun   bool

	// IfVersions are the versions of ladders as they were seen, by Security: Conflict, and nothing is replaced, when one of
	// the document has changed since. One that is left out does not ask.
	IfVersions map[string]uint64
}

// ImportLadders replaces the ladders that an XML document has.
func (o *Operator) ImportLadders(ctx context.Context, document io.Reader, opt LadderImport) (list []LadderChange, err error) {
	v := url.Values{"security": {opt.Security}, "dry_run": {strconv.FormatBool(opt.DryRun)}}
	for security, version := range opt.IfVersions {
		v.Set("if_version_"+security, strconv.FormatUint(version, 10))
	}
	resp, err := o.send(ctx, "POST", "/ladders/import?"+v.Encode(), document, "application/xml")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var page Page[LadderChange]
	err = json.NewDecoder(resp.Body).Decode(&page)
	return page.Items, err
}
