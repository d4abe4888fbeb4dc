package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// hrProfile is what the columns of hrList mean.
const hrProfile = `{"kind":"rollcall profile","version":1,"match":[{"column":"E-Mail","attribute":"userPrincipalName"}],
"account":"Login","role":"Role","facts":{"status":"Status","owner":"Owner"}}`

const hrList = "Login,E-Mail,Role,Status,Owner\nADA1,ada@contoso.example,Clerk,active,olga@contoso.example\n" +
	"ADA2,ada@contoso.example,Clerk,locked,olga@contoso.example\nBOB1,bob@contoso.example,Auditor,active,HR\nZED1,zed@contoso.example,Clerk,active,\n"

// newCatalog has a catalog Apps with the custom data provided resource HR, and a review
// of it that takes data for a while.
func newCatalog(t *testing.T, upload time.Duration) company {
	t.Helper()
	c := companyOn(t, graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: -1, Phase: -1, Upload: upload}}),
		"ada", "bob", "olga")
	const entitlements = "/identityGovernance/entitlementManagement"
	catalog := c.post(entitlements+"/catalogs", `{"displayName":"Apps"}`)
	c.post(entitlements+"/resourceRequests", `{"requestType":"adminAdd","catalog":{"id":"`+catalog+`"},
		"resource":{"originSystem":"CustomDataProvidedResource","displayName":"HR","description":"The database"}}`)
	c.post("/identityGovernance/accessReviews/unified/definitions", `{"displayName":"Q4","descriptionForAdmins":"x","descriptionForReviewers":"x",
		"scope":{"@odata.type":"#microsoft.graph.principalResourceMembershipsScope",
		"principalScopes":[{"@odata.type":"#microsoft.graph.accessReviewPrincipalScope","scopeType":"allUsers"}],
		"resourceScopes":[{"@odata.type":"#microsoft.graph.accessReviewResourceScope","resourceId":"`+catalog+`","scopeType":"catalog"}]},
		"reviewers":[{"@odata.type":"#microsoft.graph.accessReviewReviewerScope","scopeType":"manager"}],
		"settings":{"instanceDurationInDays":5,"defaultDecision":"None","recurrence":{"range":{"type":"numbered","startDate":"1999-01-01"}}}}`)
	return c
}

// badRow can't be read.
const badRow = "BAD1,bad@contoso.example,Clerk,active,olga,more,than,there,is\n"

func hrFlags(t *testing.T, list string, more ...string) []string {
	return append([]string{"customdata", "-roster", file(t, "users.csv", list), "-profile", file(t, "hr.json", hrProfile)}, more...)
}

// The file names the accounts, what is known of them, and the owner who reviews.
func TestCustomData_IsWrittenWithOwnersAndFacts(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "olga")
	out := filepath.Join(t.TempDir(), "permissions.csv")
	got := c.govern(hrFlags(t, hrList, "-out", out)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, unwrapped(got.out), `The column Owner names 1 owner, the first "HR", who are no users`)
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	require.NoError(t, err)
	olga, _ := c.User("olga@contoso.example")
	ada, _ := c.User("ada@contoso.example")
	lines := make(map[string][]string)
	for _, record := range records[1:] {
		lines[record[0]+" "+record[3]] = record
	}
	require.Len(t, lines, 2, "one decision about each user and role")
	assert.Equal(t, []string{olga.ID, "", "Account: ADA1; Status: active; Account: ADA2; Status: locked"}, lines[ada.ID+" Clerk"][8:])
	got = c.govern(hrFlags(t, hrList, "-out", out, "-strict")...)
	assert.Equal(t, exitUnresolved, got.status, "zed's account is not reviewed")
	got = c.govern(hrFlags(t, hrList+badRow, "-out", out)...)
	assert.Equal(t, exitFailed, got.status, "a line was not read: %s", got.err)
	got = c.govern(hrFlags(t, hrList, "-out", out, "-catalog", "Apps")...)
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, "customdata needs -catalog, -resource and -review NAME, or -out FILE")
}

