//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// measureMemberImport clocks the import of members into a database of their own, so that what is
// measured of agents stays what it was. The last round's database is the one the other parts use.
func (b *bench) measureMemberImport(ctx context.Context) error {
	file := filepath.Join(b.out, "members.csv")
	b.progress("write %d members to %s", b.members, file)
	err := writeFile(file, func(w io.Writer) error { return writeMembers(w, b.members) })
	if err != nil {
		return err
	}
	var rates []float64
	var peak int64
	for round := range b.importsOf("member") {
		r, err := b.memberImportRound(ctx, file)
		if err != nil {
			return err
		}
		b.progress("member import round %d: %.1f s, at most %d MB", round+1, r.seconds, r.peak>>20)
		rates, peak = append(rates, float64(b.members)/r.seconds), max(peak, r.peak)
	}
	if err := b.checkMemberImport(ctx); err != nil {
		return err
	}
	b.has.Members = b.members
	b.report.figure("member import", fmt.Sprintf("%.0f members/s, %.1f s for %d",
		median(rates), float64(b.members)/median(rates), b.members))
	b.report.value("member import's peak memory", "", float64(peak)/(1<<20), target{Unit: " MB"})
	return nil
}

// memberImportRound makes a new database and imports into it.
func (b *bench) memberImportRound(ctx context.Context, file string) (importResult, error) {
	dir := b.memberDir()
	if b.has.Members > 0 {
		dir = filepath.Join(b.out, "import")
		defer os.RemoveAll(dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return importResult{}, err
	}
	if err := b.foundDatabase(ctx, site{data: dir}); err != nil {
		return importResult{}, fmt.Errorf("make a new database: %w", err)
	}
	return b.clockImport(ctx, site{data: dir}, "member", "import", file)
}

// checkMemberImport asks a server for some of the imported members, each by the app that was imported.
func (b *bench) checkMemberImport(ctx context.Context) error {
	if b.has.Members > 0 {
		return nil // the database in use is an older one, changed since
	}
	srv, err := b.startServer(ctx, b.memberDir(), serverSettings{core: anyCore, mobile: true})
	if err != nil {
		return err
	}
	members := spread(b.members, 500)
	if err := checkMembers(ctx, srv.addr, members); err != nil {
		return fmt.Errorf("after the import: %w", err)
	}
	b.report.note("After the import, %d members were asked for: each active with the app and the SIM of its row, and with no other.", len(members))
	return srv.stop()
}

// checkMembers asks for members as they were imported: with their own devices, and with another's.
func checkMembers(ctx context.Context, addr string, members []int) error {
	const active, other = "ACTIVE", "INVALID_DEVICE_IDENTIFIER"
	m := newMobileClient(addr)
	for _, i := range members {
		for _, ask := range []struct {
			device string
			id     uint64
			want   string
		}{
			{"APP_ID", appID(i), active}, {"IMSI", imsi(i), active},
			{"APP_ID", appID(i + 1), other}, {"IMSI", imsi(i + 1), other},
		} {
			err := m.want(ctx, "user_status", ask.want, checkUser, map[string]string{
				"identifier":             fmt.Sprint(msisdn(i)),
				"device_identifier_type": ask.device, "device_identifier": fmt.Sprint(ask.id),
			})
			if err != nil {
				return fmt.Errorf("member %d: %w", msisdn(i), err)
			}
		}
	}
	return nil
}
