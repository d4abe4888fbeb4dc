// Package assigntest helps to test what stands on either side of package assign.
//
// For a program that plans and applies, [NewMemory] keeps an application's
// assignments in memory. It is an [assign.Reader] and an [assign.Writer]:
//
//	store := assigntest.NewMemory(app, current...)
//	store.Fail = func(change assign.Change) error { return errors.New("no") } // or nil
//	report, err := assign.Apply(ctx, store, plan, nil)
//
// For a Reader and a Writer of your own, [TestStore] is the suite of what they
// promise. A [Fixture] is what it needs to know:
//
//	func TestNoted(t *testing.T) {
//		assigntest.TestStore(t, func(t *testing.T) assigntest.Fixture {
//			memory := assigntest.NewMemory(exampleApp)
//			fixture := assigntest.Fixture{
//				Store:      store{memory, noted{memory, io.Discard}},
//				ResourceID: exampleApp.ResourceID,
//				Roles:      []string{"r-1", "r-2"},
//			}
//			for i := range 45 {
//				fixture.Users = append(fixture.Users, fmt.Sprint("user-", i))
//			}
//			return fixture
//		})
//	}
//
// The noted writer is in the example of [assign.Writer].
//
// # What the memory does
//
// Every change can be seen at once. An addition of what is there already yields
// [assign.ErrExisted]; a removal of what is gone is a success. A role that the
// application lacks is refused. Another service principal is [ErrNoSuchApplication].
//
// # Errors
//
// Each check of the suite is a subtest that says in its name what must hold. The
// package reads no file and no network, and logs nothing.
package assigntest
