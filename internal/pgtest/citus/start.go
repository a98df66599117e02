package citus

import (
	"context"
	"fmt"
	"net/url"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// workers is how many a throw-away cluster has.
const workers = 2

// Started is a cluster that ends with this process.
type Started struct{ servers []*pgtest.Server }

// Start starts a coordinator and its workers.
func Start(ctx context.Context) (s *Started, err error) {
	s = &Started{}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	for range workers + 1 {
		one, err := pgtest.Start("shared_preload_libraries=citus,pg_stat_statements", "max_prepared_transactions=500",
			"max_worker_processes=300", "citus.node_conninfo=sslmode=prefer")
		if err != nil {
			return s, fmt.Errorf("a machine of a Citus cluster: %w", err) // as where the extension is not installed
		}
		s.servers = append(s.servers, one)
	}
	n := &Nodes{}
	for _, one := range s.servers {
		u, err := url.Parse(one.URL())
		if err != nil {
			return s, err
		}
		n.urls = append(n.urls, u)
	}
	return s, n.join(ctx, "postgres")
}

// URL is the coordinator's.
func (s *Started) URL() string { return s.servers[0].URL() }

// Stop ends the machines at once, and removes what they had.
func (s *Started) Stop() {
	for _, one := range s.servers {
		one.Stop()
	}
}
