//go:build linux

package main

import "testing"

func TestReadVerified(t *testing.T) {
	t.Parallel()
	if n, err := readVerified([]byte(`{"ok":true,"events":12,"problem_count":0}`), 10); err != nil || n != 12 {
		t.Errorf("have %d, %v", n, err)
	}
	for _, text := range []string{`{"ok":false,"events":12}`, `{"ok":true,"events":9}`, `{}`, `no`, ``} {
		if _, err := readVerified([]byte(text), 10); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
