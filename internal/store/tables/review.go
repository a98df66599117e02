package tables

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const reviewColumns = `s.user_code, ` + activationColumns + `,
 a.partner_id, a.first_name, a.middle_name, a.last_name, a.shop_name, a.city, a.state,
 coalesce(c.claimed_by, ''), coalesce(c.waiting_since, 0), coalesce(c.claimed_at, 0), coalesce(c.claimed_until, 0)`

// The queue is walked in the order of its index; a condition on the service takes the one that begins with it.
const (
	listReviews = `SELECT ` + reviewColumns + ` FROM activations s JOIN agents a ON a.user_code = s.user_code
 LEFT JOIN review_claims c ON c.user_code = s.user_code AND c.service_code = s.service_code
 WHERE s.verification = 3 AND (s.waiting_since, s.user_code, s.service_code) > (?1, ?2, ?3)`

	reviewsOfService = ` AND s.service_code = ?5`

	reviewOrder = ` ORDER BY s.waiting_since, s.user_code, s.service_code LIMIT ?4`

	// fromHeld begins with the claims, which are few. (A CROSS JOIN is one whose order SQLite keeps.)
	fromHeld = ` FROM review_claims c CROSS JOIN activations s CROSS JOIN agents a
 WHERE c.claimed_by <> '' AND c.claimed_until > ?1 AND s.user_code = c.user_code AND s.service_code = c.service_code
 AND s.verification = 3 AND s.waiting_since = c.waiting_since AND a.user_code = c.user_code`

	heldReviews = `SELECT ` + reviewColumns + fromHeld + ` AND (s.waiting_since, s.user_code, s.service_code) > (?2, ?3, ?4) AND (?6 = '' OR s.service_code = ?6)
 ORDER BY s.waiting_since, s.user_code, s.service_code LIMIT ?5`
)

// Reviews implements store.ReviewTx.
func (t *Tx) Reviews(f store.ReviewFilter) (list []store.Review, err error) {
	var q Query
	switch {
	case !f.HeldAt.IsZero():
		q = t.c.Prepare(heldReviews)
		q.Int(store.Micro(f.HeldAt))
	case f.ServiceCode != "":
		q = t.c.Prepare(listReviews + reviewsOfService + reviewOrder)
	default:
		q = t.c.Prepare(listReviews + reviewOrder)
	}
	q.Int(store.Micro(f.After.Since)).Text(f.After.UserCode, f.After.ServiceCode).Int(int64(f.Limit))
	if f.ServiceCode != "" || !f.HeldAt.IsZero() {
		q.Text(f.ServiceCode)
	}
	for q.Next() {
		list = append(list, q.readReview())
	}
	return list, q.Err
}

func (q *Query) readReview() (r store.Review) {
	r.Activation = q.readActivation(q.Str())
	r.Agent.UserCode, r.Agent.PartnerID = r.Activation.UserCode, q.Str()
	p := &r.Agent.Profile
	p.FirstName, p.MiddleName, p.LastName, p.ShopName, p.Address.City, p.Address.State = q.Str(), q.Str(), q.Str(), q.Str(), q.Str(), q.Str()
	r.Claim = agent.Claim{UserCode: r.Activation.UserCode, ServiceCode: r.Activation.ServiceCode,
		By: q.Str(), Since: q.Time(), At: q.Time(), Until: q.Time()}
	return r
}

// ReviewTotals implements store.ReviewTx, from an index alone.
func (t *Tx) ReviewTotals(before time.Time) (list []store.ReviewTotal, err error) {
	q := t.c.Prepare(`SELECT service_code, count(*), count(*) FILTER (WHERE waiting_since < ?),
 count(*) FILTER (WHERE endorsed_by <> ''), min(waiting_since)
 FROM activations WHERE verification = 3 GROUP BY service_code ORDER BY service_code`)
	for q.Int(store.Micro(before)); q.Next(); {
		list = append(list, store.ReviewTotal{ServiceCode: q.Str(), Waiting: int(q.Num()), Over: int(q.Num()), Second: int(q.Num()), Oldest: q.Time()})
	}
	return list, q.Err
}

// ClaimsHeld implements store.ReviewTx.
func (t *Tx) ClaimsHeld(by string, at time.Time) (n int, err error) {
	q := t.c.Prepare(`SELECT count(*)` + fromHeld + ` AND c.claimed_by = ?2`)
	if q.Int(store.Micro(at)).Text(by); !q.Next() {
		return 0, q.Err
	}
	n = int(q.Num())
	return n, q.Done()
}

// Claim implements store.ReviewTx.
func (t *Tx) Claim(userCode, serviceCode string) (agent.Claim, error) {
	cl := agent.Claim{UserCode: userCode, ServiceCode: serviceCode}
	q := t.c.Prepare(`SELECT claimed_by, waiting_since, claimed_at, claimed_until, version, seq, hash
 FROM review_claims WHERE user_code = ? AND service_code = ?`)
	if q.Text(userCode, serviceCode); !q.Next() {
		return cl, q.Err
	}
	cl.By, cl.Since, cl.At, cl.Until, cl.Head = q.Str(), q.Time(), q.Time(), q.Time(), q.readHead()
	return cl, q.Done()
}

// SaveClaim implements store.ReviewTx.
func (t *Tx) SaveClaim(c agent.Claim) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO review_claims (user_code, service_code, claimed_by, waiting_since, claimed_at, claimed_until,
 version, seq, hash) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (user_code, service_code) DO UPDATE SET claimed_by=excluded.claimed_by,
 waiting_since=excluded.waiting_since, claimed_at=excluded.claimed_at, claimed_until=excluded.claimed_until,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	q.Text(c.UserCode, c.ServiceCode, c.By).Int(store.Micro(c.Since), store.Micro(c.At), store.Micro(c.Until))
	return q.Head(c.Head).Run()
}
