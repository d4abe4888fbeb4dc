package assign_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// A noted writer writes down each change that another Writer made.
type noted struct {
	assign.Writer
	notes io.Writer
}

func (w noted) WriteAssignments(ctx context.Context, resourceID string,
	changes []assign.Change) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i, err := range w.Writer.WriteAssignments(ctx, resourceID, changes) {
			if err == nil || errors.Is(err, assign.ErrExisted) {
				fmt.Fprintln(w.notes, changes[i].Action, changes[i].PrincipalName, changes[i].AppRole)
			}
			if !yield(i, err) { // the error goes on as it came: Apply tells them apart
				return
			}
		}
	}
}

// A Writer of one's own around another. The suite of package assigntest says whether
// it still does what Apply relies on. See WriterFunc for one that makes one change at
// a time.
func ExampleWriter() {
	writer := noted{assigntest.NewMemory(exampleApp), os.Stdout} // in production an entra.Client
	plan := assign.Plan{ResourceID: exampleApp.ResourceID, Changes: []assign.Change{
		{Action: assign.Add, PrincipalID: "1", PrincipalName: "ada@example.com", AppRoleID: "r-1", AppRole: "General"},
		{Action: assign.Add, PrincipalID: "2", PrincipalName: "bob@example.com", AppRoleID: "r-9", AppRole: "Gone"}}}
	report, err := assign.Apply(context.Background(), writer, plan, nil)
	fmt.Println(report.Count(assign.Done), errors.Is(err, assign.ErrUnknownRole))
	// Output:
	// add ada@example.com General
	// 1 true
}
