package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "outlinegen:", err)
		os.Exit(1)
	}
}

// run reads the borders of countries and the coasts of the world, and writes both as outlines.
func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("want four arguments: borders.json land-10m.json outlines.bin land.bin; there are %d", len(args))
	}
	borders, err := read(args[0], readBorders)
	if err != nil {
		return err
	}
	land, err := read(args[1], readLand)
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[2], encode(borders), 0o644); err != nil {
		return err
	}
	return os.WriteFile(args[3], encodeOutline(land), 0o644)
}

// read reads a file and understands it.
func read[T any](name string, parse func([]byte) (T, error)) (all T, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return all, err
	}
	if all, err = parse(text); err != nil {
		return all, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}
