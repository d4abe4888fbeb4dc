package schema

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

// The filter columns of both types are those of
// https://learn.microsoft.com/graph/aad-advanced-queries; every $orderby needs
// an advanced query.

var appRoleFields = properties{
	{Name: "allowedMemberTypes", Kind: state.Texts}, {Name: "description"}, {Name: "displayName"},
	{Name: "id", Kind: state.GUID, Eq: byDefault},
	{Name: "isEnabled", Kind: state.Bool}, {Name: "origin"}, {Name: "value", Max: 120},
}

var scopeFields = properties{
	{Name: "adminConsentDescription"}, {Name: "adminConsentDisplayName"}, {Name: "id", Kind: state.GUID},
	{Name: "isEnabled", Kind: state.Bool},
	{Name: "origin"}, {Name: "type"}, {Name: "userConsentDescription"}, {Name: "userConsentDisplayName"},
	{Name: "value", Max: 120},
}

// https://learn.microsoft.com/graph/api/resources/passwordcredential
var passwordFields = properties{
	{Name: "customKeyIdentifier"}, {Name: "displayName"}, {Name: "endDateTime", Kind: state.Time}, {Name: "hint"},
	{Name: "keyId", Kind: state.GUID}, {Name: "secretText"}, {Name: "startDateTime", Kind: state.Time},
}

// https://learn.microsoft.com/graph/api/resources/application
var Applications = state.Define(state.Type{
	Name: "application", Resource: "Application", Set: "applications",
	Props: properties{
		{Name: "id", Eq: byDefault, Flags: readOnly},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly | sortsA},
		{Name: "appId", Eq: byDefault, Flags: readOnly | indexed},
		{Name: "applicationTemplateId", Flags: readOnly},
		{Name: "authenticationBehaviors", Kind: state.Complex, Flags: onSelect},
		{Name: "disabledByMicrosoftStatus", Flags: readOnly},
		{Name: "createdDateTime", Kind: state.Time, Eq: byDefault, Flags: readOnly | ranged | sortsA},
		{Name: "displayName", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: always | indexed | sortsA | words,
			Max: 256},
		{Name: "description", Eq: advanced, StartsWith: advanced, Null: advanced, Flags: words, Max: 1024},
		{Name: "groupMembershipClaims"},
		{Name: "identifierUris", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: indexed},
		{Name: "isDeviceOnlyAuthSupported", Kind: state.Bool},
		{Name: "isDisabled", Kind: state.Bool},
		{Name: "isFallbackPublicClient", Kind: state.Bool},
		{Name: "nativeAuthenticationApisEnabled"},
		{Name: "notes", Eq: advanced, StartsWith: advanced, Null: advanced, Max: 1024},
		{Name: "publisherDomain", Eq: byDefault, StartsWith: byDefault, Flags: readOnly},
		{Name: "serviceManagementReference", Eq: advanced},
		{Name: "signInAudience", Eq: byDefault},
		{Name: "tags", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Max: 256},
		{Name: "tokenEncryptionKeyId", Kind: state.GUID},
		{Name: "samlMetadataUrl"},
		{Name: "defaultRedirectUri"},
		{Name: "certification", Kind: state.Complex, Flags: readOnly},
		{Name: "optionalClaims", Kind: state.Complex},
		{Name: "requestSignatureVerification", Kind: state.Complex},
		{Name: "servicePrincipalLockConfiguration", Kind: state.Complex},
		// Immutable and read-only by its page: https://learn.microsoft.com/graph/api/resources/application.
		// Filters by it were in the table of aad-advanced-queries and are no longer.
		{Name: "uniqueName", Flags: indexed | disputed},
		{Name: "addIns", Kind: state.Complexes},
		{Name: "api", Kind: state.Complex},
		{Name: "appRoles", Kind: state.Complexes, Fields: appRoleFields},
		{Name: "info", Kind: state.Complex},
		{Name: "keyCredentials", Kind: state.Complexes},
		{Name: "parentalControlSettings", Kind: state.Complex},
		{Name: "passwordCredentials", Kind: state.Complexes, Fields: passwordFields},
		{Name: "publicClient", Kind: state.Complex},
		{Name: "requiredResourceAccess", Kind: state.Complexes},
		{Name: "verifiedPublisher", Kind: state.Complex, Flags: readOnly},
		{Name: "web", Kind: state.Complex},
		{Name: "spa", Kind: state.Complex},
		{Name: "windows", Kind: state.Complex},
		{Name: "logo", Flags: onSelect | state.Stream},
	},
})

