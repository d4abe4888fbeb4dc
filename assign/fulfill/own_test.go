package fulfill_test

import (
	"path/filepath"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// afterReview returns a journal in which Ada has lost her role to a review.
func afterReview(folder string) *fulfill.Journal {
	journal, err := fulfill.OpenJournal(filepath.Join(folder, "CORPDB1.journal"), exampleApp, nil)
	if err != nil {
		panic(err)
	}
	list, err := fulfill.NewList(read("Login,Email\nADA1,ada@example.com\nBOB1,bob@example.com\n"),
		&fulfill.ListOptions{Column: "Login"})
	if err != nil {
		panic(err)
	}
	var held []assign.Assignment
	users := map[string]fulfill.UserStatus{}
	for _, who := range []string{"ada", "bob"} {
		id := "id-of-" + who + "@example.com"
		held = append(held, assign.Assignment{ID: "a-" + who, PrincipalID: id, PrincipalType: "User",
			ResourceID: "sp-1", AppRoleID: "r-1"})
		users[id] = fulfill.UserIsEnabled
	}
	january := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	look := fulfill.Look{Time: january, Roles: exampleApp.Roles, Users: users, List: list,
		Access: fulfill.Access{Complete: true, ResourceID: "sp-1", Assignments: held}}
	record(journal, look)
	look.Time, look.List, look.Access.Assignments = january.AddDate(0, 3, 1), nil, held[1:]
	look.Reviews = []fulfill.Review{{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: []fulfill.Decision{
		{PrincipalID: held[0].PrincipalID, Decision: "Deny", ReviewedBy: "Grace Hopper", Reviewed: january.AddDate(0, 3, 0)}}}}
	record(journal, look)
	return journal
}
