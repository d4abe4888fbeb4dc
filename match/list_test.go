package match_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// ofFile looks up the rows of a file in testdata by a column and employeeId.
func ofFile(t *testing.T, file, column string, opts *match.Options, users ...matchtest.User) *match.Report {
	t.Helper()
	f, err := roster.OpenFile(filepath.Join("testdata", file), nil)
	require.NoError(t, err)
	defer f.Close()
	report, err := match.Run(t.Context(), matchtest.NewDirectory(users...), f.Rows(),
		match.Column(column, "employeeId"), opts)
	require.NoError(t, err)
	return report
}

// Excel made one key of two people's: 000123 and 123, or two long numbers.
func TestAKeyOfTwoPeopleIsNobodys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, column, key, reason string }{
		{"zeros.csv", "UserID", "123", "has the same key and another Name"},
		{"sci.csv", "EmpID", "1.2E+05", "the key looks like Excel's doing"},
	} {
		report := ofFile(t, c.file, c.column, nil, person("john", "", "employeeId", c.key))
		require.Len(t, report.Outcomes, 2)
		for _, o := range report.Outcomes {
			assert.Equal(t, match.Ambiguous, o.Kind, c.file)
			assert.Nil(t, o.User, c.file)
			assert.Equal(t, "john", o.Candidates[0].ID, "whom the key found must be known to whoever removes")
			assert.Contains(t, o.Reason(), c.reason)
			var conflict *match.ConflictError
			require.ErrorAs(t, o.Err, &conflict)
			assert.Equal(t, 5-o.Line(), conflict.Line, "each row names the other")
		}
	}
}
