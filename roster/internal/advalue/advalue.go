// Package advalue gives the usual text of values of Active Directory, as files and
// directories hold them.
package advalue

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Text returns the usual text of a value of Active Directory that is no text:
// an objectGUID or an objectSid.
func Text(name string, data []byte) (string, bool) {
	switch strings.ToLower(name) {
	case "objectguid", "ms-ds-consistencyguid":
		return guidText(data)
	case "objectsid":
		return sidText(data)
	}
	return "", false
}

// guidText returns the text of a GUID of 16 bytes, of which the first three parts
// are little-endian.
func guidText(b []byte) (string, bool) {
	if len(b) != 16 {
		return "", false
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
		binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:]), true
}

// sidText returns the text of a security identifier, such as S-1-5-21-1-2-3-1104.
// https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f992ad60-0fe4-4b87-9fed-beb478836861
func sidText(b []byte) (string, bool) {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return "", false
	}
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	var text strings.Builder
	fmt.Fprintf(&text, "S-%d-%d", b[0], authority)
	for part := b[8:]; len(part) > 0; part = part[4:] {
		fmt.Fprintf(&text, "-%d", binary.LittleEndian.Uint32(part))
	}
	return text.String(), true
}

// AccountEnabled returns "true" or "false" for a userAccountControl, or "" if it is
// no number. Bit 2 is ACCOUNTDISABLE.
// https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties
func AccountEnabled(control string) string {
	n, err := strconv.ParseInt(control, 10, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatBool(n&2 == 0)
}
