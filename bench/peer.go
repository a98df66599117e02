//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// peerPackage is the mock server that EPS publishes: canned answers, nothing checked.
const peerPackage = "@ekoindia/eps-mock-server@0.1.18"

// onLoopback is a module that Node loads first: the mock would listen on every address.
const onLoopback = `data:text/javascript,import net from "node:net";` +
	`const listen=net.Server.prototype.listen;` +
	`net.Server.prototype.listen=function(port,done){return listen.call(this,port,"127.0.0.1",done)};`

// installPeer installs the mock server below the run's directory and gives its program; an empty
// name and a reason when it can not be had here.
func (b *bench) installPeer(ctx context.Context) (program, reason string, err error) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", tool + " is not installed", nil
		}
	}
	dir := filepath.Join(b.out, "peer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", err
	}
	err = b.processes.run(ctx, command{
		name: "npm", core: anyCore,
		args: []string{"npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", peerPackage},
	})
	if err != nil {
		return "", "npm could not install " + peerPackage + " (see the logs)", ctx.Err()
	}
	return filepath.Join(dir, "node_modules", "@ekoindia", "eps-mock-server", "dist", "index.js"), "", nil
}

// startPeer starts the mock server on the server's core.
func (b *bench) startPeer(ctx context.Context, program string) (*process, string, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, "", err
	}
	peer, err := b.processes.start(command{
		name: "peer", core: serverCore, args: []string{"node", "--import", onLoopback, program},
		env: []string{"PORT=" + port},
	})
	if err != nil {
		return nil, "", fmt.Errorf("start the mock server: %w", err)
	}
	return peer, addr, waitListening(ctx, peer, addr)
}
