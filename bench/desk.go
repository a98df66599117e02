//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// How often each page is asked for, before and while it is clocked, and what it should take.
const (
	deskWarmups = 5
	deskRounds  = 40
)

var deskGoal = target{Least: 50, Aim: 25, Lower: true, Unit: " ms"}

// measureDesk clocks the pages of the desk over as many agents as there are, a tenth of whom wait for a review, and all of
// whom have a place: from the first byte asked to the last one answered, of one person who works alone.
func (b *bench) measureDesk(ctx context.Context) error {
	at := site{data: filepath.Join(b.sitesDir(), "desk"), agents: b.agents}
	if _, err := b.importPopulation(ctx, at); err != nil {
		return err
	}
	if err := spreadAgents(ctx, filepath.Join(at.data, databaseFile)); err != nil {
		return err
	}
	b.progress("give them places, and let some wait")
	srv, err := b.startAt(ctx, at, serverSettings{core: serverCore})
	if err != nil {
		return err
	}
	defer srv.kill()
	b.progress("wait until the map and the search are ready")
	p, err := newDeskPerson(srv, at.data)
	if err != nil {
		return err
	}
	if err := p.waitReady(ctx); err != nil {
		return err
	}
	slowest, where := 0.0, ""
	for _, path := range deskPages(userCode(b.agents/2), b.agents) {
		took, size, err := p.clock(ctx, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		median, late := took.quantile(0.5), took.quantile(0.95)
		b.progress("desk: %-60s p50 %.1f ms, p95 %.1f ms, %d KB", path, ms(median), ms(late), size>>10)
		b.report.figure("desk "+path, fmt.Sprintf("p50 %.1f ms, p95 %.1f ms, %d KB", ms(median), ms(late), size>>10))
		if ms(late) > slowest {
			slowest, where = ms(late), path
		}
	}
	b.report.value(fmt.Sprintf("slowest page of the desk, %d agents, p95", b.agents), where, slowest, deskGoal)
	b.report.figure("server's peak memory beside the map of all of them", fmt.Sprintf("%d MB", peakMemory(srv.pid())>>20))
	return srv.stop()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// spreadAgents gives every agent a place near a town of India, Kenya or Nigeria, and lets a tenth wait for a review,
// each since another moment, instead of all in one service. What is clocked reads rows and not their history.
func spreadAgents(ctx context.Context, database string) error {
	conn, err := sqlite.OpenConn(database, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetInterrupt(ctx.Done())
	return errors.Join(
		sqlitex.ExecuteTransient(conn, `UPDATE agents SET latlong = CASE user_code % 10
			WHEN 0 THEN printf('%.5f,%.5f', -1.29 + (user_code * 7919 % 2000 - 1000) / 1000.0, 36.82 + (user_code * 104729 % 2000 - 1000) / 1000.0)
			WHEN 1 THEN printf('%.5f,%.5f', 9.06 + (user_code * 7919 % 4000 - 2000) / 1000.0, 7.49 + (user_code * 104729 % 4000 - 2000) / 1000.0)
			ELSE printf('%.5f,%.5f', 21.0 + (user_code * 7919 % 12000 - 6000) / 1000.0, 78.5 + (user_code * 104729 % 9000 - 4500) / 1000.0) END`, nil),
		sqlitex.ExecuteTransient(conn, `UPDATE activations SET status = 1, verification = 1, waiting_since = 0 WHERE verification = 3`, nil),
		sqlitex.ExecuteTransient(conn, `UPDATE activations SET status = 1, verification = 3, waiting_since = created_at - user_code % 1000000
			WHERE service_code = '53' AND user_code % 10 = 3`, nil),
		sqlitex.ExecuteTransient(conn, `PRAGMA wal_checkpoint(TRUNCATE)`, nil))
}

// deskPages are what is clocked: the pages one works on, with what makes them long.
func deskPages(agent uint32, agents int) []string {
	one := fmt.Sprintf("/agents/%d", agent)
	waits := fmt.Sprintf("/reviews/%d/53", userCode(firstWaiting(agents)))
	return []string{
		"/", "/?period=week", "/find?q=" + fmt.Sprint(agent), "/find?q=sharma", "/find?q=sha+lak", "/find?q=9", "/agents", "/agents?after=" + fmt.Sprint(agent), one, one + "?at=2030-01-01T00:00:00",
		"/reviews", "/reviews?service=53&claimed=nobody", waits, "/map", "/map/view?south=-85&west=-180&north=85&east=180&zoom=2", "/map/view?south=5&west=65&north=35&east=95&zoom=5",
		"/map/view?south=20&west=77&north=22&east=79&zoom=9&service=53&state=pending", "/map/view?south=20.9&west=77.9&north=21&east=78&zoom=14",
		"/members", "/members/254712345678", "/blocks", "/plans", "/partners", "/partners/sandbox", "/channels", "/services", "/services/53", "/ladders", "/webhooks",
		"/audit", "/audit?kind=operator.signed_in", "/audit?subject=agent:" + fmt.Sprint(agent), "/audit/events/1", "/operators", "/switches", "/account",
	}
}

// firstWaiting finds an agent whom spreadAgents lets wait.
func firstWaiting(agents int) int {
	for i := range agents {
		if userCode(i)%10 == 3 {
			return i
		}
	}
	return 0
}

// deskPerson is somebody at a browser, as far as the server can tell.
type deskPerson struct {
	base, session string
	http          *http.Client
}

func newDeskPerson(srv *server, data string) (*deskPerson, error) {
	token, err := os.ReadFile(filepath.Join(data, "operator.token"))
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &deskPerson{"http://" + srv.operator, strings.TrimSpace(string(token)), c}, err
}

// get asks for a page, which must be there.
func (p *deskPerson) get(ctx context.Context, path string) (body []byte, took time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, nil)
	if err != nil {
		return nil, 0, err
	}
	req.AddCookie(&http.Cookie{Name: "switchboard_session", Value: p.session})
	begin := time.Now()
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	took = time.Since(begin)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s", resp.Status)
	}
	return body, took, err
}

// clock asks for a page again and again.
func (p *deskPerson) clock(ctx context.Context, path string) (h histogram, size int, err error) {
	for i := range deskWarmups + deskRounds {
		body, took, err := p.get(ctx, path)
		if err != nil {
			return h, 0, err
		}
		if size = len(body); i >= deskWarmups {
			h.record(took)
		}
	}
	return h, size, nil
}

// waitReady waits until the server has read all agents for the map, and has noted the words by which they are found.
func (p *deskPerson) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	for {
		view, _, err := p.get(ctx, "/map/view?south=-85&west=-180&north=85&east=180&zoom=2")
		if err != nil {
			return err
		}
		found, _, err := p.get(ctx, "/find?q=sharma")
		if err != nil {
			return err
		}
		if strings.Contains(string(view), `"ready":true`) && strings.Contains(string(found), "/agents/") {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
