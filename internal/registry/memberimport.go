package registry

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// MemberRow is one row of a file of members.
type MemberRow struct {
	Line   int // in the file, from 1
	Member member.Member
	Bad    error // what is wrong with the row, when it could not be read; the import goes on
}

// MemberImport asks for an import of members. They come without PINs.
type MemberImport struct {
	DryRun   bool
	Next     func() (MemberRow, error) // io.EOF at the end
	Refused  func(MemberRefusal)       // told of each row that was not taken
	Progress func(MemberImportSummary) // told after each batch
}

// MemberRefusal is a row that was not taken.
type MemberRefusal struct {
	Line   int
	MSISDN string
	Reason string
}

// MemberImportSummary counts what became of the rows. Skipped are those of members who exist already.
type MemberImportSummary struct{ Rows, Created, Skipped, Refused int }

// ImportMembers adds the members of a file that do not exist yet, in batches that are each durable
// before the next. It can be run again after it was cut off. The summary is right even when an error
// ended the import early.
func (r *Registry) ImportMembers(ctx context.Context, by Caller, im MemberImport) (sum MemberImportSummary, err error) {
	for more := true; more; {
		var batch []MemberRow
		if batch, more, err = readMembers(im.Next); err != nil {
			return sum, err
		}
		if len(batch) == 0 {
			break
		}
		if err := r.importMembers(ctx, by, im, batch, &sum); err != nil {
			return sum, err
		}
		im.Progress(sum)
	}
	return sum, nil
}

// readMembers reads and checks the rows of a batch and puts them in the order of the primary key.
func readMembers(next func() (MemberRow, error)) (batch []MemberRow, more bool, err error) {
	for more = true; more && len(batch) < importBatch; {
		row, err := next()
		if more = !errors.Is(err, io.EOF); !more {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if row.Bad == nil {
			var bad fault.Fields
			row.Member.Check(&bad)
			row.Bad = bad.Err()
		}
		batch = append(batch, row)
	}
	slices.SortStableFunc(batch, byMSISDN)
	return batch, more, nil
}

func byMSISDN(a, b MemberRow) int { return strings.Compare(a.Member.MSISDN, b.Member.MSISDN) }

// importMembers writes a batch in one transaction and counts what became of it.
func (r *Registry) importMembers(ctx context.Context, by Caller, im MemberImport, batch []MemberRow, sum *MemberImportSummary) error {
	write := func(ctx context.Context, fn func(store.Tx) error) error { return r.update(ctx, by, fn) }
	if im.DryRun {
		write = r.store.View
	}
	for i := range batch {
		batch[i].Member.ID = newMemberID(by.Cause)
	}
	var done MemberImportSummary
	var refused []MemberRefusal
	err := write(ctx, func(tx store.Tx) error {
		done, refused = MemberImportSummary{Rows: len(batch)}, nil // it may run again
		fresh := map[string]bool{}                                 // phone and member numbers that this batch takes
		for _, row := range batch {
			reason, err := takeMember(tx, by, im.DryRun, row, fresh, &done)
			if err != nil {
				return err
			}
			if reason != "" {
				refused = append(refused, MemberRefusal{Line: row.Line, MSISDN: row.Member.MSISDN, Reason: reason})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(refused, func(a, b MemberRefusal) int { return a.Line - b.Line })
	for _, x := range refused {
		im.Refused(x)
	}
	sum.Rows += done.Rows
	sum.Created += done.Created
	sum.Skipped += done.Skipped
	sum.Refused += len(refused)
	return nil
}

// takeMember writes one row, or says why not.
func takeMember(tx store.Tx, by Caller, dryRun bool, row MemberRow, fresh map[string]bool, done *MemberImportSummary) (reason string, err error) {
	m := row.Member
	if row.Bad != nil {
		return fault.As(row.Bad).Message, nil
	}
	phone, number := "phone "+m.MSISDN, "number "+m.Number
	if fresh[phone] {
		return "The same phone number stands in an earlier row.", nil
	}
	if m.Number != "" && fresh[number] {
		return "The same member number stands in an earlier row.", nil
	}
	reason, same, err := taken(tx, &m)
	if err != nil {
		return "", err
	}
	if same {
		done.Skipped++
		return "", nil
	}
	if reason != "" {
		return reason, nil
	}
	fresh[phone], fresh[number] = true, true
	done.Created++
	if dryRun {
		return "", nil
	}
	_, err = createMember(tx, member.Add(m, by.Cause))
	return "", err
}
