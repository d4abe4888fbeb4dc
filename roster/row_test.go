package roster_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestNewHeaderRefusesNamesThatAreUnclear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		names  []string
		want   string
	}{
		{"which of the two would -match Email mean?", []string{"Email", "Name", "Email"},
			`users.csv: column 3 ("Email") has the same name as column 1: rename one of them`},
		{"case does not tell columns apart", []string{"email", "EMAIL"},
			`users.csv: column 2 ("EMAIL") has the same name as column 1: rename one of them`},
		{"nor do spaces, which nobody sees", []string{"Email", "Email "},
			`users.csv: column 2 ("Email ") has the same name as column 1: rename one of them`},
		{"a column without a name can't be asked for", []string{"Email", "", "Name"},
			`users.csv: column 2 has no name: name it in the first line, or remove the column`},
		{"spaces are no name", []string{" \u00a0", "Name"},
			`users.csv: column 1 has no name: name it in the first line, or remove the column`},
	} {
		_, err := roster.NewHeader("users.csv", c.names)
		var bad *roster.HeaderError
		require.ErrorAs(t, err, &bad, c.reason)
		assert.EqualError(t, err, c.want, c.reason)
	}
	_, err := roster.NewHeader("users.csv", []string{"Email", "E-mail"})
	assert.NoError(t, err, "different names must not be refused")
}

func TestRowFindsColumnsByNameWithoutCase(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"E-Mail", " Full Name", "Größe", "note"})
	require.NoError(t, err)
	row := roster.NewRow(header, 7, []string{"Kari@contoso.example", " Kari ", "M"})
	for _, c := range []struct {
		reason, column, want string
		ok                   bool
	}{
		{"as written", "E-Mail", "Kari@contoso.example", true},
		{"as people type it", "e-mail", "Kari@contoso.example", true},
		{"a space before the name in the file is invisible; the value's spaces are kept", "full name", " Kari ", true},
		{"as written, with the space", " Full Name", " Kari ", true},
		{"letters beyond ASCII", "GRÖßE", "M", true},
		{"a row that ends early lacks the column, which is not the same as an empty value", "note", "", false},
		{"no such column", "mail", "", false},
	} {
		got, ok := row.Lookup(c.column)
		assert.Equal(t, c.want, got, c.reason)
		assert.Equal(t, c.ok, ok, c.reason)
		assert.Equal(t, c.want, row.Get(c.column), c.reason)
	}
	assert.Equal(t, "users.csv", row.File())
	assert.Equal(t, 7, row.Line())
}

func TestRowIsSafeToUseAsItComes(t *testing.T) {
	t.Parallel()
	var zero roster.Row
	assert.Empty(t, zero.Get("Email"), "the zero Row has no columns")
	assert.Empty(t, zero.File())
	assert.Nil(t, zero.Header())
	assert.Empty(t, maps.Collect(zero.All()))

	names := []string{"Email", "Name"}
	header, err := roster.NewHeader("", names)
	require.NoError(t, err)
	names[0], header.Columns()[1] = "changed", "changed"
	assert.Equal(t, []string{"Email", "Name"}, header.Columns(), "a header shares nothing with its caller")

	row := roster.NewRow(header, 2, []string{"a", "b", "surplus"})
	assert.Equal(t, map[string]string{"Email": "a", "Name": "b"}, maps.Collect(row.All()),
		"values that have no column are dropped")
}

func TestGetByTheNameInTheFileDoesNotAllocate(t *testing.T) {
	header, err := roster.NewHeader("", []string{"Account", "Email"})
	require.NoError(t, err)
	row := roster.NewRow(header, 2, []string{"a", "b"})
	for _, name := range []string{"Email", "email"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { row.Get(name) }),
			"a million rows are looked up by the same name: %s", name)
	}
}
