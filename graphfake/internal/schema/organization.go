package schema

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

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
