package main

import (
	"net/http"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

const assignedTo = "/servicePrincipals/{id}/appRoleAssignedTo"

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
		Unlisted: 8,
		Answer:   "refuses",
	},
	{
		Name:     "An empty answer read as everybody deleted",
		Happened: "An empty list of users came back; everybody was removed, and made again a run later.",
		Source:   "https://github.com/awslabs/ssosync/issues/194",
		Tenant:   whole(nil),
		List:     emails(),
		Unlisted: 8,
		Answer:   "incomplete evidence",
	},
	{
		Name:     "An export that broke half way",
		Happened: "A read that broke was marked complete; 23,748 documents were deleted as missing.",
		Source:   "https://github.com/elastic/connectors/issues/2393",
		Tenant:   whole(nil),
		List:     emails(people(0, 3)...),
		Unlisted: 5,
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
		List: "Owner\nR+D lead\n", Rule: rule{Column: "Owner", Attribute: "displayName"},
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
		List:   "EmpID,Name\n00418,Bob\nNULL,svc-backup\nNULL,svc-batch\n",
		Rule:   rule{Column: "EmpID", Attribute: "employeeId"},
		Loop:   1,
		Answer: "NULL",
	},
	{
		Name:     "An export cut at a limit",
		Happened: "A sheet full to its last row dropped 15,841 results, and nobody was told.",
		Source:   "https://www.bbc.com/news/technology-54423988",
		Tenant:   whole(nil),
		List:     "Email\n" + person(0) + "\n" + person(1) + "\nperson00",
		Unlisted: 6,
		Answer:   "refuses to remove",
	},
	{
		Name:     "A role that nobody declared",
		Happened: "An invalid value in the Role column was taken without a word.",
		Source:   "https://github.com/google/ggrc-core/pull/5035",
		Tenant:   whole(func(t *tenant) { t.Holds, t.Entitled = people(0, 1), people(0, 1) }),
		List:     "Email,Role\n" + person(0) + ",General\n" + person(1) + ",SuperHero\nEmail,Role\n",
		Rule:     rule{Role: "Role"},
		Loop:     1,
		Answer:   "SuperHero",
	},
	{
		Name:     "A column that moved",
		Happened: "The export had one column more than the import, which read another one as the role.",
		Source:   "https://github.com/JWManagement/JWManagement/issues/332",
		Tenant:   whole(func(t *tenant) { t.Holds, t.Entitled = nil, nil }),
		List:     "Email,Role\n" + person(0) + ",Reader of news\n" + person(1) + ",Sales\n" + person(2) + ",Sales\n",
		Rule:     rule{Role: "Role"},
		Loop:     3,
		Answer:   "the application has no such role",
	},
	{
		Name:     "Yesterday's list",
		Happened: "A cache answered: new users were not seen, and those who had gone still were.",
		Source:   "https://github.com/owncloud/user_ldap/issues/121",
		Tenant:   whole(nil),
		List:     emails(append(people(0, 5), person(9))...),
		Loop:     1,
		Unlisted: 3,
		Answer:   "remove 3 of 8",
	},
	{
		Name:     "A quote that swallows rows",
		Happened: "26,000 rows became 23,000 because a quote was never closed where it should.",
		Source:   "https://github.com/jschicht/Mft2Csv/pull/9",
		Tenant:   whole(func(t *tenant) { t.Holds, t.Entitled = people(0, 3), people(0, 3) }),
		List:     "id,Note,Email\n1,\"x," + person(0) + "\n2,14\"," + person(1) + "\n3,z," + person(2) + "\n",
		Unlisted: 1,
		Answer:   "Failed: this row, which is lines 2 to 3",
	},
	{
		Name:     "A list imported twice",
		Happened: "A file of users was imported twice: each person had two accounts.",
		Source:   "https://github.com/OpenSlides/OpenSlides/issues/2253",
		Tenant:   whole(nil),
		List:     emails(append(people(0, 8), people(0, 8)...)...),
		Answer:   "adds 0, removes 0: line 10 is Duplicate",
	},
	{
		Name:     "Keys that a spreadsheet changed",
		Happened: "A fifth of the papers with gene lists in Excel files had names turned into dates or numbers.",
		Source:   "https://doi.org/10.1186/s13059-016-1044-7",
		Tenant: tenant{Users: []graphfake.User{
			{UserPrincipalName: "john@contoso.example", EmployeeID: "00123"},
			{UserPrincipalName: "mary@contoso.example", EmployeeID: "0123"},
			{UserPrincipalName: "bill@contoso.example", EmployeeID: "123"},
		}, Entitled: []string{"john@contoso.example", "mary@contoso.example"}},
		List: "UserID,Name\n123,John Doe\n123,Mary Roe\n", Rule: rule{Column: "UserID", Attribute: "employeeId"},
		Loop:   1,
		Answer: "Ambiguous",
	},
	{
		Name:     "A namesake's account",
		Happened: "A correlation by hand or by rule took the wrong person, and could hardly be undone.",
		Source: "https://forums.saviynt.com/t5/identity-governance/" +
			"disconnected-application-incorrect-user-account-correlation/m-p/30172",
		Tenant: tenant{Users: []graphfake.User{
			{UserPrincipalName: "kim1@contoso.example", DisplayName: "Kim Lee"},
			{UserPrincipalName: "kim2@contoso.example", DisplayName: "Kim Lee"},
			{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada"},
		}, Holds: []string{"kim1@contoso.example"}, Entitled: []string{"kim1@contoso.example", "ada@contoso.example"}},
		List: "Owner\nKim Lee\nAda\n", Rule: rule{Column: "Owner", Attribute: "displayName"},
		Unlisted: 1,
		Answer:   "Ambiguous",
	},
	{
		Name:     "Names in another case",
		Happened: "A change of letter case made known users look new, again and again.",
		Source:   "https://github.com/adobe-apiplatform/user-sync.py/issues/471",
		Tenant:   whole(nil),
		List:     strings.ToUpper(emails(people(0, 8)...)), Rule: rule{Column: "EMAIL", Attribute: "userPrincipalName"},
		Answer: "adds 0, removes 0",
	},
	{
		Name:     "A leaver's account that still works",
		Happened: "A former employee's administrator account was still there, and was used to get in.",
		Source:   "https://www.cisa.gov/news-events/cybersecurity-advisories/aa24-046a",
		Tenant: whole(func(t *tenant) {
			t.Users = []graphfake.User{{UserPrincipalName: "leaver@contoso.example", Disabled: true}}
		}),
		List:   emails(append(people(0, 8), "leaver@contoso.example")...),
		Loop:   1,
		Answer: "adds 0, removes 0",
	},
	{
		Name:     "A time-out read as nothing",
		Happened: "After a time-out, records that belonged to others were deleted.",
		Source:   "https://github.com/kubernetes-sigs/external-dns/issues/3997",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Method: "GET", Path: assignedTo, Status: 504, Times: -1}}
		}),
		List: emails(people(0, 8)...),
		Harm: "calls that assign again who is assigned", Count: func(r result) int { return r.failed },
		Loop:   8,
		Answer: "refuses",
	},
	{
		Name:     "A throttled source read as empty",
		Happened: "The source refused because of too many requests; its records were taken for gone.",
		Source:   "https://github.com/kubernetes-sigs/external-dns/issues/3841",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Path: "/users", Status: 503, Times: -1}}
		}),
		List:     emails(people(0, 8)...),
		Unlisted: 8,
		Answer:   "Failed",
	},
	{
		Name:     "A replica that lags",
		Happened: "What was written a moment ago is missing from the next list.",
		Source:   "https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Method: "GET", Path: assignedTo, Effect: graphfake.HideObjects, Objects: 3}}
		}),
		List: emails(people(0, 8)...),
		Harm: "calls that assign again who is assigned", Count: func(r result) int { return r.failed },
		Loop:   3,
		Answer: "adds 0, removes 0",
	},
	{
		Name:     "An answer that was lost",
		Happened: "The role was assigned, the answer was lost, and the next attempt failed: it exists already.",
		Source:   "https://github.com/hashicorp/terraform-provider-azuread/pull/1896",
		Tenant: whole(func(t *tenant) {
			t.Holds = nil
			t.Faults = []graphfake.Fault{{Method: "POST", Path: assignedTo, Effect: graphfake.AnswerLost, Times: -1}}
		}),
		List: emails(people(0, 8)...),
		Harm: "calls called failed that were made", Count: func(r result) int { return r.failed },
		Loop:   8,
		Answer: "adds 8, removes 0",
	},
	{
		Name:     "A permission that blanks a property",
		Happened: "A 200 had null in every property that the token might not read.",
		Source:   "https://learn.microsoft.com/answers/questions/1825421",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Path: "/users", Effect: graphfake.NullProperty,
				Property: "userPrincipalName", Times: -1}}
		}),
		List:   emails(people(0, 8)...),
		Answer: "refuses",
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
		Name:     "Another user than the one who was meant",
		Happened: "A role for one user was given to another, who became an administrator.",
		Source:   "https://github.com/opengisch/QFieldCloud/issues/833",
		Tenant: whole(func(t *tenant) {
			t.Holds, t.Wrap = nil, func(next http.RoundTripper) http.RoundTripper { return sameAnswer{next, person(19)} }
		}),
		List:   emails(people(0, 8)...),
		Loop:   1,
		Answer: "not the one that was asked for",
	},
	{
		Name:     "A list much longer than meant",
		Happened: "An upload of 700 users made more than 20,000.",
		Source:   "https://github.com/osTicket/osTicket/issues/4821",
		Tenant:   whole(nil),
		List:     emails(people(0, 20)...),
		Loop:     12,
		Limits:   limits{Additions: 10},
		Answer:   "add 12",
	},
	{
		Name:     "A super-admin treated like an account",
		Happened: "The synchronization acted on users whom nobody had given it to own.",
		Source:   "https://github.com/awslabs/ssosync/issues/286",
		Tenant:   whole(func(t *tenant) { t.Entitled = people(0, 7); t.Holds = people(0, 6) }),
		List:     emails(people(0, 8)...),
		Loop:     1,
		Limits: limits{Exclude: []match.Exclusion{ // one who has no role, and one who has and keeps it
			{Value: person(7), Owner: "ops", Reason: "super-admin"}, {Value: person(0), Owner: "ops", Reason: "super-admin"},
		}},
		Answer: "adds 1, removes 0: line 2 is Excluded",
	},
	{
		Name:     "An administrator missing from the list",
		Happened: "Administrators whom no group maps were made normal users by every synchronization.",
		Source:   "https://github.com/adobe-apiplatform/user-sync.py/issues/648",
		Tenant:   whole(nil),
		List:     emails(people(1, 8)...),
		Limits:   limits{Protected: true},
		Unlisted: 1,
		Answer:   "adds 0, removes 0",
	},
	{
		Name:     "Another role taken for this one",
		Happened: "The comparison looks at people and not at roles: whoever has any role is passed over.",
		Source:   "https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users",
		Tenant: whole(func(t *tenant) {
			t.Holds, t.Add = nil, func(s *scene) { s.give(s.id(person(0)), readerID) }
		}),
		List: emails(people(0, 8)...),
		Harm: "left without the role, and not a word", Count: func(r result) int { return r.unserved },
		Limits: limits{AddOnly: true},
		Loop:   1,
		Answer: "adds 8",
	},
	{
		Name:     "A group with hidden members",
		Happened: "Groups with hidden membership are left out of a 200 without a word.",
		Source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/12552",
		Tenant: whole(func(t *tenant) {
			t.Entitled = people(0, 9)
			t.Add = func(s *scene) { s.give(s.hiddenGroup(person(8)), roleID) }
			t.Faults = []graphfake.Fault{{Path: "/groups/{id}/members", Effect: graphfake.HideObjects, Times: -1},
				{Path: "/groups/{id}/members/{rest...}", Effect: graphfake.HideObjects, Times: -1}}
		}),
		List: emails(people(0, 9)...), Rollcall: closing,
		Answer: "lists 0 accounts to close and 1 to look into; the members of Staff are hidden",
	},
	{
		Name:     "Everybody disabled, so everybody is to be closed",
		Happened: "accountEnabled was null for every user; read as false, each account is a leaver's.",
		Source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Effect: graphfake.NullProperty, Property: "accountEnabled", Times: -1}}
		}),
		List: emails(people(0, 8)...), Rollcall: closing,
		Harm: "people called disabled who are not", Count: func(r result) int { return r.disabled },
		Loop:   8,
		Answer: "refuses",
	},
	{
		Name:     "A replica that lags, so accounts are to be closed",
		Happened: "A list right after the run lacked assignments that had just been made.",
		Source:   "https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra",
		Tenant: whole(func(t *tenant) {
			t.Faults = []graphfake.Fault{{Method: "GET", Path: assignedTo,
				Effect: graphfake.HideObjects, Objects: 3, Times: -1}}
		}),
		List: emails(people(0, 8)...), Rollcall: closing,
		Harm: "calls that assign again who is assigned", Count: func(r result) int { return r.failed },
		Loop:   3,
		Answer: "lists 0 accounts",
	},
}
