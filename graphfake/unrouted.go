package graphfake

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// unrouted answers a request that no route fits: what the service has and the
// fake does not fails the test; what the service does not have either is
// answered as the service answers it.
func (rq *request) unrouted() (response, *graphError) {
	if rq.s.routes.otherMethod(rq) {
		return response{}, wrongMethod()
	}
	if s := rq.unknownSegment(); s != "" {
		return response{}, malformed("Resource not found for the segment '%s'.", s)
	}
	rq.s.errorf("graphfake: %s %s is not modelled", rq.method, rq.path)
	return response{}, refuse(http.StatusNotImplemented, "NotImplemented", "graphfake does not model %s %s.", rq.method, rq.path)
}

// unknownSegment returns the segment after an object of a modelled type that
// is neither one of its properties nor one of its actions.
func (rq *request) unknownSegment() string {
	path := splitPath(rq.path)
	for _, t := range directoryTypes() {
		if len(path) >= 3 && path[0].is(t.Set) && !known(t, path[2]) {
			return path[2].value
		}
	}
	return ""
}

func known(t *state.Type, segment key) bool {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(segment.value, "()")), "microsoft.graph.")
	return t.Prop(name) != nil || strings.HasPrefix(name, "$") || segment.property != "" ||
		slices.ContainsFunc(slices.Concat(t.Navs, actions()), func(n string) bool { return strings.EqualFold(n, name) })
}

// actions are the actions and functions of v1.0 on users, groups,
// applications and service principals.
// https://learn.microsoft.com/graph/api/overview
func actions() []string {
	return []string{
		"addFavorite", "addGroup", "addKey", "addPassword", "addTokenSigningCertificate", "assignLicense", "changePassword",
		"checkGrantedPermissionsForApp", "checkMemberGroups", "checkMemberObjects", "createPasswordSingleSignOnCredentials", "delta",
		"deletePasswordSingleSignOnCredentials", "exportDeviceAndAppManagementData", "exportPersonalData", "findMeetingTimes",
		"getMailTips", "getManagedAppDiagnosticStatuses", "getManagedAppPolicies", "getManagedDevicesWithAppFailures",
		"getMemberGroups", "getMemberObjects", "getPasswordSingleSignOnCredentials", "isManagedAppUserBlocked", "reminderView",
		"removeAllDevicesFromManagement", "removeFavorite", "removeGroup", "removeKey", "removePassword", "renew",
		"reprocessLicenseAssignment", "resetUnseenCount", "restore", "retryServiceProvisioning", "revokeSignInSessions", "sendMail",
		"setVerifiedPublisher", "subscribeByMail", "translateExchangeIds", "unsetVerifiedPublisher", "unsubscribeByMail",
		"updatePasswordSingleSignOnCredentials", "validateProperties", "wipeManagedAppRegistrationsByDeviceTag",
	}
}
