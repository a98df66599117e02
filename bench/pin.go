//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The connections of loads that take PINs: those of one core, which need few to keep it busy, and
// those that hash beside reads.
const (
	raceConns = 8
	pinConns  = 64
)

// What the answers to calls with the right PIN hold, and that to a LOGIN that shall come again.
const (
	loggedIn   = `"login_status":"SUCCESS"`
	appChanged = `"mobile_app_activation_status":"SUCCESS"`
	comeAgain  = `"login_status":"ERROR"`
)

// givePINs gives members PINs, spread over all, unless they have them from an earlier part or run.
func (b *bench) givePINs(ctx context.Context) error {
	if b.has.PINs == b.crowd {
		return nil
	}
	b.progress("give %d members a PIN", b.crowd)
	srv, err := b.startServer(ctx, b.memberDir(), serverSettings{core: anyCore, mobile: true})
	if err != nil {
		return err
	}
	maker, err := newPINMaker(srv, b.memberDir())
	if err != nil {
		return err
	}
	if err := eachOf(spread(b.members, b.crowd), 4, func(i int) error { return maker.choose(ctx, i) }); err != nil {
		return fmt.Errorf("give members PINs: %w", err)
	}
	b.has.PINs = b.crowd
	return srv.stop()
}

// eachOf calls fn for all, several at a time; whoever of them fails stops.
func eachOf(all []int, atOnce int, fn func(int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, atOnce)
	for w := range atOnce {
		wg.Go(func() {
			for k := w; k < len(all) && errs[w] == nil; k += atOnce {
				errs[w] = fn(all[k])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// pinSpec is a load of calls with the right PIN.
func (b *bench) pinSpec(srv *server, conns int, want string, actions ...string) loadSpec {
	return loadSpec{
		Addr: srv.addr, ServerPID: srv.pid(), Conns: conns, Duration: b.pinTime, Actions: actions, PINs: b.crowd, Want: want,
		Patience: 30 * time.Second, // for those who still wait in the queue
	}
}

// measurePIN compares LOGIN, and activating and deactivating apps, with the bare hash, on one core.
// Each call compares one PIN and so costs one hash.
func (b *bench) measurePIN(ctx context.Context) error {
	if err := b.givePINs(ctx); err != nil {
		return err
	}
	srv, err := b.startMobile(ctx, serverCore)
	if err != nil {
		return err
	}
	logins := b.loading("login", b.pinSpec(srv, raceConns, loggedIn, login))
	apps := b.loading("apps", b.pinSpec(srv, raceConns, appChanged, deactivateApp, activateApp))
	race := &race{bench: b, name: "PIN", floor: b.hashing("hash"), others: []*contender{logins, apps}}
	if err := race.run(ctx); err != nil {
		return err
	}
	if err := srv.stop(); err != nil {
		return err
	}
	to := &b.report
	race.noteSaturation()
	to.note("PINs: %d connections, %d members, server and bare hash on core %d, load on core %d; every call costs one hash, "+
		"activations as well as deactivations.", raceConns, b.crowd, serverCore, loadCore)
	to.figure(fmt.Sprintf("floor: bare Argon2id, %d KiB, %d passes", hashMemory, hashPasses), race.floor.String())
	goal := target{Least: 0.9, Aim: 0.97}
	to.value("LOGIN / bare Argon2id", logins.String(), race.ratio(logins), goal)
	to.value("DEACTIVATE_MOBILE_APP and ACTIVATE_MOBILE_APP in turn / bare Argon2id", apps.String(), race.ratio(apps), goal)
	return nil
}
