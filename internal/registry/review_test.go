package registry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestReviewsOfOneAmongMany: a page looks at so much of the queue and no more, and says where to go on; whoever goes on
// finds all that is wanted, once.
func TestReviewsOfOneAmongMany(t *testing.T) {
	t.Parallel()
	const many, own = 4000, 97 // every so many is of the partner who is asked for
	w := open(t, nil)
	err := w.store.Update(t.Context(), func(tx store.Tx) error {
		for i := range many {
			code, partnerID := fmt.Sprint(50000000+i), "other"
			if i%own == own-1 {
				partnerID = "wanted"
			}
			if err := tx.CreateAgent(agent.Agent{UserCode: code, PartnerID: partnerID}); err != nil {
				return err
			}
			a := agent.Activation{UserCode: code, ServiceCode: "45", State: agent.PendingReview, WaitingSince: w.Now().Add(time.Duration(i/3) * time.Second)}
			if err := tx.CreateActivation(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []registry.ReviewQuery{{Partner: "wanted", Limit: 10}, {Partner: "wanted", Limit: 1000}, {Partner: "nobody", Limit: 10},
		{Limit: 1000}, {Claimed: registry.ByNobody, Limit: 999}, {Claimed: registry.ByMe, Limit: 10}} {
		want := map[bool]int{true: many / own, false: many}[q.Partner == "wanted"]
		if q.Partner == "nobody" || q.Claimed == registry.ByMe {
			want = 0
		}
		seen, pages := map[string]bool{}, 0
		for more := true; more; pages++ {
			p, err := w.Reviews(t.Context(), w.operator(), q)
			if err != nil || len(p.Reviews) > q.Limit || pages > many {
				t.Fatalf("%+v: page %d has %d, %v", q, pages, len(p.Reviews), err)
			}
			for _, x := range p.Reviews {
				seen[x.Activation.UserCode] = true
			}
			q.After, more = p.Next, p.More
		}
		if len(seen) != want || q.Partner != "" && pages < 2 {
			t.Errorf("%+v: %d are found on %d pages, want %d", q, len(seen), pages, want)
		}
	}
}
