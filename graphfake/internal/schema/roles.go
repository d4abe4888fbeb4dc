package schema

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// formatGUID writes a GUID in its usual form.
func FormatGUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// parseGUID reads a GUID in its usual form, in any letter case.
func ParseGUID(s string) (b [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return b, false
	}
	n, err := hex.Decode(b[:], []byte(strings.ReplaceAll(s, "-", "")))
	return b, err == nil && n == 16
}

// isGUID reports whether s is a GUID.
func IsGUID(s string) bool { _, ok := ParseGUID(s); return ok }

// stamp is a time as the directory writes it in most objects.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// fineStamp is a time as the directory writes it in assignments.
func FineStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// zeroRole is the role of resources that declare none for users.
const ZeroRole = "00000000-0000-0000-0000-000000000000"

// MaxAssignments is the number of app role assignments that a principal may have.
// https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
const MaxAssignments = 1500

// principalTypes are what can be assigned to a role, by the name in principalType.
var principalTypes = []struct {
	name string
	typ  *state.Type
}{{"User", Users}, {"Group", Groups}, {"ServicePrincipal", ServicePrincipals}}

// findPrincipal returns who can be assigned to a role by id, and as what.
func FindPrincipal(v *state.View, id string) (kind string, o *state.Object) {
	for _, p := range principalTypes {
		if o := v.Get(p.typ, id); o != nil {
			return p.name, o
		}
	}
	return "", nil
}

// assignable tells whether a principal of the kind may get the role: it must
// be declared, enabled and open to that kind; the zero role stands for "no
// role assignable to users". That disabled and mismatched roles are answered
// like unknown ones is believed, not verified.
func Assignable(sp *state.Object, role, kind string) bool {
	member := "User"
	if kind == "ServicePrincipal" {
		member = "Application"
	}
	open := func(r map[string]any) bool {
		enabled, ok := r["isEnabled"].(bool)
		return (enabled || !ok) && slices.Contains(field.Texts(r, "allowedMemberTypes"), member)
	}
	for _, r := range sp.List("appRoles") {
		declared, _ := r.(map[string]any)
		if role == ZeroRole && open(declared) {
			return false
		}
		if strings.EqualFold(field.Text(declared, "id"), role) {
			return open(declared)
		}
	}
	return role == ZeroRole
}

// role returns the app role with the id that a service principal declares, nil
// if there is none.
func Role(sp *state.Object, id string) map[string]any {
	for _, v := range sp.List("appRoles") {
		if r, _ := v.(map[string]any); strings.EqualFold(field.Text(r, "id"), id) {
			return r
		}
	}
	return nil
}

// held reports whether a principal has an assignment like a, and how many
// assignments it has.
func Held(v *state.View, a *state.Object) (same bool, n int) {
	for o := range v.Live(Assignments).Equal(Assignments.Prop("principalId"), a.Str("principalId")) {
		n++
		same = same || o.Str("resourceId") == a.Str("resourceId") && o.Str("appRoleId") == a.Str("appRoleId")
	}
	return same, n
}
