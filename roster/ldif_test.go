package roster_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestLDIFIsReadAsToolsWriteIt(t *testing.T) {
	t.Parallel()
	ada := [][]string{{"cn=Ada", "ada@x"}}
	both := [][]string{{"cn=Ada", "ada@x"}, {"cn=Bo", "bo@x"}}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct {
		reason, in string
		want       [][]string
	}{
		{"ldifde", "dn: cn=Ada\r\nchangetype: add\r\nmail: ada@x\r\n\r\ndn: cn=Bo\r\nchangetype: add\r\nmail: bo@x\r\n\r\n", both},
		{"ldifde -u", utf16("LE", "dn: cn=Ada\r\nmail: ada@x\r\n"), ada},
		{"ldapsearch", "# extended LDIF\n#\n# LDAPv3\n\n# Ada\ndn: cn=Ada\nmail: ada@x\n\n# search result\nsearch: 2\n" +
			"result: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n", ada},
		{"ldapsearch -L", "version: 1\n\ndn: cn=Ada\nmail: ada@x\n\n", ada},
		{"the version directly above an entry", "version: 1\ndn: cn=Ada\nmail: ada@x\n", ada},
		{"a mark and blank lines", "\ufeff\n\ndn: cn=Ada\nmail: ada@x\n\n\n\n", ada},
		{"lines that go on", "dn: cn=\n Ada\nmail: ada\n @\n x\n# a comment\n  that goes on\n", ada},
		{"base64, and base64 that goes on", "dn:: " + b64("cn=Ada") + "\nmail::" + b64("ada@x")[:4] + "\n " + b64("ada@x")[4:] + "\n", ada},
		{"no blank behind the colon", "dn:cn=Ada\nmail:ada@x\n", ada},
		{"no blank line between entries", "dn: cn=Ada\nmail: ada@x\ndn: cn=Bo\nmail: bo@x\n", both},
		{"names in other letters", "DN: cn=Ada\nMail: ada@x\n\ndn: cn=Bo\nmail: bo@x\n", both},
		{"letters that aren't ASCII, unencoded", "dn: cn=Åse\nmail: åse@x\n", [][]string{{"cn=Åse", "åse@x"}}},
		{"an empty value", "dn: cn=Ada\nmail:\n", [][]string{{"cn=Ada", ""}}},
		{"several values", "dn: cn=Ada\nmail: a;b\nmail: c\n", [][]string{{"cn=Ada", `a\;b;c`}}},
		{"an empty value among others, as servers give beside a range", "dn: cn=Ada\nmemberOf:\nmemberOf: g\nmemberOf:\n",
			[][]string{{"cn=Ada", "g"}}},
		{"a range that is whole", "dn: cn=Ada\nmemberOf;range=0-*: g\n", [][]string{{"cn=Ada", "g"}}},
		{"a value that is no text stays in base64", "dn: cn=Ada\nphoto:: /9j/AA==\n", [][]string{{"cn=Ada", "/9j/AA=="}}},
		{"an account that is disabled", "dn: cn=Ada\nuserAccountControl: 514\n", [][]string{{"cn=Ada", "514", "false"}}},
		{"an account that isn't", "dn: cn=Ada\nuserAccountControl: 66048\n", [][]string{{"cn=Ada", "66048", "true"}}},
		{"a GUID", "dn: cn=Ada\nobjectGUID:: " + b64("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff") + "\n",
			[][]string{{"cn=Ada", "33221100-5544-7766-8899-aabbccddeeff"}}},
		{"a SID", "dn: cn=Ada\nobjectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUAQAAA==\n",
			[][]string{{"cn=Ada", "S-1-5-21-1-2-3-1104"}}},
	} {
		rows, bad, err := read(t, strings.NewReader(c.in), nil)
		require.NoError(t, err, c.reason)
		assert.Empty(t, bad, c.reason)
		assert.Equal(t, c.want, rows, c.reason)
	}
	assert.Equal(t, []string{"dn", "cn;lang-ja", "userAccountControl", "accountEnabled"},
		columns(t, "dn: x\ncn;lang-ja: y\nuserAccountControl: 512\n"))
}

