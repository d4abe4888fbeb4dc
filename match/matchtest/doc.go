// Package matchtest helps to test what stands on either side of package match.
//
// For a rule of your own, [NewDirectory] makes a directory in memory:
//
//	directory := matchtest.NewDirectory(matchtest.User{
//		User:       match.User{ID: "1", UserPrincipalName: "ada@contoso.com"},
//		Attributes: map[string][]string{"employeeId": {"E0007"}},
//	})
//	report, err := match.Run(ctx, directory, rows, rule, nil)
//
// The documentation of package match shows such a test as a whole.
//
// For a directory of your own, [TestDirectory] is the suite of what
// [match.Directory] promises:
//
//	func TestPhoneBook(t *testing.T) {
//		matchtest.TestDirectory(t, func(t *testing.T, users []matchtest.User) match.Directory {
//			var book phoneBook
//			for _, user := range users {
//				if !user.Deleted {
//					book = append(book, user.User)
//				}
//			}
//			return book
//		})
//	}
//
// The phoneBook is in the example of [match.Directory]. One that is a
// [match.RecycleBin] is tested as one, too.
//
// # What the directory in memory does
//
// It compares without letter case, and finds any element of a collection such as
// "otherMails". A [User] with Deleted is in the recycle bin. An attribute that no user
// has is an error, as a misspelt one is in Graph. Filters need [Directory].Filter.
//
// # Errors
//
// Each check of the suite is a subtest that says in its name what must hold, and fails
// with what was wanted and what came. The package reads no file and no network, and
// logs nothing.
package matchtest
