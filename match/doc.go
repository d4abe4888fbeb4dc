// Package match finds the directory's user for each row of a roster, and says
// what became of every row.
//
//	func main() {
//		credential, err := azidentity.NewDefaultAzureCredential(nil)
//		check(err)
//		directory, err := entra.Connect(credential, nil)
//		check(err)
//		accounts, err := roster.OpenFile("users.csv", nil)
//		check(err)
//		defer accounts.Close()
//
//		rule := match.FirstOf(match.Column("EMail", "userPrincipalName"), match.Column("EMail", "mail"))
//		report, err := match.Run(context.Background(), directory, accounts.Rows(), rule, nil)
//		check(err)
//		report.WriteText(os.Stdout)
//		for o := range report.Unresolved() {
//			fmt.Println(o.Line(), o.Kind, o.Reason())
//		}
//	}
//
// The directory is a port, [Directory], which entra.Client implements; the
// examples of this page run against the one in memory of package matchtest.
//
// A [Matcher] says how a row is looked up: [Column], [Filter], a [Func] of your
// own, or several of them tried in order by [FirstOf]. A [Normaliser] may rewrite
// the value that is asked for, and a [Chooser] choose among several users who
// answer. [WhatIf] says what another matcher would change. The queries of all rows go
// to the directory together, rule by rule, so that it can answer hundreds with
// one request. Answers arrive one by one, and Options.Progress counts them.
//
// # Outcomes
//
// Every row has exactly one [Outcome], and the counts of a [Report] add up to
// the rows. The first of these that holds is the outcome:
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
// What people decided about a row ([Options].Decide) comes after the rules have had
// their say about all rows, so that a [Decision] changes its own row only. The rule
// of a user whom people decided on is [Decided].
//
// Values are compared without letter case, by [roster.Fold], and otherwise as the
// file has them. A space or an invisible character in a key is looked up too;
// when nobody is found, Outcome.Reason points it out.
//
// Microsoft's script knows no SameUser, Deleted and Excluded, and leaves out
// duplicates. Here a Duplicate of a row
// with a user stands for that user too, because its row may ask for another role.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
//
// # Errors
//
// What concerns one row is Outcome.Err of a Failed row; it wraps what the
// directory gave, or the [*roster.RowError]. [Run] itself fails, and then gives no
// report, if
//
//   - the rows end with another error,
//   - the directory can't be asked ([ErrDirectory]) or does not answer each query once,
//   - the roster lacks a column that a rule or an exclusion names ([*ColumnError]),
//   - an exclusion has no value, or
//   - its context ends.
//
// # Memory
//
// A report keeps each row as it was read and about 300 bytes more, and points
// into the directory's answers. While it runs, Run needs several times as much.
// Both grow in proportion to the rows.
package match
