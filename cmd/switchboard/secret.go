package main

import (
	"bytes"
	"io"
	"os"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// maxSecret bounds what is read as a secret.
const maxSecret = 64 << 10

// readSecret reads a secret from the file that a flag names, or from In for "-". The line break
// at its end, which editors add, is no part of it.
func (c *cli) readSecret(flagName, path string) (secret.Text, error) {
	in := c.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return secret.Text{}, fault.Wrap(err, fault.Invalid, "The file of %s cannot be read.", flagName)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecret+1))
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Invalid, "The file of %s cannot be read.", flagName)
	}
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 || len(b) > maxSecret || bytes.ContainsAny(b, "\r\n") {
		return secret.Text{}, fault.New(fault.Invalid, "%s %s must hold the secret and nothing else, in one line.", flagName, path)
	}
	return secret.NewText(string(b)), nil
}
