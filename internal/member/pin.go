package member

import (
	"crypto/subtle"
	"strconv"
)

// PINRules say which PINs a member may choose. The zero value refuses all; see DefaultPINRules.
type PINRules struct {
	MinDigits, MaxDigits int
	AllowRepeat          bool // one digit throughout, like 1111
	AllowRun             bool // up or down by one throughout, like 1234 or 8765
}

// DefaultPINRules are 4 to 8 digits, no repetition, no run.
func DefaultPINRules() PINRules { return PINRules{MinDigits: 4, MaxDigits: 8} }

// Refuse says why a PIN may not replace the current one; "" when it may. The text holds neither.
func (r PINRules) Refuse(pin, current string) string {
	switch {
	case !digits(pin) || len(pin) < r.MinDigits || len(pin) > r.MaxDigits:
		return "The new PIN must be " + span(r.MinDigits, r.MaxDigits) + " digits."
	case subtle.ConstantTimeCompare([]byte(pin), []byte(current)) == 1:
		return "The new PIN must differ from the current one."
	case !r.AllowRepeat && steady(pin, 0):
		return "The new PIN must not repeat one digit."
	case !r.AllowRun && (steady(pin, 1) || steady(pin, -1)):
		return "The new PIN must not run up or down."
	}
	return ""
}

// steady says whether each digit follows the one before it by the same step.
func steady(pin string, step int) bool {
	for i := 1; i < len(pin); i++ {
		if int(pin[i])-int(pin[i-1]) != step {
			return false
		}
	}
	return true
}

func span(low, high int) string {
	if low == high {
		return strconv.Itoa(low)
	}
	return strconv.Itoa(low) + " to " + strconv.Itoa(high)
}
