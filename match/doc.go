// Package match finds the directory's user for each row of a roster, and says
// what became of every row.
//
//	directory, err := entra.Connect(credential, nil)
//	if err != nil {
//		return err
//	}
//	rule := match.FirstOf(match.Column("EMail", "userPrincipalName"), match.Column("EMail", "mail"))
//	report, err := match.Run(ctx, directory, accounts.Rows(), rule, nil) // accounts is a roster.File
//	if err != nil {
//		return err
//	}
//	report.WriteText(os.Stdout)
//	for o := range report.Unresolved() {
//		fmt.Println(o.Line(), o.Kind, o.Reason())
//	}
//
// The types in the order in which one meets them:
//
//   - A [Matcher] says how a row is looked up. [Column] and [Filter] make one, and
//     [Func] makes one of a function of yours. [FirstOf] tries several in order.
//   - A [Normaliser] rewrites the value that is asked for, and never the row's.
//   - A [Chooser] chooses among several users who answer.
//   - A [Query] is what a matcher asks about a row.
//   - A [Directory] gives the [Answer]. entra.Client is one, and a [RecycleBin] too.
//     Package matchtest has one in memory, and a suite for those of your own.
//   - [Run] asks about all rows together, so that a directory can answer hundreds at once.
//   - An [Outcome] is what became of a row, and a [Report] has those of all rows.
//   - An [Exclusion] is an account of nobody's, and a [Decision] what people decided about a row.
//   - [WhatIf] tells what another matcher would change.
//
// # Outcomes
//
// Every row has exactly one outcome, and the counts of a report add up to the rows.
// The first of these that holds is the row's:
//
//	Failed     the row could not be read
//	Excluded   the row is on Options.Exclusions; whom it names is left alone
//	NoKey      no rule has a value to look up; NULL, N/A and other Placeholders are none
//	Duplicate  an earlier row asks the same, by all rules
//	Failed     a query failed; the rules after it are not asked
//	Ambiguous  a query found several users, and its rule chose none of them; the
//	           rules after it are not asked
//	Ambiguous  another row of the same key can't be the same person's
//	SameUser   a query found the user of an earlier row
//	Matched    a query found one user, or its rule chose one
//	Deleted    nobody was found, but the recycle bin holds such a user
//	NotFound   nobody was found; package near may propose users
//
// Values are compared without letter case, by [roster.Fold], and otherwise as the
// file has them. A space in a key is looked up too; if nobody is found,
// Outcome.Reason points it out. A Duplicate of a row with a user stands for that
// user too, because its row may ask for another role.
//
// [Options].Decide is asked after the rules, and changes its own row only.
//
// # A rule of your own
//
//	// byNumber is the rule of a list that has 7 where the directory has E0007. A row
//	// without a number has no key.
//	var byNumber = match.Func("E+Number=employeeId", func(row roster.Row) match.Query {
//		if row.Get("Number") == "" {
//			return match.Query{}
//		}
//		return match.Equal("employeeId", fmt.Sprintf("E%04s", row.Get("Number")))
//	}, "Number")
//
//	func TestByNumber(t *testing.T) {
//		directory := matchtest.NewDirectory(matchtest.User{
//			User:       match.User{ID: "1", UserPrincipalName: "ada@contoso.com"},
//			Attributes: map[string][]string{"employeeId": {"E0007"}},
//		})
//		for number, want := range map[string]match.Kind{"7": match.Matched, "8": match.NotFound, "": match.NoKey} {
//			rows, err := roster.NewReader(strings.NewReader("Number,Name\n"+number+",Ada\n"), nil)
//			require.NoError(t, err)
//			report, err := match.Run(t.Context(), directory, rows.Rows(), byNumber, nil)
//			require.NoError(t, err)
//			require.Equal(t, want, report.Outcomes[0].Kind, number)
//		}
//	}
//
// # Errors
//
// What concerns one row is Outcome.Err. It wraps what the directory gave, the
// [*roster.RowError], a [*ConflictError] or a [*DecisionError].
// [Run] fails, and gives no report, if
//
//   - the directory can't be asked ([ErrDirectory]) or does not answer each query once,
//   - the roster lacks a column that a rule or an exclusion names ([*ColumnError]),
//   - the rows end with an error that is no RowError,
//   - an exclusion has no value, or
//   - its context ends.
//
// # Personal data
//
// The package logs nothing and writes no file by itself. [Report.WriteText] writes
// counts only. [Report.WriteJSON] and [Report.WriteUnresolved] write all values of rows;
// [roster.WriteFile] keeps them in a file that only its owner can read.
//
// # Memory
//
// A report keeps each row as it was read and about 300 bytes more, and points into
// the directory's answers. While it runs, Run needs several times as much. Both
// grow in proportion to the rows.
package match
