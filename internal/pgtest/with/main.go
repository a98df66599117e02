package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "with:", err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("say which command to run")
	}
	if args[0] == "-citus" && len(args) > 1 {
		return withCluster(args[1:])
	}
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		return 0, fmt.Errorf("%w; nothing was run", err)
	}
	if err != nil {
		return 1, err
	}
	defer s.Stop()
	return command(args, pgtest.URLEnv+"="+s.URL())
}

// withCluster runs a command beside a cluster.
func withCluster(args []string) (int, error) {
	s, err := citus.Start(context.Background())
	if err != nil {
		return 1, err
	}
	defer s.Stop()
	return command(args, citus.URLEnv+"="+s.URL())
}

// command runs a command with something more in its environment, and gives its code.
func command(args []string, env string) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
