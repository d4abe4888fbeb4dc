package assign_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// A store is a reader beside a writer that is another value.
type store struct {
	assign.Reader
	assign.Writer
}

// The writer that the documentation shows must be one. The documentation of
// assigntest shows this test.
func TestNoted(t *testing.T) {
	assigntest.TestStore(t, func(t *testing.T) assigntest.Fixture {
		memory := assigntest.NewMemory(exampleApp)
		fixture := assigntest.Fixture{
			Store:      store{memory, noted{memory, io.Discard}},
			ResourceID: exampleApp.ResourceID,
			Roles:      []string{"r-1", "r-2"},
		}
		for i := range 45 {
			fixture.Users = append(fixture.Users, fmt.Sprint("user-", i))
		}
		return fixture
	})
}
