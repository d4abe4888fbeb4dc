package main

import (
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/graphfake"
)

// demoReviewer answers for the application.
const demoReviewer = "siobhan.haugen@" + demoDomain

// demoPeople is how many people work at the made-up company.
const demoPeople = 320

// connectToDemo makes the embedded tenant. It is the same one each time, ids
// included, so that a plan made on it fits it in the next command too.
func (s *session) connectToDemo(options *graph.Options) error {
	fake := newDemoTenant()
	options.Transport, options.Unpaced = fake.Transport(), true
	token := fake.AppToken("User.ReadWrite.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All",
		"AccessReview.ReadWrite.All", "GroupMember.Read.All", "LicenseAssignment.Read.All")
	if err := s.connectTo(embeddedName, graph.StaticToken(token), options); err != nil {
		return err
	}
	s.tenant.fake = fake
	s.tenant.embedded, s.tenant.interval, s.tenant.agree = true, 250*time.Millisecond, 5
	return nil
}

// newDemoTenant fills a fake Graph with the company. Like the real one it shows
// a write only after a while, here under a second.
func newDemoTenant() *graphfake.Server {
	fake := graphfake.New(&graphfake.Options{Seed: 1, Domains: []string{demoDomain}, Replication: &graphfake.Replication{
		Replicas: graphfake.EvenLags(2, demoLag), Copying: 500 * time.Millisecond},
		Governance: &graphfake.Governance{Phase: 100 * time.Millisecond}})
	staff := people(demoPeople)
	fake.AddUsers(func(yield func(graphfake.User) bool) {
		for i, p := range staff {
			if !yield(p.user(i)) {
				return
			}
		}
	})
	addOddities(fake)
	addLedger(fake, staff)
	fake.AddLicence(graphfake.Licence{PartNumber: "AAD_PREMIUM_P2", Enabled: 400, Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
	return fake
}

// Those of the staff whose accounts are not like the others.
var (
	leftTheCompany = map[int]bool{24: true, 68: true, 120: true}           // blocked from sign-in
	formerAddress  = map[int]string{109: "smtp:elena.okoye@" + demoDomain} // from before a marriage
)

// user is the person as the directory has them; i is their place on the staff.
func (p person) user(i int) graphfake.User {
	u := graphfake.User{UserPrincipalName: p.upn(), DisplayName: p.name(), GivenName: p.first, Surname: p.last,
		Mail: p.upn(), EmployeeID: p.number, Department: p.department, Disabled: leftTheCompany[i]}
	if address, ok := formerAddress[i]; ok {
		u.ProxyAddresses = []string{address}
	}
	return u
}

// addOddities adds what makes matching hard: two users with one employee number,
// a guest, and somebody who was deleted.
func addOddities(fake *graphfake.Server) {
	for _, login := range []string{"marie.wagner", "marie.wagner.2019"} {
		fake.AddUser(graphfake.User{UserPrincipalName: login + "@" + demoDomain, DisplayName: "Marie Wagner", EmployeeID: "E199001"})
	}
	fake.AddUser(graphfake.User{UserPrincipalName: "karl.lange_northwind.example#EXT#@" + demoDomain, MailNickname: "karl.lange_northwind.example",
		DisplayName: "Karl Lange", Mail: "karl.lange@northwind.example", UserType: "Guest"})
	deleted := "stefan.nowicki@" + demoDomain
	fake.AddUser(graphfake.User{UserPrincipalName: deleted, DisplayName: "Stefan Nowicki", Mail: deleted})
	fake.DeleteUser(deleted)
}

// addLedger registers an application that some are assigned to already, for
// trying the commands one by one: a role that is disabled and one for programs,
// users whom no roster lists, and a group.
func addLedger(fake *graphfake.Server, staff []person) {
	roles := []graphfake.AppRole{{DisplayName: "General", Value: "General"}, {DisplayName: "Approver", Value: "Approver"},
		{DisplayName: "Administrator", Value: "Administrator"}, {DisplayName: "Archive", Value: "Archive", Disabled: true},
		{DisplayName: "Import", Value: "Import", AllowedMemberTypes: []string{"Application"}}}
	app := fake.AddApplication(graphfake.Application{DisplayName: "Ledger", AppRoles: roles, Tags: []string{entra.IntegratedTag}})
	ledger := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	general := ledger.AppRoles[0].ID
	for i := 0; i < 100; i += 2 {
		user, _ := fake.User(staff[i].upn())
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: user.ID, ResourceID: ledger.ID, AppRoleID: general})
	}
	auditor, _ := fake.User(staff[200].upn())
	auditors := fake.AddGroup(graphfake.Group{DisplayName: "Auditors", Members: []string{auditor.ID}})
	fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: auditors.ID, ResourceID: ledger.ID, AppRoleID: general})
}
