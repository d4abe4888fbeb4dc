package schema

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

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