// https://learn.microsoft.com/graph/api/resources/serviceprincipal
var ServicePrincipals = state.Define(state.Type{
	Name: "servicePrincipal", Resource: "ServicePrincipal", Set: "servicePrincipals",
	Props: properties{
		{Name: "id", Eq: byDefault, Flags: readOnly},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly | sortsA},
		{Name: "accountEnabled", Kind: state.Bool, Eq: byDefault},
		{Name: "alternativeNames", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault},
		{Name: "appDescription", Flags: readOnly},
		{Name: "appDisplayName", Flags: readOnly},
		{Name: "appId", Eq: byDefault, Flags: indexed},
		{Name: "applicationTemplateId", Eq: advanced, Flags: readOnly},
		{Name: "appOwnerOrganizationId", Kind: state.GUID, Eq: advanced, Flags: readOnly},
		{Name: "appRoleAssignmentRequired", Kind: state.Bool, Eq: advanced},
		{Name: "createdDateTime", Kind: state.Time, Eq: advanced, Flags: readOnly | ranged | sortsA},
		{Name: "customSecurityAttributes", Kind: state.Complex, Flags: onSelect},
		{Name: "description", Eq: advanced, StartsWith: advanced, Null: advanced, Flags: words, Max: 1024},
		{Name: "disabledByMicrosoftStatus", Flags: readOnly},
		{Name: "displayName", Eq: byDefault, StartsWith: byDefault, Null: advanced, Flags: indexed | sortsA | words,
			Max: 256},
		{Name: "homepage", Eq: advanced, StartsWith: advanced, Null: advanced},
		{Name: "isDisabled", Kind: state.Bool},
		{Name: "loginUrl"},
		{Name: "logoutUrl"},
		{Name: "notes", Eq: advanced, StartsWith: advanced, Null: advanced, Max: 1024},
		{Name: "notificationEmailAddresses", Kind: state.Texts},
		{Name: "preferredSingleSignOnMode"},
		{Name: "preferredTokenSigningKeyThumbprint"},
		{Name: "publisherName", Eq: byDefault, StartsWith: byDefault, Flags: readOnly},
		{Name: "replyUrls", Kind: state.Texts},
		{Name: "samlMetadataUrl"},
		{Name: "servicePrincipalNames", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Flags: indexed},
		{Name: "servicePrincipalType", Eq: byDefault},
		{Name: "signInAudience", Flags: readOnly},
		{Name: "tags", Kind: state.Texts, Eq: byDefault, StartsWith: byDefault, Max: 256},
		{Name: "tokenEncryptionKeyId", Kind: state.GUID},
		{Name: "addIns", Kind: state.Complexes},
		{Name: "appRoles", Kind: state.Complexes, Fields: appRoleFields},
		{Name: "info", Kind: state.Complex, Flags: readOnly},
		{Name: "keyCredentials", Kind: state.Complexes},
		{Name: "oauth2PermissionScopes", Kind: state.Complexes, Fields: scopeFields},
		{Name: "passwordCredentials", Kind: state.Complexes, Fields: passwordFields},
		{Name: "resourceSpecificApplicationPermissions", Kind: state.Complexes, Flags: readOnly},
		{Name: "samlSingleSignOnSettings", Kind: state.Complex},
		{Name: "verifiedPublisher", Kind: state.Complex, Flags: readOnly},
		{Name: "appRoleAssignedTo", Kind: state.Complexes, Flags: virtual, Fields: properties{{Name: "id", Eq: byDefault}}},
		{Name: "appRoleAssignments", Kind: state.Complexes, Flags: virtual, Fields: properties{{Name: "id", Eq: byDefault}}},
	},
})

// Only principalDisplayName and resourceId can be filtered by, and the id, by which
// Terraform's azuread 2 reads every assignment:
// https://github.com/hashicorp/terraform-provider-azuread/blob/v2.53.1/internal/services/approleassignments/app_role_assignment_resource.go
// https://learn.microsoft.com/graph/api/resources/approleassignment
var Assignments = state.Define(state.Type{
	Name: "appRoleAssignment", Resource: "EntitlementGrant", Set: "appRoleAssignments",
	Props: properties{
		{Name: "id", Eq: byDefault, Flags: readOnly | exact},
		{Name: "deletedDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "appRoleId", Kind: state.GUID},
		{Name: "createdDateTime", Kind: state.Time, Flags: readOnly},
		{Name: "principalDisplayName", Eq: byDefault, StartsWith: byDefault, Flags: readOnly},
		{Name: "principalId", Kind: state.GUID, Flags: indexed},
		{Name: "principalType", Flags: readOnly},
		{Name: "resourceDisplayName", Flags: readOnly},
		{Name: "resourceId", Kind: state.GUID, Eq: byDefault, Flags: indexed},
	},
})
