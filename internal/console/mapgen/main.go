package main

import (
	"fmt"
	"os"
)

//go:generate go run . admin1.json ../assets/map/outlines.json

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mapgen:", err)
		os.Exit(1)
	}
}

// run reads states and provinces, and writes outlines.
func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want two arguments: admin1.json outlines.json; there are %d", len(args))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	areas, err := readAreas(text)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	out, err := outlines(areas)
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], out, 0o644)
}
