// Package schema describes the directory: which properties the objects of each
// type have and what the service lets one do with them, how objects are
// linked, and which rules app roles follow.
package schema

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Short names for the tables of this package. A row says: name, kind,
// and when the service takes eq (and in), startsWith, and eq null: by default,
// only in advanced queries, or never.
const (
	byDefault = state.Default
	advanced  = state.Advanced
	never     = state.Never

	brief    = state.Brief
	indexed  = state.Indexed
	endsWith = state.EndsWith
	ranged   = state.Range
	sorts    = state.Sort
	sortsA   = state.SortA
	readOnly = state.ReadOnly
	outside  = state.Outside
	exact    = state.Exact
	words    = state.Tokens | state.Search
	onSelect = state.OnSelect
	always   = state.Always
	virtual  = state.Virtual | state.ReadOnly
	disputed = state.Disputed
	derived  = state.Derived
)

type (
	property   = state.Property
	properties = []state.Property
)

// DirectoryObjects is what objects of different types have in common.
// https://learn.microsoft.com/graph/api/resources/directoryobject
var DirectoryObjects = state.Define(state.Type{
	Name: "directoryObject", Resource: "DirectoryObject", Set: "directoryObjects",
	Props: properties{{Name: "id", Flags: readOnly}, {Name: "deletedDateTime", Kind: state.Time, Flags: readOnly}},
})

// DirectoryTypes are what the links of the directory lead to.
func DirectoryTypes() []*state.Type {
	return []*state.Type{Users, Groups, ServicePrincipals, Applications}
}

// Sections are the parts of a dump, in the order in which they must be loaded.
func Sections() []*state.Type {
	return []*state.Type{Organizations, Domains, SubscribedSkus, Users, Groups, Applications, ServicePrincipals,
		Assignments}
}

// The links between objects that are part of the state.
const (
	Members = "members"
	Owners  = "owners"
	Manager = "manager"
)

// https://learn.microsoft.com/graph/api/resources/domain
var Domains = state.Define(state.Type{
	Name: "domain", Resource: "Domain", Set: "domains",
	Props: properties{
		{Name: "authenticationType"},
		{Name: "availabilityStatus"},
		{Name: "id"},
		{Name: "isAdminManaged", Kind: state.Bool},
		{Name: "isDefault", Kind: state.Bool},
		{Name: "isInitial", Kind: state.Bool},
		{Name: "isRoot", Kind: state.Bool},
		{Name: "isVerified", Kind: state.Bool},
		{Name: "passwordNotificationWindowInDays", Kind: state.Int},
		{Name: "passwordValidityPeriodInDays", Kind: state.Int},
		{Name: "supportedServices", Kind: state.Texts},
		{Name: "state", Kind: state.Complex},
	},
})

// https://learn.microsoft.com/graph/api/resources/organization
var Organizations = state.Define(state.Type{
	Name: "organization", Resource: "Organization", Set: "organization",
	Props: properties{
		{Name: "id", Flags: readOnly},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "businessPhones", Kind: state.Texts},
		{Name: "city"}, {Name: "country"}, {Name: "countryLetterCode"},
		{Name: "createdDateTime", Kind: state.Time},
		{Name: "defaultUsageLocation"},
		{Name: "displayName"},
		{Name: "isMultipleDataLocationsForServicesEnabled", Kind: state.Bool},
		{Name: "marketingNotificationEmails", Kind: state.Texts},
		{Name: "onPremisesLastSyncDateTime", Kind: state.Time},
		{Name: "onPremisesSyncEnabled", Kind: state.Bool},
		{Name: "partnerTenantType"},
		{Name: "postalCode"}, {Name: "preferredLanguage"},
		{Name: "securityComplianceNotificationMails", Kind: state.Texts},
		{Name: "securityComplianceNotificationPhones", Kind: state.Texts},
		{Name: "state"}, {Name: "street"},
		{Name: "technicalNotificationMails", Kind: state.Texts},
		{Name: "tenantType"},
		{Name: "directorySizeQuota", Kind: state.Complex},
		{Name: "privacyProfile", Kind: state.Complex},
		{Name: "assignedPlans", Kind: state.Complexes},
		{Name: "provisionedPlans", Kind: state.Complexes},
		{Name: "verifiedDomains", Kind: state.Complexes},
	},
})

// https://learn.microsoft.com/graph/api/resources/subscribedsku
var SubscribedSkus = state.Define(state.Type{
	Name: "subscribedSku", Resource: "SubscribedSku", Set: "subscribedSkus",
	Props: properties{
		{Name: "accountId"}, {Name: "accountName"}, {Name: "appliesTo"}, {Name: "capabilityStatus"},
		{Name: "consumedUnits", Kind: state.Int}, {Name: "id"}, {Name: "skuId", Kind: state.GUID}, {Name: "skuPartNumber"},
		{Name: "subscriptionIds", Kind: state.Texts}, {Name: "prepaidUnits", Kind: state.Complex},
		{Name: "servicePlans", Kind: state.Complexes},
	},
})

