package governance_test

import (
	"os"
	"testing"

	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
)

// A request that no page of Microsoft's shows may work, or not, or do something else:
// testdata/requests.txt names the page of each that these tests have sent.
func TestMain(m *testing.M) { os.Exit(faulttest.RunAndCompare(m, "../testdata/metadata.txt")) }
