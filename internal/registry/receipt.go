package registry

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
)

// Receipt is what a receipt says: which answer was given to whom, when, and on which state of the agent.
type Receipt struct {
	At      time.Time // when it was answered
	By      Asker
	Ask     Ask // as it was asked; At is zero for now
	Allowed bool
	Reasons []agent.ReasonCode
	Version uint64 // of the agent's history: the answer is that of the agent after its change number so much
}

// A receipt is base64 of: version, flags, then numbers and texts of varying length, and a stamp.
const (
	receiptVersion = 1
	receiptAllowed = 1 << 0 // flags
	receiptForTime = 1 << 1 // the question named a time
)

// AppendReceipt appends the receipt of an answer. It is text: letters, digits, dashes and underscores.
func (r *Registry) AppendReceipt(b []byte, by Asker, ask *Ask, v *Verdict) []byte {
	start := len(b) // the bytes are made where the text is to be, and the text behind them
	b = append(b, receiptVersion, receiptFlags(ask, v))
	b = binary.AppendUvarint(b, uint64(by.At.UnixMicro()))
	if !ask.At.IsZero() {
		b = binary.AppendUvarint(b, uint64(ask.At.UnixMicro()))
	}
	b = binary.AppendUvarint(b, v.Version)
	for _, text := range [...]string{string(by.Holder), by.ID, ask.Agent, ask.Service, ask.Place, ask.Device} {
		b = appendPart(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(v.Reasons)))
	for i := range v.Reasons {
		b = appendPart(b, string(v.Reasons[i].Code))
	}
	b = r.receipts.Append(b, start)
	end := len(b)
	b = base64.RawURLEncoding.AppendEncode(b, b[start:])
	return b[:start+copy(b[start:], b[end:])]
}

func receiptFlags(ask *Ask, v *Verdict) (flags byte) {
	if v.Allowed {
		flags |= receiptAllowed
	}
	if !ask.At.IsZero() {
		flags |= receiptForTime
	}
	return flags
}

func appendPart(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// maxReceipt is the longest receipt that is looked at.
const maxReceipt = 4096

// CheckReceipt reads a receipt. ok is false when this installation did not give it, or not like this.
func (r *Registry) CheckReceipt(text string) (rc Receipt, ok bool) {
	if len(text) > maxReceipt || strings.ContainsAny(text, "\r\n") { // which the decoder would pass over
		return rc, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text) // of two spellings one is no receipt
	if err != nil {
		return rc, false
	}
	content, ok := r.receipts.Check(b)
	if !ok {
		return rc, false
	}
	p := parts{rest: content}
	rc = p.receipt()
	return rc, !p.broken && len(p.rest) == 0
}

// parts reads what AppendReceipt wrote.
type parts struct {
	rest   []byte
	broken bool
}

func (p *parts) receipt() (rc Receipt) {
	version, flags := p.octet(), p.octet()
	p.broken = p.broken || version != receiptVersion
	rc.Allowed = flags&receiptAllowed != 0
	rc.At = p.time()
	if flags&receiptForTime != 0 {
		rc.Ask.At = p.time()
	}
	rc.Version = p.number()
	rc.By = Asker{Holder: access.Holder(p.text()), ID: p.text(), At: rc.At}
	rc.Ask.Agent, rc.Ask.Service, rc.Ask.Place, rc.Ask.Device = p.text(), p.text(), p.text(), p.text()
	for n := p.number(); n > 0 && !p.broken; n-- {
		rc.Reasons = append(rc.Reasons, agent.ReasonCode(p.text()))
	}
	return rc
}

func (p *parts) octet() byte {
	if len(p.rest) == 0 {
		p.broken = true
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b
}

func (p *parts) number() uint64 {
	n, size := binary.Uvarint(p.rest)
	if size <= 0 {
		p.broken = true
		return 0
	}
	p.rest = p.rest[size:]
	return n
}

func (p *parts) time() time.Time { return time.UnixMicro(int64(p.number())).UTC() }

func (p *parts) text() string {
	n := p.number()
	if n > uint64(len(p.rest)) {
		p.broken = true
		return ""
	}
	text := string(p.rest[:n])
	p.rest = p.rest[n:]
	return text
}
