package roster_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// An export with two columns of one name, or none, is read; only who asks for such a
// column is told. The first of the two may be the wrong one.
func TestColumnsThatCantBeAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason    string
		names     []string
		ask, want string
	}{
		{"which of the two would -match Email mean?", []string{"Email", "Name", "Email"}, "email",
			`users.csv: column 3 ("Email") has the same name as column 1: rename one of them`},
		{"case does not tell columns apart", []string{"email", "EMAIL"}, "EMAIL",
			`users.csv: column 2 ("EMAIL") has the same name as column 1: rename one of them`},
		{"nor do spaces, which nobody sees", []string{"Name", "Email", "Email "}, "Email ",
			`users.csv: column 3 ("Email ") has the same name as column 2: rename one of them`},
	} {
		header, err := roster.NewHeader("users.csv", c.names)
		require.NoError(t, err, c.reason)
		assert.EqualError(t, header.Ambiguous(c.ask), c.want, c.reason)
		_, ok := header.Index(c.ask)
		assert.False(t, ok, c.reason)
		value, ok := roster.NewRow(header, 2, []string{"a", "b", "c"}).Lookup(c.ask)
		assert.False(t, ok, c.reason)
		assert.Empty(t, value, c.reason)
		assert.NoError(t, header.Ambiguous("Name"), c.reason)
	}
	header, err := roster.NewHeader("users.csv", []string{"", "Email", "", "E-mail"})
	require.NoError(t, err, "columns without a name")
	row := roster.NewRow(header, 2, []string{"a", "b", "c", "d"})
	assert.Equal(t, "b", row.Get("Email"))
	assert.Equal(t, "d", row.Get("E-mail"), "different names must not be taken for one")
	assert.Empty(t, row.Get(""))
	_, err = roster.NewHeader("users.csv", []string{" \u00a0", ""})
	assert.EqualError(t, err, "users.csv: column 1 has no name, nor has any other: name them in the first line")
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
