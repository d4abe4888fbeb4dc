package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/graphfake"
)

// The embedded tenant: a made-up company whose people and applications are the
// same each time.
const (
	demoDomain   = "contoso.example" // .example is reserved for examples (RFC 2606)
	demoPeople   = 320               // who work at the company
	demoReviewer = "siobhan.haugen@" + demoDomain
	demoLag      = 800 * time.Millisecond // how far the tenant's replicas are behind
)

// newDemoTenant fills a fake Graph with the company. Like the real one it shows
// a write only after a while, here under a second.
func newDemoTenant() *graphfake.Server {
	fake := graphfake.New(&graphfake.Options{Seed: 1, Domains: []string{demoDomain}, Replication: &graphfake.Replication{
		Replicas: graphfake.EvenLags(2, demoLag), Copying: 500 * time.Millisecond},
		Governance: &graphfake.Governance{Phase: 100 * time.Millisecond, Delivery: 100 * time.Millisecond}})
	staff := people(demoPeople)
	fake.AddUsers(func(yield func(graphfake.User) bool) {
		for i, p := range staff {
			if !yield(p.user(i)) {
				return
			}
		}
	})
	addOddities(fake)
	ledger := addLedger(fake, staff)
	fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Ledger users", ResourceID: ledger.ID,
		AppRoleIDs: []string{ledger.AppRoles[1].ID}})
	fake.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", Enabled: 400,
		Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
	return fake
}

// addOddities adds what makes matching hard: two users with one employee number,
// a guest, and somebody who was deleted.
func addOddities(fake *graphfake.Server) {
	for _, login := range []string{"marie.wagner", "marie.wagner.2019"} {
		fake.AddUser(graphfake.User{UserPrincipalName: login + "@" + demoDomain, DisplayName: "Marie Wagner",
			EmployeeID: "E199001"})
	}
	fake.AddUser(graphfake.User{UserPrincipalName: "karl.lange_northwind.example#EXT#@" + demoDomain,
		MailNickname: "karl.lange_northwind.example", DisplayName: "Karl Lange", Mail: "karl.lange@northwind.example",
		UserType: "Guest"})
	deleted := "stefan.nowicki@" + demoDomain
	fake.AddUser(graphfake.User{UserPrincipalName: deleted, DisplayName: "Stefan Nowicki", Mail: deleted})
	fake.DeleteUser(deleted)
}

// addLedger registers an application that some are assigned to already, for
// trying the commands one by one: a role that is disabled and one for programs,
// users whom no roster lists, and a group. It returns its service principal.
func addLedger(fake *graphfake.Server, staff []person) graphfake.ServicePrincipal {
	roles := []graphfake.AppRole{{DisplayName: "General", Value: "General"}, {DisplayName: "Approver", Value: "Approver"},
		{DisplayName: "Administrator", Value: "Administrator"}, {DisplayName: "Archive", Value: "Archive", Disabled: true},
		{DisplayName: "Import", Value: "Import", AllowedMemberTypes: []string{"Application"}}}
	app := fake.AddApplication(graphfake.Application{DisplayName: "Ledger", AppRoles: roles,
		Tags: []string{entra.IntegratedTag}})
	ledger := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	general := ledger.AppRoles[0].ID
	for i := 0; i < 100; i += 2 {
		user, _ := fake.User(staff[i].upn())
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: user.ID, ResourceID: ledger.ID, AppRoleID: general})
	}
	auditor, _ := fake.User(staff[200].upn())
	auditors := fake.AddGroup(graphfake.Group{DisplayName: "Auditors", Members: []string{auditor.ID}})
	fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: auditors.ID, ResourceID: ledger.ID, AppRoleID: general})
	return ledger
}

// A person is somebody in the made-up company.
type person struct {
	first, last string
	login       string // before the @
	number      string // employee number
	department  string
}

func (p person) name() string { return p.first + " " + p.last }
func (p person) upn() string  { return p.login + "@" + demoDomain }

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

// people returns n people, the same ones for every call. Names repeat in large
// companies; logins and employee numbers do not.
func people(n int) []person {
	all := make([]person, n)
	taken := make(map[string]int, n)
	for i := range all {
		first := firstNames[i%len(firstNames)]
		last := lastNames[(i*5+i/len(firstNames))%len(lastNames)]
		login := asLogin(first) + "." + asLogin(last)
		if taken[login]++; taken[login] > 1 {
			login = fmt.Sprintf("%s%d", login, taken[login])
		}
		all[i] = person{first, last, login, fmt.Sprintf("E%06d", 100000+i*7), departments[i/3%len(departments)]}
	}
	return all
}

// asLogin writes a name with the letters that a user principal name may have.
func asLogin(name string) string { return plainLetters.Replace(strings.ToLower(name)) }

var plainLetters = strings.NewReplacer("å", "a", "ä", "ae", "ö", "oe", "ü", "ue", "ø", "o", "é", "e", "è", "e", "ñ",
	"n", "ç", "c", "ł", "l", "š", "s", "ž", "z", "í", "i", "á", "a", "ó", "o", "ã", "a", "'", "", " ", "")

var firstNames = []string{
	"Amara", "Lars", "Priya", "Mateo", "Ingrid", "Kwame", "Sofia", "Hiroshi", "Fatima", "Liam",
	"Zofia", "Diego", "Aisha", "Jonas", "Mei", "Oluwaseun", "Clara", "Rajesh", "Åsa", "Tomás",
	"Yuki", "Hannah", "Omar", "Elena", "Patrick", "Nadia", "Wei", "Camille", "Björn", "Leila",
	"Samuel", "Anneliese", "Ravi", "Gabriela", "Stefan", "Thandiwe", "Noah", "Katarzyna", "Ibrahim", "Marie",
	"Joseph", "Siobhán", "Andrei",
}

var lastNames = []string{
	"Okafor", "Lindqvist", "Raman", "García", "Haugen", "Mensah", "Rossi", "Tanaka", "Haddad", "O'Brien",
	"Kowalska", "Fernández", "Rahman", "Weber", "Chen", "Adeyemi", "Dubois", "Iyer", "Öberg", "Silva",
	"Nakamura", "Schmidt", "Farouk", "Petrova", "Murphy", "Benali", "Zhang", "Laurent", "Sørensen", "Karimi",
	"Johnson", "Müller", "Patel", "Souza", "Ionescu", "Dlamini", "Williams", "Nowak", "Yilmaz", "Lefèvre",
	"Martin", "Kelly", "Popescu", "van Dijk", "Novák", "Costa", "Brown", "Peña", "Svensson", "Ali",
	"Kaya", "Wagner", "Nguyen", "Doyle", "Moreau", "Kim", "Jensen", "Gupta", "Fischer", "Moyo", "Evans",
}

var departments = []string{
	"Finance", "Procurement", "Logistics", "Human Resources", "IT", "Legal", "Production", "Sales", "Quality",
}
