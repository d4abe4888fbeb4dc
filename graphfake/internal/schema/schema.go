// Package schema describes the directory: which properties the objects of each
// type have and what the service lets one do with them, how objects are
// linked, and which rules app roles follow.
package schema

import (
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Short names for the tables in the schema_*.go files. A row says: name, kind,
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
)

type (
	property   = state.Property
	properties = []state.Property
)

// directoryObjects is what objects of different types have in common.
// https://learn.microsoft.com/graph/api/resources/directoryobject
var DirectoryObjects = state.Define(state.Type{
	Name: "directoryObject", Resource: "DirectoryObject", Set: "directoryObjects",
	Props: properties{{Name: "id", Flags: readOnly}, {Name: "deletedDateTime", Kind: state.Time, Flags: readOnly}},
})

// directoryTypes are what the links of the directory lead to.
func DirectoryTypes() []*state.Type {
	return []*state.Type{Users, Groups, ServicePrincipals, Applications}
}

// sections are the parts of a dump, in the order in which they must be loaded.
func Sections() []*state.Type {
	return []*state.Type{Organizations, Domains, SubscribedSkus, Users, Groups, Applications, ServicePrincipals, Assignments}
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
	Navs: []string{"domainNameReferences", "federationConfiguration", "rootDomain", "serviceConfigurationRecords", "verificationDnsRecords"},
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
	Navs: []string{"branding", "certificateBasedAuthConfiguration", "extensions"},
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
		{Name: "subscriptionIds", Kind: state.Texts}, {Name: "prepaidUnits", Kind: state.Complex}, {Name: "servicePlans", Kind: state.Complexes},
	},
})

// groups has what assignments need, and the filters of
// https://learn.microsoft.com/graph/aad-advanced-queries for it.
var Groups = state.Define(state.Type{
	Name: "group", Resource: "Group", Set: "groups", Open: extensionProperty,
	Navs: []string{"acceptedSenders", "appRoleAssignments", "calendar", "calendarView", "conversations", "createdOnBehalfOf", "drive", "drives",
		"events", "extensions", "groupLifecyclePolicies", "memberOf", "members", "membersWithLicenseErrors", "onenote", "owners",
		"permissionGrants", "photo", "photos", "planner", "rejectedSenders", "settings", "sites", "team", "threads", "transitiveMemberOf",
		"transitiveMembers"},
	Props: properties{
		{Name: "id", Eq: byDefault, Flags: readOnly},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly | sortsA},
		{Name: "classification"},
		{Name: "createdDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged | sortsA},
		{Name: "creationOptions", Kind: state.Texts, Flags: readOnly},
		{Name: "description", Eq: advanced, StartsWith: byDefault, Null: advanced, Flags: words, Max: 1024},
		{Name: "displayName", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: always | indexed | sorts | words, Max: 256},
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
		{Name: "proxyAddresses", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: readOnly | indexed | endsWith},
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
