package switchboard

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// PlaceBlock places a block of the partner's own on one of its agents, or on a service of one.
func (c *Client) PlaceBlock(ctx context.Context, n NewBlock) (b Block, err error) {
	return b, c.callAPI(ctx, http.MethodPost, "/v1/blocks", false, n, &b)
}

// LiftBlock lifts a block of the partner's own, or cancels one that has not begun.
func (c *Client) LiftBlock(ctx context.Context, id string, n BlockLift) (l LiftedBlock, err error) {
	return l, c.callAPI(ctx, http.MethodPost, "/v1/blocks/"+url.PathEscape(id)+"/lift", false, n, &l)
}

// Blocks lists what stands against the partner's agents, the youngest first: blocks on them and their
// services, on whole services and on the partner. Of the query it takes Open, Agent, Service, After and Limit.
// A page may be empty and have a Next.
func (c *Client) Blocks(ctx context.Context, q BlockQuery) (page Page[Block], err error) {
	v := url.Values{"open": {strconv.FormatBool(q.Open)}}
	for name, value := range map[string]string{"agent": q.Agent, "service": q.Service, "before": q.After} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return page, c.callAPI(ctx, http.MethodGet, "/v1/blocks?"+v.Encode(), true, nil, &page)
}
