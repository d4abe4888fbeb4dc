package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// A packaged company has the package "CORPDB1 users", with a policy for users of the
// directory and one for people outside, and the users ada, bob and cy.
type packaged struct {
	company
	app  graphfake.ServicePrincipal
	pack graphfake.AccessPackage
}

func newPackaged(t *testing.T, delivery time.Duration) packaged {
	t.Helper()
	c := companyOn(t, graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: delivery}}), "ada", "bob", "cy")
	p := packaged{company: c, app: c.application("CORPDB1", "General")}
	p.pack = c.AddAccessPackage(graphfake.AccessPackage{DisplayName: "CORPDB1 users", ResourceID: p.app.ID,
		AppRoleIDs: []string{p.app.AppRoles[0].ID}})
	body := fmt.Sprintf(`{"displayName":"Outside","allowedTargetScope":"allExternalUsers","accessPackage":{"id":%q}}`, p.pack.ID)
	c.post("/identityGovernance/entitlementManagement/assignmentPolicies", body)
	return p
}

func (p packaged) assign(roster string, more ...string) result {
	return p.govern(append([]string{"package", "-roster", roster, "-match", "Email=userPrincipalName", "-package", "CORPDB1 users"}, more...)...)
}

// unwrapped is output without its lines.
func unwrapped(out string) string { return strings.Join(strings.Fields(out), " ") }

func TestPackage_AssignsTheRowsUsersOnce(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, -1)
	list := rows(t, row("ada", ""), row("bob", ""), row("zed", ""))
	got := p.assign(list, "-dry-run")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, unwrapped(got.out), "would request the access package CORPDB1 users for 2 users; nothing is written.")
	got = p.assign(list)
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "not allowed to request the access package CORPDB1 users for 2 users in 127.0.0.1")
	got = p.assign(list, "-strict", "-yes")
	assert.Equal(t, exitUnresolved, got.status, "nobody was found for zed")
	got = p.assign(list, "-yes", "-max-additions", "1")
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "only for 1 may")
	assert.Empty(t, p.AccessRequests())

	got = p.assign(list, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, p.assigned("CORPDB1"))
	got = p.assign(list, "-json")
	require.Equal(t, exitDone, got.status, "nothing is left to ask about: %s", got.err)
	report := got.document(t)["accessPackage"].(map[string]any)
	require.Len(t, report["results"], 2)
	assert.Equal(t, "held", report["results"].([]any)[0].(map[string]any)["state"])
	assert.Len(t, p.AccessRequests(), 2)
}

// Whoever works for a partner is in no directory here: they are invited by the address of
// their row, and whose address is a colleague's with a typing error is not.
func TestPackage_InvitesPeopleOutside(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, -1)
	list := rows(t, row("ada", ""), "Zoe,zoe@northwind.example,zoe,,", "Bob,bobb@contoso.example,bob,,", "Nobody,,,,")
	got := p.assign(list, "-external", "Emial")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "did you mean Email?", "before anything is asked")
	got = p.assign(list, "-external", "Email", "-dry-run")
	assert.Equal(t, exitFailed, got.status, "bobb can't be")
	assert.Contains(t, unwrapped(got.out), "request the access package CORPDB1 users for 2 users, and invite 1 of them into the directory")
	assert.Contains(t, got.out, "contoso.example is a domain of this tenant")
	got = p.assign(list, "-external", "Email", "-yes", "-strict")
	assert.Equal(t, exitUnresolved, got.status, "the row without an address has nobody")

	got = p.assign(list, "-external", "Email", "-yes")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "1 of 3 did not get the access package CORPDB1 users")
	assert.Len(t, p.AccessRequests(), 2)
	zoe, there := p.User("zoe_northwind.example#EXT#@contoso.onmicrosoft.com")
	require.True(t, there)
	assert.Contains(t, strings.Join(p.assigned("CORPDB1"), " "), "zoe_northwind.example#EXT#: General")
	assert.Equal(t, "zoe@northwind.example", zoe.Mail)
	got = p.assign(rows(t, "Zoe,zoe@northwind.example,zoe,,"), "-external", "Email")
	require.Equal(t, exitDone, got.status, "she has it: %s", got.err)
}

