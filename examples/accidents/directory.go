package main

import (
	"net/http"
	"regexp"

	"github.com/rollcall-go/rollcall/graphfake"
)

func directoryAccidents() []accident {
	return []accident{
		{name: "Everybody is disabled",
			happened: "For want of a permission accountEnabled was null for every user, and null was read as false.",
			source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054",
			closing:  true, holding: true,
			happen: on(usersPath, graphfake.Fault{Effect: graphfake.NullProperty, Property: "accountEnabled"})},
		{name: "A stranger for everybody",
			happened: "A cache answered every question with the same user.",
			source:   unpublished,
			happen: func(w *world) {
				w.fake.AddUser(graphfake.User{UserPrincipalName: "zoe@contoso.example"})
				stranger := w.fake.Users()[len(w.fake.Users())-1].ID
				w.transport = rewriting{w.transport, "/users", regexp.MustCompile(`"id":"[0-9a-f-]{36}"`), `"id":"` + stranger + `"`}
			}},
		{name: "An attribute that nobody may read",
			happened: "The property that was matched by came back empty for all; nobody was found, and everybody was a leaver.",
			source:   "https://learn.microsoft.com/answers/questions/1825421",
			list:     "EmpID,Name\n418,ada\n419,bob\n420,cy\n421,dee\n", key: "EmpID=employeeId",
			holding: true, removes: true,
			happen: func(w *world) {
				w.rightful = []string{"ada", "bob", "cy", "dee"}
				hide := graphfake.Fault{Effect: graphfake.HideObjects}
				on(usersPath, hide)(w)
			}},
		{name: "A listing that is empty for a moment",
			happened: "A source that was slow answered with nothing, and everybody was removed, and made again by the next run.",
			source:   "https://github.com/awslabs/ssosync/issues/159",
			closing:  true, holding: true,
			happen: on(assignedPath, graphfake.Fault{Effect: graphfake.HideObjects})},
		{name: "A page that is missing",
			happened: "A read that broke off half way was marked complete; what was missing was deleted.",
			source:   "https://github.com/elastic/connectors/issues/2393",
			closing:  true, holding: true,
			happen: on(assignedPath, graphfake.Fault{Effect: graphfake.HideObjects, Objects: 4})},
		{name: "Replicas behind",
			happened: "What had just been assigned was not in the list yet, and was reported as lost.",
			source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/15855",
			closing:  true, replication: &graphfake.Replication{Replicas: graphfake.EvenLags(2, lag),
				Choose: graphfake.Behind(assignedPath)},
			before: func(w *world) {
				for _, name := range people {
					w.assignNow(w.ids[name])
				}
			}},
		{name: "A time-out read as nothing",
			happened: "The source timed out, the error was logged, and the empty list went on to the next step.",
			source:   "https://github.com/kubernetes-sigs/external-dns/issues/3997",
			closing:  true, holding: true,
			happen: on(assignedPath, graphfake.Fault{Status: http.StatusGatewayTimeout})},
		{name: "A throttled source read as empty",
			happened: "Too many requests: the error was dropped, and the records were deleted.",
			source:   "https://github.com/kubernetes-sigs/external-dns/issues/3841",
			closing:  true, holding: true,
			happen: on(assignedPath, graphfake.Fault{Status: http.StatusServiceUnavailable})},
		{name: "A redirect read as zero rows",
			happened: "The session had ended; the page to sign in came with 200, and had no rows in it.",
			source:   "https://developer.sailpoint.com/discuss/t/best-practice-to-prevent-delete-operations/200651",
			closing:  true, holding: true,
			happen: on(assignedPath, graphfake.Fault{Effect: graphfake.HTMLBody, Status: http.StatusOK})},
		{name: "Members that are hidden",
			happened: "Somebody had the role through a group with hidden membership, whose members came back as an empty list.",
			source:   "https://github.com/microsoftgraph/microsoft-graph-docs/issues/12552",
			closing:  true, holding: true, hidden: true,
			happen: func(w *world) {
				group := w.fake.AddGroup(graphfake.Group{DisplayName: "Finance", Members: []string{w.ids["ada"]},
					More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []string{"Unified"}}})
				w.give(group.ID)
				w.take("ada")
			}},
	}
}
