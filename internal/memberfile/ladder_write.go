package memberfile

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
)

// WriteLadder writes a ladder as ReadLadders reads it, below the element that says what it counts.
func WriteLadder(w io.Writer, l member.Ladder) error {
	around := passwordElement
	if l.Security == member.OTP {
		around = otpElement
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<%s>\n  <%s", around, ladderElement)
	if l.Every > 0 {
		writeRung(&b, l.Further, l.Every)
	}
	b.WriteString(">\n")
	for _, s := range l.Steps {
		b.WriteString("    <" + stepElement)
		writeRung(&b, s, 0)
		fmt.Fprintf(&b, ">%d</%s>\n", s.Attempts, stepElement)
	}
	fmt.Fprintf(&b, "  </%s>\n</%s>\n", ladderElement, around)
	_, err := w.Write(b.Bytes())
	return err
}

// writeRung writes what is to happen as attributes; every 0 is left out.
func writeRung(b *bytes.Buffer, s member.Step, every int) {
	b.WriteString(" NAME='")
	_ = xml.EscapeText(b, []byte(s.Flag)) // a buffer takes everything
	fmt.Fprintf(b, "' ACTION='%s'", s.Action)
	if every > 0 {
		fmt.Fprintf(b, " STEP='%d'", every)
	}
	if s.For > 0 {
		n, u := spell(s.For)
		fmt.Fprintf(b, " DURATION='%d' UNIT='%s'", n, u.name)
	}
}

// spell gives a duration in the longest unit of which it is several, as the published ladder has it:
// 60 minutes and 24 hours, not one of the next.
func spell(d time.Duration) (n int64, u unit) {
	for _, u := range units {
		if d%u.is == 0 && d > u.is {
			return int64(d / u.is), u
		}
	}
	seconds := units[len(units)-1]
	return int64(d / seconds.is), seconds
}
