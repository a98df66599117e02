package main

import (
	"bufio"
	"fmt"
	"io"
)

// maxMembers keeps phone numbers at twelve digits that begin with 2547.
const maxMembers = 10_000_000

// msisdn gives the phone number of the i-th member. Numbers rise with i and leave gaps; the last two
// digits of ten, where those of the sandbox's own members lie, are never taken.
func msisdn(i int) uint64 {
	return 254_700_000_000 + uint64(i)*10 + scramble(uint64(i))%8
}

// The rest of a member is unique too and in no order, as it is when members come over years. Each
// factor shares no divisor with its modulus, so no two members meet.

// imsi gives the SIM of the i-th member: fifteen digits.
func imsi(i int) uint64 {
	return 639_030_000_000_000 + (uint64(i)*2_654_435_761+1_234_567)%10_000_000_000
}

// appID gives the app of the i-th member: sixteen digits.
func appID(i int) uint64 {
	return 1_099_000_000_000_000 + (uint64(i)*48_271_003+987_654_321)%1_000_000_000_000
}

// nationalID gives the document of the i-th member: eight digits, none of them the sandbox's.
func nationalID(i int) uint64 {
	return 30_000_000 + (uint64(i)*27_644_437+5_550_001)%70_000_000
}

// memberNumber gives the number of the i-th member in the institution's books: eight digits.
func memberNumber(i int) uint64 {
	return 10_000_000 + (uint64(i)*39_916_801+7_654_321)%90_000_000
}

// writeMembers writes members as a CSV file for import, sorted by phone number. The same number of
// members gives the same bytes. PINs are in no such file.
func writeMembers(w io.Writer, members int) error {
	if members < 1 || members > maxMembers {
		return fmt.Errorf("members: want 1 to %d, have %d", maxMembers, members)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintln(out, "msisdn,full_name,member_number,identity_type,identity,imsi,app_id")
	var line []byte
	for i := range members {
		line = appendMember(line[:0], i)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// appendMember appends the i-th member's line.
func appendMember(line []byte, i int) []byte {
	given, family := memberNames()
	first, last := given[draw(i, 5, len(given))], family[draw(i, 6, len(family))]
	return fmt.Appendf(line, "%d,%s %s,%d,NATIONAL_ID,%d,%d,%d\n",
		msisdn(i), first, last, memberNumber(i), nationalID(i), imsi(i), appID(i))
}

// memberNames are the lists that members' names are drawn from.
func memberNames() (given, family [16]string) {
	return [16]string{
			"Achieng", "Akinyi", "Barasa", "Chebet", "Faith", "Grace", "Hassan", "Jane",
			"Kamau", "Mercy", "Mwangi", "Njeri", "Peter", "Salim", "Wambui", "Zawadi",
		}, [16]string{
			"Atieno", "Cheruiyot", "Juma", "Karanja", "Kiprotich", "Koech", "Maina", "Mohamed",
			"Mutua", "Mwende", "Ndung'u", "Ochieng", "Odhiambo", "Omondi", "Wafula", "Wanjiku",
		}
}
