package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	c := &cli{
		Out:       os.Stdout,
		Err:       os.Stderr,
		In:        os.Stdin,
		LookupEnv: os.LookupEnv,
		Now:       time.Now,
	}
	code := c.run(ctx, commands(), os.Args[1:])
	stop()
	os.Exit(code)
}
