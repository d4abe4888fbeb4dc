package assign_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// Names come from a directory and an export, where anybody may have written them.
// Whoever reads a plan in a terminal, or approves its file, sees all of them.
func TestReportsAndErrorsShowWhatNobodySees(t *testing.T) {
	t.Parallel()
	const evil = "x\x1b[2J\u009b\x7f\u202e\u200b\u2028\ny"
	change := assign.Change{Action: assign.Add, PrincipalID: "p", PrincipalName: evil, AppRoleID: "r", AppRole: evil, Reason: evil,
		Sources: []assign.Source{{File: evil, Line: 2, Key: evil}}}
	plan := assign.Plan{Application: evil, ResourceID: "sp", Changes: []assign.Change{change}, Limits: assign.Limits{Override: evil}}
	report := &assign.Report{Application: evil, Results: []assign.Result{{Change: change, State: assign.Failed, Err: errors.New(evil)}}}
	seen := &assign.Verification{Application: evil, Missing: plan.Changes, Took: time.Second, Looks: 1}
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	require.NoError(t, report.WriteText(&text))
	require.NoError(t, seen.WriteText(&text))
	text.WriteString((&assign.MovedError{Application: evil, Appeared: []assign.Assignment{{PrincipalDisplayName: evil}}}).Error())
	text.WriteString(change.Sources[0].String())
	_, err := assign.OneRole([]assign.AppRole{{DisplayName: evil, IsEnabled: true, AllowedMemberTypes: []string{"User"}}}, evil+"2")
	text.WriteString(err.Error())
	lines := strings.ReplaceAll(text.String(), "\n", "")
	assert.Equal(t, roster.Printable(lines), lines)
	assert.NotContains(t, text.String(), "\ny", "a name begins no line of its own")

	var file strings.Builder
	require.NoError(t, plan.Encode(&file))
	assert.Equal(t, roster.Printable(strings.ReplaceAll(file.String(), "\n", "")), strings.ReplaceAll(file.String(), "\n", ""))
	var back struct {
		Changes []struct{ PrincipalName string }
	}
	require.NoError(t, json.Unmarshal([]byte(file.String()), &back))
	assert.Equal(t, evil, back.Changes[0].PrincipalName, "the file is carried out as it was planned")
}
