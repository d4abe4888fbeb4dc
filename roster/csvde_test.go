package roster_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestCsvdeValuesInHexAreText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, value, want string }{
		{"text that csvde writes as bytes of UTF-8", "X'c385736520426572676572'", "Åse Berger"},
		{"the same from csvde -u", "X'c50073006500'", "Åse"},
		{"Chinese from csvde -u, whose bytes are ASCII", "X'2d4e'", "中"},
		{"several values, one of them in hex", "X'c385';b", "Å;b"},
		{"a semicolon inside one of them", "X'c3853b';b", `Å\;;b`},
		{"bytes that are no text stay", "X'ffd8ff'", "X'ffd8ff'"},
		{"no hex", "X'zz'", "X'zz'"},
		{"an odd number of digits", "X'c38'", "X'c38'"},
		{"plain", "ada@x", "ada@x"},
		{"empty", "", ""},
	} {
		rows, bad, err := read(t, strings.NewReader("DN,objectClass,name\ncn=x,user,"+c.value+"\n"), nil)
		require.NoError(t, err, c.reason)
		assert.Empty(t, bad, c.reason)
		assert.Equal(t, [][]string{{"cn=x", "user", c.want}}, rows, c.reason)
	}
	rows, _, err := read(t, strings.NewReader("DN,objectClass,objectSid,objectGUID\n"+
		"cn=x,user,X'01050000000000051500000001000000020000000300000050040000',X'00112233445566778899aabbccddeeff'\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, "33221100-5544-7766-8899-aabbccddeeff", rows[0][3])
	rows, _, err = read(t, strings.NewReader("DN,objectClass,objectSid\n"+
		"cn=x,user,X'01050000000000051500000001000000020000000300000050040000'\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, "S-1-5-21-1-2-3-1104", rows[0][2])
}

func TestOnlyCsvdeIsReadAsCsvde(t *testing.T) {
	t.Parallel()
	rows, _, err := read(t, strings.NewReader("id,objectClass\nX'c385',group\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"X'c385'", "group"}}, rows)
}

func TestCsvdeRowsThatAreNoAccounts(t *testing.T) {
	t.Parallel()
	r, err := roster.NewReader(strings.NewReader("DN,objectClass\ncn=g,group\ncn=a,user\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, count(t, r))
	assert.Equal(t, []string{"not accounts: an entry of class group (line 2)"}, r.Header().Notes())
	assert.Equal(t, 1, r.Header().NotAccounts(), "a report says how many lines it is not about")
}
