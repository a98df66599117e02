package decision

import (
	"math"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// Append appends an answer with its receipt, as switchboard.Decision reads it:
// {"allowed":…,"reasons":[…],"receipt":"…"}. The operator's API answers with the same.
func Append(b []byte, reg *registry.Registry, by registry.Asker, ask *registry.Ask, v *registry.Verdict) []byte {
	b = strconv.AppendBool(append(b, `{"allowed":`...), v.Allowed)
	b = append(b, ',')
	return append(appendGrounds(b, reg, by, ask, v), '}')
}

// appendGrounds appends what an answer rests on: "reasons":[…],"receipt":"…".
func appendGrounds(b []byte, reg *registry.Registry, by registry.Asker, ask *registry.Ask, v *registry.Verdict) []byte {
	b = append(b, `"reasons":[`...)
	for i := range v.Reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendReason(b, &v.Reasons[i])
	}
	b = append(b, `],"receipt":"`...)
	return append(reg.AppendReceipt(b, by, ask, v), '"')
}

// appendReason appends a reason. What it has not is left out.
func appendReason(b []byte, r *agent.Reason) []byte {
	b = jsontext.AppendString(append(b, `{"code":`...), string(r.Code))
	b = appendText(b, "message", r.Message())
	b = appendText(b, "owner", r.OwnedBy())
	b = appendText(b, "block", r.Block)
	b = appendTime(b, "since", r.Since)
	b = appendTime(b, "until", r.Until)
	b = append(b, `,"lifted_by":[`...)
	for i, who := range r.LiftedBy() {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, who)
	}
	b = append(b, ']')
	b = appendText(b, "next", r.Next())
	if r.Code == agent.PlaceTooFar || r.Code == agent.PlaceOutside {
		b = strconv.AppendInt(append(b, `,"distance_m":`...), int64(math.Round(r.Metres)), 10)
		b = strconv.AppendInt(append(b, `,"limit_m":`...), int64(r.Limit), 10)
		b = appendText(b, "country", r.Country)
	}
	return append(b, '}')
}

// appendText appends `,"name":"text"`, nothing for an empty text.
func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return jsontext.AppendString(append(append(append(b, `,"`...), name...), `":`...), text)
}

// appendTime appends a time in UTC, nothing for the zero time.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":"`...)
	return append(t.UTC().AppendFormat(b, time.RFC3339Nano), '"')
}
