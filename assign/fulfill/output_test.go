package fulfill_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

func TestRevocationsAsCSVAndJSON(t *testing.T) {
	t.Parallel()
	list := sample(t).State().Revocations()
	list.Since = january // when the journal was made, which is now
	var csv, json bytes.Buffer
	require.NoError(t, list.WriteCSV(&csv, nil))
	require.NoError(t, list.Encode(&json))
	for name, got := range map[string]string{"testdata/revocations.csv": csv.String(), "testdata/revocations.v3.json": json.String()} {
		if os.Getenv("UPDATE_TESTDATA") != "" {
			require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, name)
	}
	assert.Contains(t, csv.String(), `"'=HYPERLINK(""http://evil"")"`, "an account's name must not run in the spreadsheet of whoever closes it")

	reader, err := roster.NewReader(&csv, nil)
	require.NoError(t, err)
	read := 0
	for row, err := range reader.Rows() {
		require.NoError(t, err)
		assert.NotEmpty(t, row.Get("cause"))
		read++
	}
	assert.Equal(t, 4, read, "the list reads back as a roster: one row for each role lost")
}

func TestRevocationsReadAsAnAdministratorWouldWriteThem(t *testing.T) {
	t.Parallel()
	list := sample(t).State().Revocations()
	assert.Equal(t, `Access to CORPDB1 on 4 December 2026: 3 accounts to look at

       1  accounts to close in the application
       1  accounts that lose a role and keep another
       1  accounts to look into: access has not gone, or may not have
       1  people who lost access and whose account is not known

To close
  Account                    Person  Because
  =HYPERLINK("http://evil")  ada@x   General: denied by Grace on 3 December 2026

To take a role from
  Account  Person  Because
  cy@x     cy@x    Auditor: removed, and not by a review

To look into
  Account  Person  Because
  bob@x    bob@x   General: still held through the group staff, though denied by
                   Grace on 3 December 2026

People without a known account
  Account      Person       Because
  Display fay  Display fay  General: the user was deleted
`, text(t, list.WriteText))
}

// What is to be opened is in the list as well, for whoever opens accounts.
func TestPeopleWhoShouldHaveAnAccountAreInEveryList(t *testing.T) {
	t.Parallel()
	list := known(t, reads(nil, granted("ada", general), granted("fay", general)), "ada@x,").State().Revocations()
	assert.Contains(t, text(t, list.WriteText), `To open
  Person       With
  Display fay  General
`)
	var csv bytes.Buffer
	require.NoError(t, list.WriteCSV(&csv, nil))
	reader, err := roster.NewReader(&csv, nil)
	require.NoError(t, err)
	for row, err := range reader.Rows() {
		require.NoError(t, err)
		assert.Equal(t, string(fulfill.OpenAccount), row.Get("action"))
		assert.Equal(t, "Display fay", row.Get("person"))
	}
}
