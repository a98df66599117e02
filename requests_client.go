package switchboard

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Requests lists this partner's last requests, the youngest first, with the precise reason of those
// that were refused.
func (c *Client) Requests(ctx context.Context, q RequestQuery) (page Page[LoggedRequest], err error) {
	return page, c.callAPI(ctx, http.MethodGet, "/v1/requests?"+q.values("before").Encode(), true, nil, &page)
}

// RequestQuery says which requests to list; zero fields do not restrict.
type RequestQuery struct {
	Failed bool   // only those that did not end well
	Before string // Page.Next of the page before
	Limit  int    // 100 by default, 1,000 at most
}

func (q RequestQuery) values(before string) url.Values {
	v := url.Values{}
	if q.Failed {
		v.Set("failed", "true")
	}
	if q.Before != "" {
		v.Set(before, q.Before)
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

// Requests lists a partner's last requests, the youngest first.
func (o *Operator) Requests(ctx context.Context, partner string, q RequestQuery) (page Page[LoggedRequest], err error) {
	return page, o.call(ctx, http.MethodGet, "/partners/"+url.PathEscape(partner)+"/requests?"+q.values("after").Encode(), nil, &page)
}
