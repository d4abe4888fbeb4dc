// Package match finds the directory's user for each row of a roster, and says of
// every row what became of it.
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
//		check(match.CheckColumns(rule, accounts.Header()))
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
// A [Matcher] says how a row is looked up: [Column], [Filter], an own [Func], or
// several of them tried in order by [FirstOf]. The rows' questions go to the
// directory together, rule by rule, so that it can answer hundreds with one
// request.
//
// # Outcomes
//
// Every row has exactly one [Outcome], and the counts of a [Report] add up to
// the rows. In this order, the first that holds:
//
//	Failed     the row could not be read
//	Excluded   the row is on Options.Exclusions; it is not looked up
//	NoKey      no rule has a value to look up
//	Duplicate  an earlier row's first query asks the same
//	Failed     a query failed; the rules after it are not asked
//	Ambiguous  a query found several users; the rules after it are not asked
//	SameUser   a query found the user of an earlier row
//	Matched    a query found one user
//	Deleted    nobody was found, but the recycle bin holds such a user
//	NotFound   nobody was found; Options.Near may propose users
//
// Values are compared without letter case, by [roster.Fold], and otherwise as the
// file has them: a space or an invisible character in a key is asked too, and
// Outcome.Reason points it out when nobody is found.
//
// Microsoft's script, whose loop this is, has no SameUser, Deleted and Excluded,
// and leaves out duplicates; here a Duplicate of a row with a user stands for
// that user too, since its row may ask for another role.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
//
// # Errors
//
// What concerns one row is in that row's outcome, as Outcome.Err of a Failed one;
// it wraps what the directory gave, or the [*roster.RowError]. [Run] itself fails,
// and then gives no report, if the rows end with another error, if the directory
// can't be asked or answers with a wrong number of answers, if an exclusion has
// no value or names a column that the roster lacks ([*ColumnError]), and when
// its context ends. [CheckColumns] and [ReadExclusions] return [*ColumnError] too.
//
// # Memory
//
// A report keeps the rows as they were read, once, and 216 bytes more for each,
// and points into the directory's answers. While it runs, Run needs about as much
// again, also linearly. Time a row grows by half from ten thousand rows, which fit
// a processor's cache, to a hundred thousand, which don't, and is level from there.
package match
