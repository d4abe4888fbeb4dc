package schema

import (
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Users describes the user resource. Filters:
// https://learn.microsoft.com/graph/aad-advanced-queries (user properties);
// lengths: https://learn.microsoft.com/graph/api/resources/user, those of
// department and jobTitle believed. The table lists no "in" for id and employeeId,
// the user's page does, so it is taken; a Fault with Query "employeeId in" and Status
// 400 refuses it. The first eleven are the default set.
var Users = state.Define(state.Type{
	Name: "user", Resource: "User", Set: "users", Order: "userPrincipalName", Open: extensionProperty,
	Props: properties{
		{Name: "businessPhones", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: brief},
		{Name: "displayName", Eq: byDefault, StartsWith: byDefault, Null: advanced,
			Flags: always | brief | indexed | sorts | words, Max: 256},
		{Name: "givenName", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: brief | indexed, Max: 64},
		{Name: "jobTitle", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: brief, Max: 128},
		{Name: "mail", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: brief | indexed | endsWith},
		{Name: "mobilePhone", Eq: advanced, StartsWith: advanced, Null: advanced, Flags: brief, Max: 64},
		{Name: "officeLocation", Eq: advanced, StartsWith: advanced, Null: advanced, Flags: brief, Max: 128},
		{Name: "preferredLanguage", Eq: advanced, StartsWith: advanced, Null: advanced, Flags: brief},
		{Name: "surname", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: brief | indexed, Max: 64},
		{Name: "userPrincipalName", Eq: byDefault, StartsWith: byDefault, Flags: always | brief | indexed | sorts | endsWith,
			Max: 113},
		{Name: "id", Eq: byDefault, Flags: brief | readOnly}, // not in the published table; clients filter by it

		{Name: "accountEnabled", Kind: state.Bool, Eq: byDefault},
		{Name: "ageGroup", Eq: byDefault},
		{Name: "assignedLicenses", Kind: state.Complexes, Flags: readOnly, Fields: properties{
			{Name: "disabledPlans", Kind: state.GUIDs}, {Name: "skuId", Kind: state.GUID, Eq: byDefault}}},
		{Name: "assignedPlans", Kind: state.Complexes, Flags: readOnly, Fields: properties{
			{Name: "assignedDateTime", Kind: state.Time}, {Name: "capabilityStatus"}, {Name: "service"},
			{Name: "servicePlanId", Kind: state.GUID, Eq: byDefault}}},
		{Name: "authorizationInfo", Kind: state.Complex, Fields: properties{{Name: "certificateUserIds", Kind: state.Texts}}},
		{Name: "city", Eq: byDefault, StartsWith: byDefault, Null: advanced, Max: 128},
		{Name: "companyName", Eq: advanced, StartsWith: advanced, Null: advanced, Max: 64},
		{Name: "consentProvidedForMinor", Eq: byDefault},
		{Name: "country", Eq: byDefault, StartsWith: byDefault, Null: advanced, Max: 128},
		{Name: "createdDateTime", Kind: state.Time, Eq: byDefault, Null: advanced, Flags: readOnly | ranged | sortsA},
		{Name: "creationType", Eq: byDefault, Flags: readOnly},
		{Name: "customSecurityAttributes", Kind: state.Complex, Flags: onSelect},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly | sortsA},
		{Name: "department", Eq: byDefault, StartsWith: byDefault, Null: advanced, Max: 64},
		{Name: "employeeHireDate", Kind: state.Time, Eq: advanced, Flags: ranged},
		{Name: "employeeId", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: indexed, Max: 16},
		{Name: "employeeLeaveDateTime", Kind: state.Time},
		{Name: "employeeOrgData", Kind: state.Complex, Fields: properties{
			{Name: "costCenter", Eq: advanced}, {Name: "division", Eq: advanced}}},
		{Name: "employeeType", Eq: advanced},
		{Name: "externalUserState", Eq: byDefault},
		{Name: "externalUserStateChangeDateTime", Kind: state.Time},
		{Name: "faxNumber"},
		{Name: "identities", Kind: state.Complexes, Null: byDefault, Flags: derived, Fields: properties{
			{Name: "signInType"}, {Name: "issuer", Eq: byDefault}, {Name: "issuerAssignedId", Eq: byDefault}}},
		{Name: "imAddresses", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: readOnly},
		{Name: "isManagementRestricted", Kind: state.Bool, Flags: readOnly},
		{Name: "isResourceAccount", Kind: state.Bool},
		{Name: "lastPasswordChangeDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "legalAgeGroupClassification", Flags: readOnly},
		{Name: "licenseAssignmentStates", Kind: state.Complexes, Flags: readOnly},
		{Name: "mailNickname", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: indexed, Max: 64},
		{Name: "onPremisesDistinguishedName", Flags: readOnly},
		{Name: "onPremisesDomainName", Flags: readOnly},
		{Name: "onPremisesExtensionAttributes", Kind: state.Complex, Fields: extensionAttributes()},
		{Name: "onPremisesImmutableId", Eq: advanced, Flags: indexed | exact},
		{Name: "onPremisesLastSyncDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged},
		{Name: "onPremisesProvisioningErrors", Kind: state.Complexes, Flags: readOnly},
		{Name: "onPremisesSamAccountName", Eq: advanced, StartsWith: advanced, Flags: readOnly | indexed},
		{Name: "onPremisesSecurityIdentifier", Eq: byDefault, Null: advanced, Flags: readOnly},
		{Name: "onPremisesSyncEnabled", Kind: state.Bool, Eq: byDefault, Null: advanced, Flags: readOnly},
		{Name: "onPremisesUserPrincipalName", Flags: readOnly},
		{Name: "otherMails", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: indexed | endsWith},
		{Name: "passwordPolicies", Null: advanced},
		{Name: "passwordProfile", Kind: state.Complex, Fields: properties{
			{Name: "forceChangePasswordNextSignIn", Kind: state.Bool},
			{Name: "forceChangePasswordNextSignInWithMfa", Kind: state.Bool}, {Name: "password"}}},
		{Name: "postalCode", Eq: advanced, StartsWith: advanced, Null: advanced, Max: 40},
		{Name: "preferredDataLocation"},
		{Name: "provisionedPlans", Kind: state.Complexes, Flags: readOnly},
		{Name: "proxyAddresses", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault,
			Flags: readOnly | indexed | endsWith},
		{Name: "refreshTokensValidFromDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "securityIdentifier", Flags: readOnly},
		{Name: "serviceProvisioningErrors", Kind: state.Complexes, Flags: readOnly},
		{Name: "showInAddressList", Kind: state.Bool},
		{Name: "signInActivity", Kind: state.Complex, Flags: readOnly, Fields: properties{
			{Name: "lastSignInDateTime", Kind: state.Time, Eq: byDefault, Flags: ranged}, {Name: "lastSignInRequestId"},
			{Name: "lastNonInteractiveSignInDateTime", Kind: state.Time, Eq: byDefault, Flags: ranged},
			{Name: "lastNonInteractiveSignInRequestId"},
			{Name: "lastSuccessfulSignInDateTime", Kind: state.Time, Eq: byDefault, Flags: ranged},
			{Name: "lastSuccessfulSignInRequestId"}}},
		{Name: "signInSessionsValidFromDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "state", Eq: byDefault, Null: advanced, Max: 128},
		{Name: "streetAddress", Eq: advanced, StartsWith: advanced, Null: advanced, Max: 1024},
		{Name: "usageLocation", Eq: byDefault, StartsWith: byDefault, Null: advanced},
		{Name: "userType", Eq: byDefault, Null: advanced},

		{Name: "appRoleAssignments", Kind: state.Complexes, Flags: virtual, Fields: properties{{Name: "id", Eq: byDefault}}},
		{Name: "manager", Kind: state.Complex, Flags: virtual, Fields: properties{{Name: "id"}}},

		{Name: "aboutMe", Flags: outside}, {Name: "birthday", Kind: state.Time, Flags: outside},
		{Name: "hireDate", Kind: state.Time, Flags: outside},
		{Name: "interests", Kind: state.Texts, Flags: outside},
		{Name: "mailboxSettings", Kind: state.Complex, Flags: outside},
		{Name: "mySite", Flags: outside}, {Name: "pastProjects", Kind: state.Texts, Flags: outside},
		{Name: "preferredName", Flags: outside},
		{Name: "responsibilities", Kind: state.Texts, Flags: outside}, {Name: "schools", Kind: state.Texts, Flags: outside},
		{Name: "skills", Kind: state.Texts, Flags: outside}, {Name: "deviceEnrollmentLimit", Kind: state.Int, Flags: outside},
		{Name: "print", Kind: state.Complex, Flags: outside},
	},
})

// extensionProperty knows the directory extension properties that applications
// of the tenant may define: extension_, the appId without dashes, and a name.
// That one was registered is not checked.
// https://learn.microsoft.com/graph/extensibility-overview#directory-microsoft-entra-id-extensions
func extensionProperty(name string) (state.Property, bool) {
	prefix, rest, ok := strings.Cut(name, "_")
	app, local, ok2 := strings.Cut(rest, "_")
	if !ok || !ok2 || !strings.EqualFold(prefix, "extension") || len(app) != 32 || local == "" ||
		strings.Trim(strings.ToLower(app), "0123456789abcdef") != "" {
		return state.Property{}, false
	}
	return property{Eq: byDefault, StartsWith: advanced, Null: advanced}, true
}

func extensionAttributes() properties {
	names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}
	list := make(properties, len(names))
	for i, n := range names {
		list[i] = property{Name: "extensionAttribute" + n, Eq: advanced, StartsWith: advanced, Null: advanced, Max: 1024}
	}
	return list
}
