package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// CountAgents gives how many agents there are.
func (r *Registry) CountAgents(ctx context.Context) (n int, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		n, err = tx.CountAgents()
		return err
	})
	return n, err
}

// Survey gives the next agents after a user code in brief, for who looks at all of them, with the directory. The
// records are shared and must not be changed.
func (r *Registry) Survey(ctx context.Context, after string, limit int) (list []*store.Record, dir *store.Directory, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if dir, err = tx.Directory(); err == nil {
			list, err = tx.Records(after, limit)
		}
		return err
	})
	return list, dir, err
}

// SurveyOf gives some agents as Survey does, nil for one that is not there.
func (r *Registry) SurveyOf(ctx context.Context, userCodes []string) ([]*store.Record, *store.Directory, error) {
	return r.store.States(ctx, userCodes)
}

// Recorded gives events as Events does, without their personal texts. Conflict as Feed.
func (r *Registry) Recorded(ctx context.Context, after uint64, limit int) ([]event.Event, error) {
	return r.eventsAfter(ctx, after, limit)
}
