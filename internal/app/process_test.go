package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// process is a running server.
type process struct {
	*exec.Cmd
	at     app.Addresses
	stderr *bytes.Buffer // to be read after Wait
}

func startSandbox(t *testing.T, bin, data string) process {
	t.Helper()
	cmd := exec.Command(bin, "sandbox", "--json", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	p := process{Cmd: cmd, stderr: &bytes.Buffer{}}
	cmd.Stderr = p.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	if err := json.NewDecoder(out).Decode(&p.at); err != nil {
		_ = cmd.Wait()
		t.Fatalf("the server did not start: %v: %s", err, p.stderr)
	}
	return p
}

// refused runs a command that must fail and gives what it says.
func refused(t *testing.T, bin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("%v succeeded: %s", args, out)
	}
	return string(out)
}

func TestProcess(t *testing.T) {
	t.Parallel()
	bin := apptest.Build(t)
	for name, test := range map[string]func(*testing.T, string){
		"SIGTERM": testTerminate, "a second process": testSecondProcess, "kill": testStaleSocket, "sandbox served": testSandboxServed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, bin)
		})
	}
}

// SIGTERM: nobody new gets in, who is in is answered, and the process ends well.
func testTerminate(t *testing.T, bin string) {
	p := startSandbox(t, bin, filepath.Join(t.TempDir(), "data"))
	f := begin(t, p.at.Partners, "45")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	untilRefused(t, p.at.Partners)
	untilRefused(t, p.at.Operator)
	if status, text := f.finish(t); status != 200 || !strings.Contains(text, "Service activated successfully.") {
		t.Errorf("the request in flight was answered %d %s", status, text)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the process ended with %v: %s", err, p.stderr)
	}
	if _, err := os.Stat(p.at.Socket); err == nil {
		t.Error("the socket is still there")
	}
}

func testSecondProcess(t *testing.T, bin string) {
	p := startSandbox(t, bin, filepath.Join(t.TempDir(), "data"))
	data := filepath.Dir(p.at.Socket)
	for _, args := range [][]string{
		{"sandbox", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "off"},
		{"init", "--data", data},
	} {
		if said := refused(t, bin, args...); !strings.Contains(said, "Another process") {
			t.Errorf("%v says %q", args, said)
		}
	}
	// The first one did not notice.
	if status, text := get(t, overSocket(t, p.at.Socket), "http://switchboard/readyz"); status != 200 {
		t.Errorf("the first process answers %d %s", status, text)
	}
}

func testStaleSocket(t *testing.T, bin string) {
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 15), strings.Repeat("path", 15))
	p := startSandbox(t, bin, data)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // it was killed
	if _, err := os.Stat(p.at.Socket); err != nil {
		t.Fatalf("the kill left no socket: %v", err)
	}
	q := startSandbox(t, bin, data)
	wantMode(t, q.at.Socket, 0o600)
	if status, text := get(t, overSocket(t, q.at.Socket), "http://switchboard/readyz"); status != 200 {
		t.Errorf("after the kill: %d %s", status, text)
	}
}

func testSandboxServed(t *testing.T, bin string) {
	data := filepath.Join(t.TempDir(), "data")
	p := startSandbox(t, bin, data)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the process ended with %v: %s", err, p.stderr)
	}
	said := refused(t, bin, "serve", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "off")
	if !strings.Contains(said, "sandbox") || strings.Contains(said, sandbox.AccessKey) {
		t.Errorf("serve says %q", said)
	}
}
