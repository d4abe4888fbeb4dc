package roster_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// What a program prints below the rows fits into a wide column, but is no account.
func TestMessagesInWideColumnsAreNoAccounts(t *testing.T) {
	t.Parallel()
	wide := func(values ...string) string {
		var line strings.Builder
		for _, value := range values {
			line.WriteString(value + strings.Repeat(" ", 60-len(value)) + " ")
		}
		return strings.TrimRight(line.String(), " ") + "\n"
	}
	rule := strings.Repeat("-", 60)
	two := wide("LOGIN", "EMAIL") + wide(rule, rule) + wide("ADA", "ada@contoso.example") + wide("BOB")
	one := wide("LOGIN") + wide(rule) + wide("ADA") + wide("BOB")
	for _, message := range []struct {
		text     string
		reported int // lines that may be accounts
	}{
		{"\n2 Zeilen ausgewählt.\n", 0},
		{"\n1 Zeile ausgewählt.\n", 0},
		{"\n2 lignes sélectionnées.\n", 0},
		{"\n2 filas seleccionadas.\n", 0},
		{"\n  2 record(s) selected.\n", 0},
		{"\n(2 rows affected)\n\nCompletion time: 2026-11-27T20:11:12.1234567+01:00\n", 0},
		{"\nSQL> Disconnected from Oracle Database 19c Enterprise Edition\nVersion 19.3.0.0.0\n", 0},
		{"\nElapsed: 00:00:00.02\n", 0},
		{"\nAbgelaufen: 00:00:00.02\n", 0},
		{"\nFetched 2 row(s) in 0.12s\n", 0},
		{"\nPL/SQL procedure successfully completed.\n", 0},
		{"\nThe command has completed successfully\n", 0},
		{"\nApplied filters: Status is Active\n", 0},
		{"\n   Department: HR\n\n", 1},
		{"\nThe script of May\nby Ada\n", 2},
	} {
		for _, table := range []string{two, one} {
			got, bad, err := read(t, strings.NewReader(table+message.text), nil)
			require.NoError(t, err, message.text)
			assert.Len(t, got, 2, message.text)
			assert.Len(t, bad, message.reported, message.text)
			for _, err := range bad {
				assert.Contains(t, err, "not a row", message.text)
			}
		}
	}
	got, bad, err := read(t, strings.NewReader("EMAIL\n------------\na@x.example\n\nb@x.example\n"), nil)
	require.NoError(t, err)
	assert.Len(t, got, 2, "an address is an account, also below a blank line")
	assert.Empty(t, bad)
}

// A query that failed on its way has not printed all rows.
func TestAQueryThatFailedIsIncomplete(t *testing.T) {
	t.Parallel()
	for _, table := range []string{
		"LOGIN           EMAIL\n--------------- -------------------\nADA             ada@contoso.example\n",
		"LOGIN,EMAIL\nADA,ada@contoso.example\n",
		"LOGIN|EMAIL\n-----|-----\nADA|ada@contoso.example\n",
	} {
		for _, failure := range []string{
			"ORA-01555: snapshot too old: rollback segment number 3 with name \"X\" too small\n",
			"ERROR:\nORA-03113: end-of-file on communication channel\nProcess ID: 1\n",
			"Msg 8134, Level 16, State 1, Server X, Line 2\nDivide by zero error encountered.\n",
			"ERROR 2013 (HY000) at line 1: Lost connection to MySQL server during query\n",
			"SP2-0734: unknown command beginning \"foo\" - rest of line ignored.\n",
			"Sqlcmd: Error: Microsoft ODBC Driver 17 for SQL Server : Communication link failure.\n",
		} {
			got, _, err := read(t, strings.NewReader(table+failure), nil)
			require.ErrorIs(t, err, roster.ErrIncomplete, failure)
			assert.ErrorContains(t, err, "run it again", failure)
			assert.Len(t, got, 1, failure)
		}
	}
}
