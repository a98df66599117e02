package console

import (
	"fmt"
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

// seenField says in a form what was shown when it was: the API refuses what would undo, or approve, what came since.
const seenField = "seen"

// Seen is the value of that field. A form that is shown again because something in it was wrong still says what was first
// shown with it. One that came too late says what is shown now: who sends it again has been told to look.
func (v *visit) Seen(to string, now any) string {
	if v.Failed(to) && codeOf(v.failed.err) != "conflict" {
		return v.failed.values.Get(seenField)
	}
	return fmt.Sprint(now)
}

// seen reads the version that a form was shown with. A form without one is none of ours, or is not whole. 0 is one of what
// nobody ever changed, and asks the API for no care where there is no such thing.
func (v *visit) seen() (uint64, error) {
	n, err := v.seenOrNever()
	if err == nil && n == 0 {
		err = v.unseen()
	}
	return n, err
}

// seenOrNever is seen for what may never have been changed.
func (v *visit) seenOrNever() (uint64, error) {
	n, err := strconv.ParseUint(v.form(seenField), 10, 63)
	if err != nil {
		return 0, v.unseen()
	}
	return n, nil
}

func (v *visit) unseen() error {
	return &switchboard.OperatorFault{Code: "invalid", Message: v.T("field.seen.problem")}
}
