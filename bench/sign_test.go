package main

import (
	"strconv"
	"testing"
	"time"
)

func TestSignGolden(t *testing.T) {
	t.Parallel()
	have := sign(newMAC("TEST_ACCESS_KEY_DO_NOT_USE"), []byte("1700000000000"))
	if want := "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk="; string(have[:]) != want {
		t.Fatalf("want %s, have %s", want, have[:])
	}
}

// stamps checks that every entry is rightly signed and distinct, and gives the oldest and newest.
func stamps(t *testing.T, p *signaturePool) (oldest, newest int64) {
	t.Helper()
	seen, mac := map[int64]bool{}, newMAC("key")
	for i := range p.ring {
		s := p.pick(uint64(i))
		n, err := strconv.ParseInt(string(s.stamp[:]), 10, 64)
		if err != nil || seen[n] {
			t.Fatalf("entry %d: timestamp %s is malformed or there twice", i, s.stamp[:])
		}
		if s.signature != sign(mac, s.stamp[:]) {
			t.Fatalf("entry %d: wrong signature", i)
		}
		seen[n] = true
		newest = max(newest, n)
		if oldest == 0 || n < oldest {
			oldest = n
		}
	}
	return oldest, newest
}

func TestSignaturePoolStaysFresh(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_000)
	p := newSignaturePool("key", 100, now)
	if oldest, newest := stamps(t, p); newest != now.UnixMilli() || oldest != newest-99 {
		t.Fatalf("at first: have %d to %d", oldest, newest)
	}
	for range 400 {
		now = now.Add(100 * time.Millisecond)
		p.refresh(now)
	}
	oldest, newest := stamps(t, p)
	if newest > now.UnixMilli() || oldest < now.Add(-poolLife-time.Second).UnixMilli() {
		t.Fatalf("after 40 s: have %d to %d at %d", oldest, newest, now.UnixMilli())
	}
	now = now.Add(time.Hour)
	p.refresh(now)
	if oldest, newest = stamps(t, p); newest != now.UnixMilli() || oldest != newest-99 {
		t.Fatalf("after a pause: have %d to %d at %d", oldest, newest, now.UnixMilli())
	}
}
