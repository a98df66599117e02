package switchboard

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// PlaceBlock places a block.
func (o *Operator) PlaceBlock(ctx context.Context, n NewBlock) (b Block, err error) {
	return b, o.call(ctx, "POST", "/blocks", n, &b)
}

// LiftBlock lifts a block, or cancels one that has not begun. Where that takes two people, the first call asks
// for it, and one of somebody else does it.
func (o *Operator) LiftBlock(ctx context.Context, id string, n BlockLift) (l LiftedBlock, err error) {
	return l, o.call(ctx, "POST", "/blocks/"+url.PathEscape(id)+"/lift", n, &l)
}

// Block gives a block, lifted or not.
func (o *Operator) Block(ctx context.Context, id string) (b Block, err error) {
	return b, o.call(ctx, "GET", "/blocks/"+url.PathEscape(id), nil, &b)
}

// BlockQuery says which blocks to list; zero fields do not restrict.
type BlockQuery struct {
	Open    bool // only those that are not lifted
	Agent   string
	Service string
	Partner string // those on the partner itself
	Owner   string
	After   string // Page.Next of the page before
	Limit   int    // 100 by default, 1,000 at most
}

// Blocks lists blocks, the youngest first.
func (o *Operator) Blocks(ctx context.Context, q BlockQuery) (page Page[Block], err error) {
	v := url.Values{"open": {strconv.FormatBool(q.Open)}, "agent": {q.Agent}, "service": {q.Service}, "partner": {q.Partner},
		"owner": {q.Owner}, "after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/blocks?"+v.Encode(), nil, &page)
}

// RehearsalQuery says what to rehearse.
type RehearsalQuery struct {
	At      time.Time // required, later than now
	Service string    // only this service; "" for all
	After   string    // Rehearsal.Next of the page before
	Limit   int       // look at so many agents; 100 by default, 1,000 at most
}

// Rehearse looks for activations that may be used now and may not at a later time, if nobody does anything.
func (o *Operator) Rehearse(ctx context.Context, q RehearsalQuery) (page Rehearsal, err error) {
	v := url.Values{"at": {q.At.UTC().Format(time.RFC3339Nano)}, "service": {q.Service}, "after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/rehearsal?"+v.Encode(), nil, &page)
}