// Groups has what assignments need, and the filters of
// https://learn.microsoft.com/graph/aad-advanced-queries for it.
var Groups = state.Define(state.Type{
	Name: "group", Resource: "Group", Set: "groups", Open: extensionProperty,
	Props: properties{
		{Name: "id", Eq: byDefault, Flags: readOnly},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly | sortsA},
		{Name: "classification"},
		{Name: "createdDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged | sortsA},
		{Name: "creationOptions", Kind: state.Texts, Flags: readOnly},
		{Name: "description", Eq: advanced, StartsWith: byDefault, Null: advanced, Flags: words, Max: 1024},
		{Name: "displayName", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: always | indexed | sorts | words,
			Max: 256},
		{Name: "expirationDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged},
		{Name: "groupTypes", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault},
		{Name: "isAssignableToRole", Kind: state.Bool, Eq: byDefault},
		{Name: "mail", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: readOnly | indexed | endsWith},
		{Name: "mailEnabled", Kind: state.Bool, Eq: byDefault},
		{Name: "mailNickname", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: indexed, Max: 64},
		{Name: "membershipRule", Null: advanced},
		{Name: "membershipRuleProcessingState", Eq: byDefault},
		{Name: "onPremisesDomainName", Flags: readOnly},
		{Name: "onPremisesLastSyncDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged},
		{Name: "onPremisesNetBiosName", Flags: readOnly},
		{Name: "onPremisesSamAccountName", Eq: advanced, StartsWith: advanced, Flags: readOnly},
		{Name: "onPremisesSecurityIdentifier", Eq: byDefault, Null: advanced, Flags: readOnly},
		{Name: "onPremisesSyncEnabled", Kind: state.Bool, Eq: byDefault, Null: advanced, Flags: readOnly},
		{Name: "preferredDataLocation"},
		{Name: "preferredLanguage"},
		{Name: "proxyAddresses", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault,
			Flags: readOnly | indexed | endsWith},
		{Name: "renewedDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged},
		{Name: "resourceBehaviorOptions", Kind: state.Texts},
		{Name: "resourceProvisioningOptions", Kind: state.Texts},
		{Name: "securityEnabled", Kind: state.Bool, Eq: byDefault},
		{Name: "securityIdentifier", Flags: readOnly},
		{Name: "theme"},
		{Name: "uniqueName", Eq: byDefault},
		{Name: "visibility"},
		{Name: "onPremisesProvisioningErrors", Kind: state.Complexes, Flags: readOnly},
		{Name: "serviceProvisioningErrors", Kind: state.Complexes, Flags: readOnly},
	},
})

// FormatGUID writes a GUID in its usual form.
func FormatGUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseGUID reads a GUID in its usual form, in any letter case.
func ParseGUID(s string) (b [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return b, false
	}
	n, err := hex.Decode(b[:], []byte(strings.ReplaceAll(s, "-", "")))
	return b, err == nil && n == 16
}

// IsGUID reports whether s is a GUID.
func IsGUID(s string) bool { _, ok := ParseGUID(s); return ok }

// Stamp is a time as the directory writes it in most objects.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// FineStamp is a time as the directory writes it in assignments.
func FineStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// ZeroRole is the role of resources that declare none for users.
const ZeroRole = "00000000-0000-0000-0000-000000000000"

// MaxAssignments is the number of app role assignments that a principal may have.
// https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
const MaxAssignments = 1500

// principalTypes are what can be assigned to a role, by the name in principalType.
var principalTypes = []struct {
	name string
	typ  *state.Type
}{{"User", Users}, {"Group", Groups}, {"ServicePrincipal", ServicePrincipals}}

// FindPrincipal returns who can be assigned to a role by id, and as what.
func FindPrincipal(v *state.View, id string) (kind string, o *state.Object) {
	for _, p := range principalTypes {
		if o := v.Get(p.typ, id); o != nil {
			return p.name, o
		}
	}
	return "", nil
}

// Assignable reports whether a principal of the kind may get the role: it must
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

// Role returns the app role with the id that a service principal declares, nil
// if there is none.
func Role(sp *state.Object, id string) map[string]any {
	for _, v := range sp.List("appRoles") {
		if r, _ := v.(map[string]any); strings.EqualFold(field.Text(r, "id"), id) {
			return r
		}
	}
	return nil
}

// Held reports whether a principal has an assignment like a, and how many
// assignments it has.
func Held(v *state.View, a *state.Object) (same bool, n int) {
	for o := range v.Live(Assignments).Equal(Assignments.Prop("principalId"), a.Str("principalId")) {
		n++
		same = same || o.Str("resourceId") == a.Str("resourceId") && o.Str("appRoleId") == a.Str("appRoleId")
	}
	return same, n
}