// A colleague whose address is of the domain from before the merger would become a guest
// beside their user.
func TestPackage_InvitesNobodyWhoMayBeThere(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, -1)
	p.AddUser(graphfake.User{UserPrincipalName: "jonas.brien@contoso.example", Mail: "jonas.brien@contoso.example", DisplayName: "Jonas Brien"})
	list := rows(t, "Jonas Brien,jonas.brien@contoso-ltd.example,jonas.brien,,")
	got := p.assign(list, "-external", "Email", "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, unwrapped(got.out), "1 row is not invited: somebody in the directory may be meant.")
	assert.Empty(t, p.AccessRequests())
	decisions := file(t, "decisions.csv", "application,account,decision,user,kind,owner,until,by,why\n"+
		"CORPDB1,jonas.brien,create,,,,2999-01-01,olga,another Jonas\n")
	got = p.assign(list, "-external", "Email", "-decisions", decisions, "-app", "CORPDB1", "-account", "Alias", "-yes")
	require.Equal(t, exitDone, got.status, got.err+got.out)
	assert.Len(t, p.AccessRequests(), 1)
}

// A decision that an account is closed is one that nobody is invited for it.
func TestPackage_FollowsDecisions(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, -1)
	list := rows(t, "Zoe,zoe@northwind.example,zoe,,", "Max,max@northwind.example,max,,")
	decisions := file(t, "decisions.csv", "application,account,decision,user,kind,owner,until,by,why\n"+
		"CORPDB1,zoe,create,,,,2999-01-01,olga,a partner\nCORPDB1,max,later,,,,2999-01-01,olga,ask\n")
	got := p.assign(list, "-external", "Email", "-decisions", decisions, "-app", "CORPDB1", "-account", "Alias", "-yes")
	require.Equal(t, exitDone, got.status, got.err+got.out)
	require.Len(t, p.AccessRequests(), 1)
	assert.Equal(t, "zoe@northwind.example", p.AccessRequests()[0].Email)
}

// Deliveries take minutes. The same command goes on, and asks for nothing twice.
func TestPackage_GoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, 500*time.Millisecond)
	list := rows(t, row("ada", ""), row("bob", ""))
	got := p.assign(list, "-yes", "-wait", "20ms")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "is not delivered to 2 of 2 yet; the same command goes on")
	got = p.assign(list, "-wait", "4s")
	require.Equal(t, exitDone, got.status, "nothing is to be asked about: %s", got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, p.assigned("CORPDB1"))
	assert.Len(t, p.AccessRequests(), 2)
}

func TestPackage_OnTheDemoTenant(t *testing.T) {
	t.Parallel()
	got := govern(t, nil, "package", "-roster", "testdata/roster.csv", "-match", "Email=userPrincipalName", "-package", "Ledger users")
	assert.Equal(t, exitFailed, got.status, "a row of it cannot be read: %s", got.err)
	assert.Contains(t, got.out, "got it")
	got = govern(t, nil, "package", "-roster", "testdata/roster.csv", "-match", "Email=userPrincipalName", "-package", "Ledger")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, `access package "Ledger": not found`)
}

// What stands for no value is no address, and a package without a policy for them says so.
func TestPackage_PlaceholdersAreNoAddresses(t *testing.T) {
	t.Parallel()
	p := newPackaged(t, -1)
	got := p.assign(rows(t, row("ada", ""), "Zoe,zoe@northwind.example,zoe,,N/A", "Zed,zed@northwind.example,zed,,-"), "-external", "Role", "-dry-run")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, unwrapped(got.out), "would request the access package CORPDB1 users for 1 user; nothing is written.")

	p.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Inside", ResourceID: p.app.ID, AppRoleIDs: []string{p.app.AppRoles[0].ID}})
	got = p.govern("package", "-roster", rows(t, "Zoe,zoe@northwind.example,zoe,,"), "-match", "Email=userPrincipalName", "-package", "Inside", "-external", "Email")
	assert.Equal(t, exitStopped, got.status)
	assert.NotContains(t, got.err, `policy ""`)
	assert.Contains(t, got.err, `the access package "Inside" has no policy for that: add one for users who are not in the directory`)
}