func TestOneLDIFEntryMayBeBadWithoutTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, lines, want string
		is                  error
	}{
		{"a URL, which is never fetched", "dn: b\nmail:< file:///etc/passwd", "nothing is fetched", roster.ErrIncomplete},
		{"a part of the values", "dn: b\nmemberOf;range=0-1499: g", `a part of the values of "memberOf"`, roster.ErrIncomplete},
		{"base64 that is broken", "dn: b\nmail:: YW*", `the value of "mail" is no base64`, roster.ErrSyntax},
		{"a line that is none", "dn: b\nfoo", "no line of LDIF", roster.ErrSyntax},
		{"an entry without a dn", "mail: b@x\ncn: b", `must begin with a line "dn: ..."`, roster.ErrSyntax},
		{"a bad line that goes on", "dn: b\nfo\n o\n oo", "no line of LDIF", roster.ErrSyntax},
		{"Latin-1", "dn: b\ncn: J\xf8rgen", "0xF8; export the list as UTF-8", roster.ErrEncoding},
	} {
		in := "dn: a\nmail: a@x\n\n" + c.lines + "\n\ndn: c\nmail: c@x\n"
		r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Name: "users.ldf", Encoding: "utf-8"})
		require.NoError(t, err, c.reason)
		n := 0
		for row, err := range r.Rows() {
			if n++; n != 2 {
				require.NoError(t, err, c.reason)
				continue
			}
			var bad *roster.RowError
			require.ErrorAs(t, err, &bad, c.reason)
			assert.ErrorIs(t, err, c.is, c.reason)
			assert.Contains(t, err.Error(), c.want, c.reason)
			assert.Equal(t, strings.Count("\n"+c.lines, "\n")-strings.Count(c.lines, "#"), bad.Lines, c.reason)
			assert.Equal(t, bad.RowLine, row.Line(), c.reason)
		}
		assert.Equal(t, 3, n, c.reason)
	}
}

func TestLDIFEntriesThatAreNoAccountsArePassedOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, lines, note string }{
		{"a group", "dn: b\nobjectClass: top\nobjectClass: group", "an entry of class group (lines 4 to 6)"},
		{"a computer, which is a person to its classes", "dn: b\nobjectClass: person\nobjectClass: computer",
			"an entry of class computer (lines 4 to 6)"},
		{"another server", "ref: ldap://x/dc=x\nref: ldap://y", "a reference to another server (lines 4 to 5)"},
	} {
		in := "dn: a\nmail: a@x\n\n" + c.lines + "\n\ndn: c\nmail: c@x\n"
		r, err := roster.NewReader(strings.NewReader(in), nil)
		require.NoError(t, err, c.reason)
		n := count(t, r)
		assert.Equal(t, 2, n, c.reason)
		assert.Contains(t, strings.Join(r.Header().Notes(), "; "), c.note, c.reason)
		assert.True(t, r.Header().Complete(n), c.reason)
	}
}

func TestWhatIsNotWantedMayLieElsewhere(t *testing.T) {
	t.Parallel()
	in := "dn: a\nmail: a@x\njpegPhoto:< file:///tmp/a\n"
	_, bad, err := read(t, strings.NewReader(in), &roster.Options{Columns: []string{"mail"}})
	require.NoError(t, err)
	assert.Empty(t, bad)
}

func TestLDIFThatIsNoWholeListIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in, want string
		is               error
	}{
		{"changes", "dn: a\nchangetype: modify\nreplace: mail\nmail: a@x\n-\n", "users.ldf line 2: not a list of accounts: " +
			"this is LDIF of changes", roster.ErrNotList},
		{"changes far down", "dn: a\nmail: a\n\ndn: b\nchangetype: delete\n", "line 5: not a list", roster.ErrNotList},
		{"the server's limit", "dn: a\nmail: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n", "result 4 and not 0",
			roster.ErrIncomplete},
		{"entries are missing", "dn: a\nmail: a\n\n# numEntries: 2\n", "it wrote 2 entries, and the file holds 1",
			roster.ErrIncomplete},
		{"no entry", "version: 1\n", "the list holds no account", roster.ErrEmpty},
		{"an entry without end", "dn: a\n\ndn: b\nphoto: " + strings.Repeat("x\n ", 2000), "users.ldf line", roster.ErrTooLong},
	} {
		_, _, err := read(t, strings.NewReader(c.in), &roster.Options{Name: "users.ldf", MaxRecord: 1000})
		var end *roster.ReadError
		require.ErrorAs(t, err, &end, c.reason)
		assert.ErrorIs(t, err, c.is, c.reason)
		assert.Contains(t, err.Error(), c.want, c.reason)
	}
}

func TestLDIFMayBeCutShort(t *testing.T) {
	t.Parallel()
	for in, doubt := range map[string]string{
		"dn: a\nmail: a":                    "line 2: the last line has no line end",
		"# extended LDIF\ndn: a\nmail: a\n": `line 3: the line "result: 0 Success" is missing`,
		"dn: a\nmail: J\ufffdrgen\n":        "line 1: a value holds U+FFFD",
		"dn: a\nmail: a\n":                  "",
	} {
		r, err := roster.NewReader(strings.NewReader(in), nil)
		require.NoError(t, err)
		n := count(t, r)
		assert.Equal(t, doubt == "", r.Header().Complete(n), in)
		assert.Contains(t, r.Header().Doubt(), doubt, in)
	}
}

func TestLDIFErrorsOfTheSourceAreKept(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	in := &broken{text: "dn: a\nmail: a\n\n", err: gone}
	_, _, err := read(t, in, nil)
	assert.ErrorIs(t, err, gone)
	_, _, err = read(t, &broken{text: `[{"id":"a"},`, err: gone}, nil)
	assert.ErrorIs(t, err, gone)
}

// A broken source gives a text and then an error.
type broken struct {
	text string
	err  error
}

func (b *broken) Read(p []byte) (int, error) {
	if b.text == "" {
		return 0, b.err
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, nil
}
