package main

import "github.com/rollcall-go/rollcall/graphfake"

// addDisabled adds users who cannot sign in.
func addDisabled(c company, names ...string) {
	for _, name := range names {
		c.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", Disabled: true})
	}
}

// registerDisabledRole registers CORPDB1 with a role that is disabled and one
// that is for applications.
func registerDisabledRole(c company) graphfake.ServicePrincipal {
	app := c.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: []graphfake.AppRole{
		{DisplayName: "General", Value: "General"}, {DisplayName: "Old", Value: "Old", Disabled: true},
		{DisplayName: "Import", Value: "Import", AllowedMemberTypes: []string{"Application"}}}})
	return c.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
}
