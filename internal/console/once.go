package console

import "github.com/switchboard-platform/switchboard"

// once is what is told once and never again: a PIN, a secret, a key. It stands in the answer to the form that asked for
// it, and in no cookie and no address.
type once struct {
	*visit
	Title, Lead    string
	Rows           []onceRow
	Back, BackText string
}

// onceRow is one thing that is told.
type onceRow struct {
	Label, Value string
	Secret       bool
}

// tellOnce is the outcome of a form that makes something secret.
func (v *visit) tellOnce(o once) done {
	o.visit = v
	return done{shown: "once", data: o}
}

// sayChanged is the outcome of a change: what was done, or that it was so already.
func sayChanged(c switchboard.Changed, key string, args ...string) done {
	if !c.Changed {
		return say("changed.not")
	}
	return say(key, args...)
}

// typed checks that somebody has typed the name of what they are about to end for good.
func (v *visit) typed(name string) error {
	if v.form("confirm") != name {
		return badField("confirm", v.T("confirm.problem", name))
	}
	return nil
}
