package main

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// unpublished stands for accidents that administrators speak of and no tracker has.
const unpublished = "no public report: seen in lists as owners send them"

func listAccidents() []accident {
	all := export(people...)
	_, rows, _ := strings.Cut(all, "\n")
	only := func(names ...string) func(*world) { return func(w *world) { w.rightful = names } }
	return []accident{
		{name: "A quote swallows rows",
			happened: "A stray quote closed in a later row; the first row took the later row's address, and the rows between were gone.",
			source:   unpublished,
			list:     "ID,Note,Email\n1,\"x,ada@contoso.example\n2,14\",bob@contoso.example\n3,z,cy@contoso.example\n",
			holding:  true, removes: true, happen: only("ada", "bob", "cy")},
		{name: "NULL is somebody",
			happened: "Service accounts had NULL as employee id, and so had a test user, who got everything that they had.",
			source:   unpublished,
			list:     "EmpID,Name\n418,ada\nNULL,svc-backup\nNULL,svc-batch\n", key: "EmpID=employeeId",
			happen: func(w *world) {
				w.rightful = []string{"ada"}
				w.fake.AddUser(graphfake.User{UserPrincipalName: "test@contoso.example", EmployeeID: "NULL"})
			}},
		{name: "The wrong column",
			happened: "The column of the managers' addresses was matched: the managers got the role of all their people.",
			source:   "https://forums.saviynt.com/t5/identity-governance/disconnected-application-incorrect-user-account-correlation/m-p/30172",
			list: "Login,Name,Manager\nADA,ada,ida@contoso.example\nBOB,bob,ida@contoso.example\nCY,cy,ida@contoso.example\n" +
				"DEE,dee,jon@contoso.example\nEVE,eve,jon@contoso.example\n",
			key: "Manager=userPrincipalName", happen: only("ada", "bob", "cy", "dee", "eve")},
		{name: "An export cut in the middle",
			happened: "The export ended after three rows, as the disk was full; the others were taken for leavers.",
			source:   "https://github.com/elastic/connectors/issues/2393",
			list:     export("ada", "bob", "cy"), holding: true, removes: true},
		{name: "An empty export",
			happened: "The query behind the export failed; what was left was the heading.",
			source:   "https://github.com/awslabs/ssosync/issues/194",
			list:     "Login,Name,Email\n", holding: true, removes: true},
		{name: "Another application's export",
			happened: "The file of another application lay under the name; nobody on it was known.",
			source:   unpublished,
			list:     strings.ReplaceAll(all, "@contoso", "@fabrikam"), holding: true, removes: true},
		{name: "A super-admin on both lists",
			happened: "The break-glass account was excluded from matching, and so was on no list, and lost its role.",
			source:   "https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access",
			holding:  true, removes: true,
			exclusions: []match.Exclusion{{Value: "jon@contoso.example", Reason: "break-glass"}}},
		{name: "A doubled export",
			happened: "The job ran twice and appended.",
			source:   unpublished,
			list:     all + rows, holding: true, removes: true, harmless: true},
		{name: "A plus in an address",
			happened: "The filter went out without an escape, the + arrived as a space, and nobody was found.",
			source:   "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1339",
			list:     export(slices.Concat(people, []string{"cy+db"})...), key: "Email=mail", holding: true, removes: true,
			before: func(w *world) {
				user := w.fake.AddUser(graphfake.User{UserPrincipalName: "cydb@contoso.example", Mail: "cy+db@contoso.example"})
				w.ids["cy+db"] = user.ID
				w.give(user.ID)
				w.rightful = slices.Concat(people, []string{"cy+db"})
			}},
		{name: "Headings and totals among the rows",
			happened: "A report had its heading on every page, lines of dashes and a total; all became accounts.",
			source:   "https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility",
			list: "Login,Name,Email\n-----,----,-----------------\n" + rows +
				"Login,Name,Email\nTotal,10,\n\n(10 rows affected)\n", holding: true, removes: true, harmless: true},
	}
}
