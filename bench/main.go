//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	err := dispatch(os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// dispatch runs the benchmark, or one of the processes that it starts of itself.
func dispatch(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "load":
			return loadCommand()
		case "floor":
			return floorCommand(args[1:])
		case "hash":
			return hashCommand(args[1:])
		case "copyfloor":
			return copyFloorCommand(args[1:])
		case "insert":
			return insertCommand(args[1:])
		case "rows":
			return rowsCommand()
		case "population":
			return populationCommand(args[1:])
		}
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	return measure(ctx, o)
}

// measure runs the chosen parts and prints what they found, also when a part fails.
func measure(ctx context.Context, o *options) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	failure := b.runParts(ctx)
	if err := b.report.print(os.Stdout); err != nil {
		return err
	}
	if o.jsonFile != "" {
		text, err := json.MarshalIndent(b.report, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.jsonFile, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return failure
}
