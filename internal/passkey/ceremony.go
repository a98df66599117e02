package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Challenge is what a browser is asked. Options go to it; State stays out of its hands, or is sealed, and is needed to
// judge the answer.
type Challenge struct {
	Options []byte // JSON: what navigator.credentials takes, with publicKey in it
	State   []byte // JSON
}

// ErrCloned is the cause of a fault when a passkey was used at two places: its counter has not gone on since it was
// seen last. Either the authenticator was copied, or it counts wrong.
var ErrCloned = errors.New("the counter of the passkey has not gone on")

// Create asks for a new passkey of an operator, on a device that does not have one of those given.
func (p *Party) Create(operator string, have []access.Passkey) (Challenge, error) {
	o := owner{operator, have}
	var known []protocol.CredentialDescriptor
	for _, c := range o.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, state, err := p.lib.BeginRegistration(o, webauthn.WithExclusions(known))
	if err != nil {
		return Challenge{}, failed(err)
	}
	return challenge(options, state)
}

// Created judges what was answered to Create, and gives the new passkey.
func (p *Party) Created(operator string, state, answer []byte) (k access.Passkey, err error) {
	asked, err := readState(state)
	if err != nil {
		return k, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return k, unreadable(err)
	}
	c, err := p.lib.CreateCredential(owner{name: operator}, asked, parsed)
	if err != nil {
		return k, refused(err)
	}
	return access.Passkey{Operator: operator, Credential: c.ID, Public: c.PublicKey, Transports: transports(c),
		Synced: c.Flags.BackupEligible, Count: c.Authenticator.SignCount}, nil
}

// Ask asks for a proof with any of an operator's passkeys.
func (p *Party) Ask(operator string, have []access.Passkey) (Challenge, error) {
	options, state, err := p.lib.BeginLogin(owner{operator, have})
	if err != nil {
		return Challenge{}, failed(err)
	}
	return challenge(options, state)
}

// Proved judges what was answered to Ask, and gives the passkey that proved it, with its new count. A passkey that was
// added or removed since does not help, nor hinder: those that were asked for and are still there may answer.
func (p *Party) Proved(operator string, have []access.Passkey, state, answer []byte) (k access.Passkey, err error) {
	asked, err := readState(state)
	if err != nil {
		return k, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return k, unreadable(err)
	}
	o := owner{operator, have}
	asked.AllowedCredentialIDs = still(asked.AllowedCredentialIDs, o)
	if len(asked.AllowedCredentialIDs) == 0 { // the library would take none for any
		return k, refused(errors.New("none of the passkeys that were asked for is left"))
	}
	c, err := p.lib.ValidateLogin(o, asked, parsed)
	if err != nil {
		return k, refused(err)
	}
	at := slices.IndexFunc(have, func(k access.Passkey) bool { return bytes.Equal(k.Credential, c.ID) })
	if at < 0 {
		return k, refused(errors.New("the passkey is not the operator's"))
	}
	k = have[at]
	if c.Authenticator.CloneWarning {
		return k, refused(ErrCloned)
	}
	k.Count = c.Authenticator.SignCount
	return k, nil
}

// still gives those of the passkeys that an owner still has.
func still(asked [][]byte, o owner) (left [][]byte) {
	for _, k := range o.keys {
		if slices.ContainsFunc(asked, func(id []byte) bool { return bytes.Equal(id, k.Credential) }) {
			left = append(left, k.Credential)
		}
	}
	return left
}

func challenge(options any, state *webauthn.SessionData) (c Challenge, err error) {
	if c.Options, err = json.Marshal(options); err == nil {
		c.State, err = json.Marshal(state)
	}
	if err != nil {
		return c, failed(err)
	}
	return c, nil
}

func readState(b []byte) (s webauthn.SessionData, err error) {
	if err := json.Unmarshal(b, &s); err != nil {
		return s, failed(err)
	}
	return s, nil
}

// failed is for what nobody outside can cause.
func failed(err error) error {
	return fault.Wrap(err, fault.Internal, "The challenge for a passkey could not be made or read.")
}

func unreadable(err error) error {
	return fault.Wrap(err, fault.Invalid, "credential is not what a browser answers to a challenge: send what PublicKeyCredential.toJSON gives.")
}

func refused(err error) error {
	return fault.Wrap(err, fault.Unauthenticated, "The passkey was not accepted. Begin again.")
}