func TestCustomData_IsUploadedOnceAndFollowed(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, time.Hour)
	upload := hrFlags(t, hrList, "-catalog", "Apps", "-resource", "HR", "-review", "Q4", "-wait", "50ms")
	got := c.govern(upload...)
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "not allowed to upload 2 permissions of 2 users to HR for the review Q4, which can't be replaced")
	got = c.govern(append(upload, "-dry-run")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.NotContains(t, strings.Join(c.writes(), " "), "uploadSessions")
	got = c.govern(append(upload, "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, unwrapped(got.out), "Uploaded. The round still takes data; it begins within two hours. The same command goes on and looks.")
	writes := len(c.writes())
	got = c.govern(append(upload, "-json")...)
	require.Equal(t, exitDone, got.status, "nothing is left to ask about: %s", got.err)
	data := got.document(t)["customData"].(map[string]any)
	assert.Equal(t, map[string]any{"upload": "complete", "round": "Initializing", "decisions": 0.}, data["state"])
	assert.Len(t, c.writes(), writes, "what was uploaded can't be replaced")
	bad := hrFlags(t, hrList+badRow, "-catalog", "Apps", "-resource", "HR", "-review", "Q4", "-wait", "50ms")
	got = c.govern(bad...)
	assert.Equal(t, exitRefused, got.status, got.err)
	assert.Contains(t, got.err, "1 line of ")
	assert.Contains(t, got.err, "whoever is not in the file is not reviewed")
	got = c.govern(append(bad, "-override", "it is a heading")...)
	assert.Equal(t, exitFailed, got.status, "and is said in the end: %s", got.err)
	assert.Contains(t, got.err, "could not be read or looked up")
	got = c.govern(hrFlags(t, hrList, "-catalog", "Apps", "-resource", "hr2", "-review", "Q4")...)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, `custom data provided resource "hr2": not found`)
}

// A round that has begun takes nothing, and says whether all of the data is in it.
func TestCustomData_OfARoundThatHasBegun(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, time.Second)
	names := []string{"-catalog", "Apps", "-resource", "HR", "-review", "Q4"}
	got := c.govern(hrFlags(t, hrList, append(names, "-yes", "-wait", "6s")...)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "The round is Active, with 2 decisions to take.")
	more := hrList + "OLGA1,olga@contoso.example,Clerk,active,\n"
	got = c.govern(hrFlags(t, more, names...)...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "the round is Active and has 2 decisions, but the list has 3 permissions: the others are not reviewed")

	late := newCatalog(t, -1)
	got = late.govern(hrFlags(t, hrList, append(names, "-yes")...)...)
	assert.Equal(t, exitRefused, got.status, got.err)
	assert.Contains(t, got.err, "takes no data any more")
}

// Who owns a row decides about it: an owner who may be one of two is none, and who is
// known by a placeholder is nobody to look for.
func TestCustomData_AnOwnerWhoMayBeOneOfTwo(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "olga")
	c.AddUser(graphfake.User{UserPrincipalName: "otto@contoso.example", Mail: "olga@contoso.example"})
	out := filepath.Join(t.TempDir(), "permissions.csv")
	list := "Login,E-Mail,Role,Status,Owner\nADA1,ada@contoso.example,Clerk,active,olga@contoso.example\nBOB1,bob@contoso.example,Clerk,active,N/A\n"
	got := c.govern(hrFlags(t, list, "-out", out)...)
	require.Equal(t, exitDone, got.status, got.err)
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	for _, id := range []string{"olga@contoso.example", "otto@contoso.example"} {
		user, _ := c.User(id)
		assert.NotContains(t, string(text), user.ID, "%s may not be the owner", id)
	}
	assert.Contains(t, unwrapped(got.out), `The column Owner names 1 owner, the first "olga@contoso.example", who are no users, or may be several: such rows have no owner in the file.`)
}
