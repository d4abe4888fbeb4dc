package main

import (
	"net/http"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// whole is a tenant of 20 whose application has 8 accounts, all with the role.
func whole(change func(*tenant)) tenant {
	t := tenant{Staff: 20, Holds: people(0, 8), Entitled: people(0, 8)}
	if change != nil {
		change(&t)
	}
	return t
}

// accidents of the export come first, then those of keys, of the directory and of size.
var accidents = []Accident{
	{
		Name:     "A 302 read as zero rows",
		Happened: "The source answered with a redirect; the aggregation saw no accounts and deleted them.",
		Source:   "https://developer.sailpoint.com/discuss/t/best-practice-to-prevent-delete-operations/200651",
		Tenant:   whole(nil),
		List:     "<!DOCTYPE html>\n<html><body>Sign in to continue</body></html>\n",
		Answer:   "refuses",
	},
	{
		Name:     "An empty answer read as everybody deleted",
		Happened: "An empty list of users came back; everybody was removed, and made again a run later.",
		Source:   "https://github.com/awslabs/ssosync/issues/194",
		Tenant:   whole(nil),
		List:     emails(),
		Answer:   "incomplete evidence",
	},
	{
		Name:     "An export that broke half way",
		Happened: "A read that broke was marked complete; 23,748 documents were deleted as missing.",
		Source:   "https://github.com/elastic/connectors/issues/2393",
		Tenant:   whole(nil),
		List:     emails(people(0, 3)...),
		Answer:   "remove 5 of 8",
	},
	{
		Name:     "A plus read as a space",
		Happened: "The cmdlet sends a + in a filter unescaped; another user is found, or nobody.",
		Source:   "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1339",
		Tenant: tenant{Users: []graphfake.User{
			{UserPrincipalName: "rd@contoso.example", DisplayName: "R+D lead"},
			{UserPrincipalName: "lead@contoso.example", DisplayName: "R D lead"},
		}, Entitled: []string{"rd@contoso.example"}},
		List: "Owner\nR+D lead\n", Rule: rule{"Owner", "displayName"},
		Loop:   1,
		Answer: "adds 1, removes 0",
	},
	{
		Name:     "NULL as a key",
		Happened: "A plate that read NULL got the fines of every car without a plate: thousands of dollars.",
		Source:   "https://www.wired.com/story/null-license-plate-landed-one-hacker-ticket-hell/",
		Tenant: tenant{Users: []graphfake.User{
			{UserPrincipalName: "bob@contoso.example", EmployeeID: "00418"},
			{UserPrincipalName: "tom@contoso.example", EmployeeID: "NULL"},
		}, Entitled: []string{"bob@contoso.example"}},
		List: "EmpID,Name\n00418,Bob\nNULL,svc-backup\nNULL,svc-batch\n", Rule: rule{"EmpID", "employeeId"},
		Loop:   1,
		Answer: "NULL",
	},
	{
		Name:     "accountEnabled null for everybody",
		Happened: "A production tenant answered accountEnabled: null for every user.",
		Source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Path: "/users", Effect: graphfake.NullProperty, Property: "accountEnabled", Times: -1}}
		}),
		List: emails(people(0, 8)...),
		Harm: "people called disabled who are not", Count: func(r result) int { return r.disabled },
		Loop:   8,
		Answer: "accountEnabled",
	},
	{
		Name:     "One person for every question",
		Happened: "A filter was ignored: every key got the first user of the list.",
		Source:   "https://github.com/kubernetes/kubernetes/issues/78824",
		Tenant: whole(func(t *tenant) {
			t.Holds, t.Wrap = nil, func(next http.RoundTripper) http.RoundTripper { return sameAnswer{next, person(19)} }
		}),
		List:   emails(people(0, 8)...),
		Loop:   1,
		Answer: "",
	},
	{
		Name:     "The whole company as the list",
		Happened: "Another query was exported: every employee was on the list of one application.",
		Source:   "https://developer.sailpoint.com/discuss/t/best-practice-to-prevent-delete-operations/200651",
		Tenant:   whole(nil),
		List:     emails(people(0, 20)...),
		Loop:     12,
		Limits:   limits{Additions: 10},
		Answer:   "add 12",
	},
	{
		Name:     "A super-admin treated like an account",
		Happened: "The synchronization took an administrator's account for one of its own.",
		Source:   "https://github.com/awslabs/ssosync/issues/286",
		Tenant:   whole(func(t *tenant) { t.Entitled = people(0, 7); t.Holds = people(0, 6) }),
		List:     emails(people(0, 8)...),
		Loop:     1,
		Limits:   limits{Exclude: []match.Exclusion{{Value: person(7), Owner: "ops", Reason: "super-admin"}}},
		Answer:   "adds 1, removes 0; Excluded",
	},
}

// sameAnswer asks about one user name whatever was asked.
type sameAnswer struct {
	next http.RoundTripper
	upn  string
}
