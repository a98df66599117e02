package failovertest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The cluster's parts: a bridge on this machine, and as many nodes as a majority takes.
const (
	nodes  = 3
	subnet = "10.213.77." // of the bridge; what a machine uses elsewhere is hardly there
	bridge = "sbfo"
)

// cluster is three nodes, each with an etcd, a Patroni and its PostgreSQL.
type cluster struct {
	t     *testing.T
	dir   string
	nodes []*node
}

// node is one of them, in a network namespace of its own.
type node struct {
	number int
	name   string // of the node and of its namespace
	port   string // its end of the cable on the bridge
	addr   string
	dir    string
}

// newCluster makes the network and starts everything. All of it ends with the test.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "failover") // short, and another user must get into it
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir}
	for i := 1; i <= nodes; i++ {
		name := bridge + strconv.Itoa(i)
		c.nodes = append(c.nodes, &node{number: i, name: name, port: name + "p", addr: subnet + strconv.Itoa(10+i), dir: filepath.Join(dir, name)})
	}
	c.remove() // what a run left that was killed
	t.Cleanup(func() {
		c.remove()
		if t.Failed() {
			t.Logf("what etcd, Patroni and PostgreSQL said stands in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	c.must("ip", "link", "add", bridge, "type", "bridge")
	c.must("ip", "addr", "add", subnet+"1/24", "dev", bridge)
	c.must("ip", "link", "set", bridge, "up")
	for _, n := range c.nodes {
		c.plug(n)
	}
	own(t, dir)
	for _, n := range c.nodes {
		c.startEtcd(n)
	}
	for _, n := range c.nodes {
		c.startPatroni(n)
	}
	c.await("all three run, one of them in step with the primary", func(m []member) bool { return whole(m) })
	return c
}

// plug gives a node its namespace, and a cable to the bridge.
func (c *cluster) plug(n *node) {
	c.must("ip", "netns", "add", n.name)
	c.must("ip", "link", "add", n.port, "type", "veth", "peer", "name", "eth0", "netns", n.name)
	c.must("ip", "link", "set", n.port, "master", bridge, "up")
	c.must("ip", "-n", n.name, "addr", "add", n.addr+"/24", "dev", "eth0")
	c.must("ip", "-n", n.name, "link", "set", "eth0", "up")
	c.must("ip", "-n", n.name, "link", "set", "lo", "up")
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		c.t.Fatal(err)
	}
}

// cut takes a node off the network, or puts it back.
func (c *cluster) cut(n *node, off bool) {
	c.must("ip", "link", "set", n.port, map[bool]string{true: "down", false: "up"}[off])
}

// remove ends what runs in the namespaces, and removes them and the bridge.
func (c *cluster) remove() {
	for _, n := range c.nodes {
		n.signal(syscall.SIGKILL, "")
		_ = exec.Command("ip", "netns", "del", n.name).Run()
		_ = exec.Command("ip", "link", "del", n.port).Run()
	}
	_ = exec.Command("ip", "link", "del", bridge).Run()
}

// must runs a command of the machine's own.
func (c *cluster) must(args ...string) {
	c.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// start runs a program in a node's namespace, as PostgreSQL's own user; it ends with this process.
func (c *cluster) start(n *node, program string, args ...string) {
	c.t.Helper()
	log, err := os.OpenFile(n.log(program), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	as := []string{"netns", "exec", n.name, "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "KILL", program}
	cmd := exec.Command("ip", append(as, args...)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, n.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.dir}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }() // how it ends does not matter: the cluster is asked
}

func (n *node) log(program string) string { return filepath.Join(n.dir, program+".log") }

func (c *cluster) startEtcd(n *node) {
	var peers []string
	for _, m := range c.nodes {
		peers = append(peers, m.name+"=http://"+m.addr+":2380")
	}
	at := "http://" + n.addr
	c.start(n, "etcd", "--name", n.name, "--data-dir", filepath.Join(n.dir, "etcd"), "--unsafe-no-fsync", "--enable-v2", "--initial-cluster", strings.Join(peers, ","),
		"--listen-peer-urls", at+":2380", "--initial-advertise-peer-urls", at+":2380",
		"--listen-client-urls", at+":2379,http://127.0.0.1:2379", "--advertise-client-urls", at+":2379")
}

func (c *cluster) startPatroni(n *node) {
	path := filepath.Join(n.dir, "patroni.yml")
	if err := os.WriteFile(path, c.settings(n), 0o644); err != nil {
		c.t.Fatal(err)
	}
	own(c.t, c.dir)
	c.start(n, "patroni", path)
}

// signal sends a signal to what runs in a node's namespace: to all programs of a name, or with "" to all.
func (n *node) signal(sig syscall.Signal, program string) {
	out, _ := exec.Command("ip", "netns", "pids", n.name).Output() // no such namespace: nothing runs there
	for _, field := range strings.Fields(string(out)) {
		comm, _ := os.ReadFile("/proc/" + field + "/comm")
		if pid, err := strconv.Atoi(field); err == nil && (program == "" || strings.TrimSpace(string(comm)) == program) {
			_ = syscall.Kill(pid, sig)
		}
	}
}

// member is a node as its own Patroni sees it.
type member struct {
	*node
	Role     string `json:"role"`
	State    string `json:"state"`
	Timeline int    `json:"timeline"`
	Sync     bool   `json:"sync_standby"`
}

func (m member) leads() bool {
	return m.State == "running" && (m.Role == "master" || m.Role == "primary")
}

// whole says that all run on one timeline, one leads and another is in step with it.
func whole(list []member) bool {
	leads, sync := 0, 0
	for _, m := range list {
		if m.State != "running" || m.Timeline != list[0].Timeline {
			return false
		}
		if m.leads() {
			leads++
		}
		if m.Sync {
			sync++
		}
	}
	return len(list) == nodes && leads == 1 && sync > 0
}

// ask asks every Patroni that can be reached.
func (c *cluster) ask() (list []member) {
	client := http.Client{Timeout: time.Second}
	for _, n := range c.nodes {
		resp, err := client.Get("http://" + n.addr + ":8008/patroni")
		if err != nil {
			continue
		}
		m := member{node: n}
		if json.NewDecoder(resp.Body).Decode(&m) == nil {
			list = append(list, m)
		}
		resp.Body.Close()
	}
	return list
}

// turnsAtMost bounds how long the cluster may take to come to a state.
const turnsAtMost = 90 * time.Second

func (c *cluster) await(what string, is func([]member) bool) []member {
	c.t.Helper()
	var list []member
	for began := time.Now(); time.Since(began) < turnsAtMost; time.Sleep(100 * time.Millisecond) {
		if list = c.ask(); is(list) {
			return list
		}
	}
	c.t.Fatalf("the cluster does not come to this: %s; it is %+v", what, list)
	return nil
}

// switchOver asks for another primary.
func (c *cluster) switchOver(from *node) {
	c.t.Helper()
	resp, err := http.Post("http://"+from.addr+":8008/switchover", "application/json", strings.NewReader(`{"leader": "`+from.name+`"}`))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		c.t.Fatalf("Patroni does not switch over: %s", text)
	}
}

// primary is the node that leads. It must be there.
func (c *cluster) primary(list []member) *node {
	c.t.Helper()
	i := slices.IndexFunc(list, member.leads)
	if i < 0 {
		c.t.Fatalf("nobody leads: %+v", list)
	}
	return list[i].node
}

// url is the address of a database on whichever node is the primary.
func (c *cluster) url(database string) string {
	var hosts []string
	for _, n := range c.nodes {
		hosts = append(hosts, n.addr+":5432")
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword("switchboard", "switchboard"), Host: strings.Join(hosts, ","), Path: "/" + database,
		RawQuery: "target_session_attrs=read-write&sslmode=disable"}
	return u.String()
}

// noneCancelled makes sure that no commit was made to wait no longer for the second machine: it would be seen, and could be lost.
func (c *cluster) noneCancelled() {
	for _, n := range c.nodes {
		text, err := os.ReadFile(n.log("patroni")) // PostgreSQL's as well
		if err != nil {
			c.t.Fatal(err)
		}
		if times := strings.Count(string(text), "canceling wait for synchronous replication due to user request"); times > 0 {
			c.t.Errorf("%s: %d commits were made to wait no longer for the second machine", n.name, times)
		}
	}
}

// own gives a directory to PostgreSQL's user.
func own(t *testing.T, dir string) {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// in runs a program in a node's namespace, until ctx ends.
func (n *node) in(ctx context.Context, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", n.name, program}, args...)...)
}

// script makes a program that runs another one in a node's namespace.
func (n *node) script(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "within")
	text := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", n.name, program)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
