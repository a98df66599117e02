package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program gives the path of a program, or skips the test where there is none.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s here", name)
	}
	return path
}

// succeeds runs a program that must find nothing wrong.
func succeeds(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%s", program, args, err, out)
	}
}

// certificate writes a certificate and its key into one file, which both proxies take.
func certificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"switchboard.example"}, NotBefore: now, NotAfter: now.Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	return write(t, filepath.Join(dir, "both.pem"), string(both))
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// commands gives the lines of a configuration without comments and indentation.
func commands(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// has checks that a configuration says each of the lines, in their order.
func has(t *testing.T, file string, want ...string) {
	t.Helper()
	lines := commands(read(t, file))
	for _, w := range want {
		at := 0
		for at < len(lines) && lines[at] != w {
			at++
		}
		if at == len(lines) {
			t.Errorf("%s does not say %q where it should", file, w)
			return
		}
		lines = lines[at+1:]
	}
}

func TestNginx(t *testing.T) {
	t.Parallel()
	has(t, "nginx.conf", "underscores_in_headers on;", "hash $switchboard_key consistent;", "server {", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
		"proxy_next_upstream_timeout 3s;", "location = /v1/events {", "proxy_buffering off;", "proxy_read_timeout 75s;")
	t.Run("parsed", func(t *testing.T) {
		t.Parallel()
		nginx, dir := program(t, "nginx"), t.TempDir()
		both := certificate(t, dir)
		text := strings.NewReplacer("/etc/ssl/switchboard.crt", both, "/etc/ssl/private/switchboard.key", both).Replace(read(t, "nginx.conf"))
		var paths strings.Builder
		for _, of := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			paths.WriteString(of + "_temp_path " + filepath.Join(dir, of) + ";\n")
		}
		conf := "pid " + filepath.Join(dir, "pid") + ";\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + paths.String() + text + "}\n"
		succeeds(t, nginx, "-t", "-c", write(t, filepath.Join(dir, "nginx.conf"), conf))
	})
}

func TestHAProxy(t *testing.T) {
	t.Parallel()
	has(t, "haproxy.cfg", "frontend switchboard", "option http-restrict-req-hdr-names preserve", "option forwardfor", "backend switchboard",
		"balance hdr(developer_key)", "hash-type consistent", "option httpchk GET /readyz", "retry-on conn-failure", "timeout server 75s")
	t.Run("parsed", func(t *testing.T) {
		t.Parallel()
		haproxy, dir := program(t, "haproxy"), t.TempDir()
		text := strings.ReplaceAll(read(t, "haproxy.cfg"), "/etc/haproxy/switchboard.pem", certificate(t, dir))
		succeeds(t, haproxy, "-c", "-f", write(t, filepath.Join(dir, "haproxy.cfg"), text))
	})
}

// TestProxiesKnowTheNodes compares the servers of both proxies with the ports that compose opens on the machine.
func TestProxiesKnowTheNodes(t *testing.T) {
	t.Parallel()
	d := documents(t, "compose.yaml")[0]
	for _, node := range []string{"node-1", "node-2"} {
		serves := strings.Split(d.at("services", node, "ports", 0).v.(string), ":") // address, port there, port in the container
		operator := strings.Split(d.at("services", node, "ports", 1).v.(string), ":")
		address := serves[0] + ":" + serves[1]
		has(t, "nginx.conf", "server "+address+" max_fails=1 fail_timeout=5s;")
		has(t, "haproxy.cfg", "server "+node+" "+address+" port "+operator[1])
	}
}
