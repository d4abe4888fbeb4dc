package match_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"os"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// exampleRows reads a roster as a program would read its file.
func exampleRows(csv string) iter.Seq2[roster.Row, error] {
	r, err := roster.NewReader(strings.NewReader(csv), &roster.Options{Name: "users.csv"})
	if err != nil {
		log.Fatal(err)
	}
	return r.Rows()
}

// exampleDirectory stands for an entra.Client.
func exampleDirectory() match.Directory {
	return matchtest.NewDirectory(
		matchtest.User{User: match.User{ID: "1", UserPrincipalName: "ada@contoso.com", Mail: "ada@contoso.com",
			AccountEnabled: true},
			Attributes: map[string][]string{"employeeId": {"E0007"}}},
		matchtest.User{User: match.User{ID: "2", UserPrincipalName: "sam@contoso.com", Mail: "sam@contoso.com"}},
		matchtest.User{User: match.User{ID: "3", UserPrincipalName: "gil@contoso.com", Mail: "gil@contoso.com"},
			Deleted: true},
	)
}

func Example() {
	rows := exampleRows("EMail,Name\nada@contoso.com,Ada\nADA@contoso.com,Ada\ngil@contoso.com,Gil\n,Backup\n")
	report, err := match.Run(context.Background(), exampleDirectory(), rows,
		match.Column("EMail", "userPrincipalName"), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range report.Outcomes {
		id, _ := o.Principal()
		fmt.Printf("line %d: %v %q [%s]\n", o.Line(), o.Kind, o.Key, id)
	}
	// Output:
	// line 2: Matched "ada@contoso.com" [1]
	// line 3: Duplicate "ADA@contoso.com" [1]
	// line 4: Deleted "gil@contoso.com" []
	// line 5: NoKey "" []
}

// A rule of your own is a function of the row: here, the number in the file
// lacks what the directory puts before it. It names the columns that it reads.
func ExampleFunc() {
	byNumber := match.Func("E+Number=employeeId", func(row roster.Row) match.Query {
		if row.Get("Number") == "" {
			return match.Query{} // nothing to look up
		}
		return match.Equal("employeeId", fmt.Sprintf("E%04s", row.Get("Number")))
	}, "Number")
	rows := exampleRows("Number,Name\n7,Ada\n,Backup\n")
	report, err := match.Run(context.Background(), exampleDirectory(), rows, byNumber, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, outcome := range report.Outcomes {
		fmt.Printf("%v %q\n", outcome.Kind, outcome.Key)
	}
	// Output:
	// Matched "E0007"
	// NoKey ""
}

func ExampleFirstOf() {
	rows := exampleRows("EMail,Number\nada@old.example,E0007\nsam@contoso.com,\n")
	rule := match.FirstOf(match.Column("EMail", "mail"), match.Column("Number", "employeeId"))
	report, err := match.Run(context.Background(), exampleDirectory(), rows, rule, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range report.Outcomes {
		fmt.Println(o.Key, "by", o.Query.Rule)
	}
	// Output:
	// E0007 by Number=employeeId
	// sam@contoso.com by EMail=mail
}

// Further attributes of the users come with them, by the names that were asked for.
func ExampleOptions() {
	rows := exampleRows("EMail\nada@contoso.com\n")
	opts := &match.Options{
		Attributes: []string{"employeeId"},
		Progress:   func(done, total int) { fmt.Printf("%d of %d\n", done, total) },
	}
	report, err := match.Run(context.Background(), exampleDirectory(), rows, match.Column("EMail", "mail"), opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Outcomes[0].User.Attributes["employeeId"])
	// Output:
	// 0 of 1
	// 1 of 1
	// E0007
}

func ExampleFilter() {
	rule, err := match.Filter("surname eq {Last name} and department eq {Dept}")
	if err != nil {
		log.Fatal(err)
	}
	for row := range exampleRows("Last name,Dept\nO'Neil,R&D\n") {
		fmt.Println(rule.Queries(row)[0].Filter)
	}
	_, err = match.Filter("mail eq '{EMail}'")
	fmt.Println(err)
	// Output:
	// surname eq 'O''Neil' and department eq 'R&D'
	// filter "mail eq '{EMail}'": {EMail} stands inside quotes; write it without them, they are added
}

func ExampleCheckColumns() {
	header, err := roster.NewHeader("users.csv", []string{"Mail", "Name"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(match.CheckColumns(match.Column("EMail", "mail"), header))
	// Output: users.csv has no column "EMail"; it has: Mail, Name
}

func ExampleReport_WriteText() {
	rows := exampleRows("EMail\nada@contoso.com\nsam@contoso.com\nADA@contoso.com\nbob@contoso.com\ngil@contoso.com\n")
	report, err := match.Run(context.Background(), exampleDirectory(), rows, match.Column("EMail", "mail"), nil)
	if err != nil {
		log.Fatal(err)
	}
	report.WriteText(os.Stdout)
	// Output:
	//   Matched    2  one user answered
	//   NoKey      0  no value to look up in the match column
	// ! Duplicate  1  the same key as an earlier row
	//   SameUser   0  another key, yet the same user as an earlier row
	// ! NotFound   1  nobody answered
	//   Ambiguous  0  several users answered
	// ! Deleted    1  nobody answered, but such a user is in the recycle bin
	//   Excluded   0  listed as belonging to nobody; left alone
	//   Failed     0  the lookup failed, or the row could not be read
	//   All rows   5
	//
	//   asked  matched  by rule
	//       4        2  EMail=mail
	//
	// 1 user is blocked from sign-in in Microsoft Entra ID.
	// You will need to resolve those issues before access of all existing users
	// can be reviewed.
	// Users corresponding to 2 records were located in Microsoft Entra ID.
}

// A list with addresses as mail programs write them, and two users of one address.
func ExampleChoose() {
	directory := matchtest.NewDirectory(
		matchtest.User{User: match.User{ID: "1", UserPrincipalName: "sam.old@contoso.com", Mail: "sam@contoso.com"},
			Attributes: map[string][]string{"department": {"Sales"}}},
		matchtest.User{User: match.User{ID: "2", UserPrincipalName: "sam@contoso.com", Mail: "sam@contoso.com",
			AccountEnabled: true}, Attributes: map[string][]string{"department": {"Support"}}})
	byMail := match.Column("EMail", "mail", match.Trim, match.Address)
	rule := match.Choose(byMail, func(row roster.Row, candidates []match.User) (int, string) {
		for i, user := range candidates {
			if user.Attributes["department"] == row.Get("Dept") {
				return i, "the same department"
			}
		}
		return -1, "another department"
	}, "department")
	rows := exampleRows("EMail,Dept\n Sam <sam@contoso.com>,Support\nsam@contoso.com,IT\n")
	report, err := match.Run(context.Background(), directory, rows, rule, &match.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Outcomes[0].Reason())
	// Output:
	// mail equal to "sam@contoso.com" (trim, address of " Sam <sam@contoso.com>") found sam@contoso.com (of 2 users: the same department)
}

// What looking up by number too would change.
func ExampleWhatIf() {
	directory, byMail := exampleDirectory(), match.Column("EMail", "mail")
	rows := exampleRows("EMail,Number\nsam@contoso.com,\nlovelace@contoso.com,E0007\n")
	report, err := match.Run(context.Background(), directory, rows, byMail, nil)
	if err != nil {
		log.Fatal(err)
	}
	both := match.FirstOf(byMail, match.Column("Number", "employeeId"))
	difference, err := match.WhatIf(context.Background(), directory, report, both, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, count := range difference.Counts() {
		fmt.Printf("%d row: %v instead of %v\n", count.Rows, count.After, count.Before)
	}
	fmt.Println("asked:", difference.Asked)
	// Output:
	// 1 row: Matched instead of NotFound
	// asked: 1
}
