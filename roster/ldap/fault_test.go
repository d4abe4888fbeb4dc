package ldap_test

import (
	"errors"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/ldap"
)

// A server answers as a test says: what slapd never does, and others do.
type server func(page int, cookie string) (*goldap.SearchResult, error)

func (s server) Search(r *goldap.SearchRequest) (*goldap.SearchResult, error) {
	paging := goldap.FindControl(r.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
	return s(int(paging.PagingSize), string(paging.Cookie))
}

func entry(dn string, attributes map[string][]string) *goldap.Entry {
	return goldap.NewEntry(dn, attributes)
}

func page(cookie string, entries ...*goldap.Entry) *goldap.SearchResult {
	return &goldap.SearchResult{Entries: entries,
		Controls: []goldap.Control{&goldap.ControlPaging{Cookie: []byte(cookie)}}}
}

// roll returns what a reader yields of a server's answers about mail and memberOf.
func roll(t *testing.T, s server) (*roster.Reader, []string) {
	t.Helper()
	r, err := ldap.NewReader(t.Context(), s, &ldap.Options{Name: "LDAP", BaseDN: base,
		Attributes: []string{"mail", "memberOf"}})
	require.NoError(t, err)
	return r, lines(r)
}

func TestAnswersOfOtherServers(t *testing.T) {
	t.Parallel()
	one := entry("cn=a", map[string][]string{"MAIL": {"a@x;b"}})
	for _, test := range []struct {
		reason string
		server server
		want   []string
		notes  int
	}{
		{"one that knows no pages sends all at once", func(int, string) (*goldap.SearchResult, error) {
			return &goldap.SearchResult{Entries: []*goldap.Entry{one}}, nil
		}, []string{"1: cn=a|a@x;b|"}, 1},
		{"a page without entries is not the end", func(_ int, cookie string) (*goldap.SearchResult, error) {
			if cookie == "" {
				return page("1"), nil
			}
			return page("", one), nil
		}, []string{"1: cn=a|a@x;b|"}, 1},
		{"a cookie without end", func(int, string) (*goldap.SearchResult, error) { return page("1"), nil },
			[]string{"0: LDAP line 1: the list is not whole: the server sends pages without entries"}, 0},
		{"an answer that breaks off, with what came before", func(int, string) (*goldap.SearchResult, error) {
			return page("1", one), errors.New("connection reset")
		}, []string{"1: cn=a|a@x;b|", "0: LDAP line 2: the search stopped here: connection reset"}, 1},
		{"some of a member's groups", func(int, string) (*goldap.SearchResult, error) {
			return page("", entry("cn=a", map[string][]string{"memberOf;range=0-1499": {"cn=g"}})), nil
		}, []string{`1: LDAP line 1, column 3: the attribute "memberOf": the list is not whole: ` +
			"the server sent only a part of its values (range)"}, 2},
		{"the last of a member's groups", func(int, string) (*goldap.SearchResult, error) {
			return page("", entry("cn=a", map[string][]string{"memberOf;range=0-*": {"cn=g", "cn=h"}})), nil
		}, []string{"1: cn=a||cn=g;cn=h"}, 1},
		{"a computer of Active Directory is no account", func(int, string) (*goldap.SearchResult, error) {
			return page("", entry("cn=pc", map[string][]string{"objectClass": {"person", "Computer"}}), one), nil
		}, []string{"2: cn=a|a@x;b|"}, 2},
		{"the zones of Active Directory have no accounts", func(int, string) (*goldap.SearchResult, error) {
			p := page("", one)
			p.Referrals = []string{"ldap://DomainDnsZones.contoso.example/DC=DomainDnsZones,DC=contoso,DC=example",
				"ldap://contoso.example/CN=Configuration,DC=contoso,DC=example"}
			return p, nil
		}, []string{"1: cn=a|a@x;b|"}, 1},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			r, got := roll(t, test.server)
			assert.Equal(t, test.want, got)
			assert.Len(t, r.Header().Notes(), test.notes, "%q", r.Header().Notes())
		})
	}
}

func TestOptionsThatCantBeUsed(t *testing.T) {
	t.Parallel()
	mail := []string{"mail"}
	for _, test := range []struct {
		reason string
		opts   *ldap.Options
		want   string
	}{
		{"nothing", nil, "Options.BaseDN and Options.Attributes are needed"},
		{"no attributes", &ldap.Options{BaseDN: base}, "are needed"},
		{"a base that is no name", &ldap.Options{BaseDN: "contoso", Attributes: mail}, "Options.BaseDN"},
		{"a filter that is none", &ldap.Options{BaseDN: base, Filter: "(uid=", Attributes: mail}, "Options.Filter"},
		{"all attributes", &ldap.Options{BaseDN: base, Attributes: []string{"*"}},
			`"*" is not the name of one attribute`},
		{"one twice", &ldap.Options{BaseDN: base, Attributes: []string{"mail", "Mail"}},
			`names "Mail" twice`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			_, err := ldap.NewReader(t.Context(), server(nil), test.opts)
			require.ErrorContains(t, err, test.want)
		})
	}
	for _, s := range []ldap.Server{{}, {URL: "https://x"}, {URL: "ldaps://me:secret@x"}, {URL: "ldaps://x",
		BindDN: "cn=a"}} {
		_, err := ldap.Dial(t.Context(), s)
		require.ErrorContains(t, err, "Server.")
		require.NotContains(t, err.Error(), "secret")
	}
}

// FuzzEntry reads entries with any names and values: each is a row or is reported.
func FuzzEntry(f *testing.F) {
	f.Add("memberOf;range=0-9", []byte("cn=g"))
	f.Add("objectGUID", []byte("0123456789abcdef"))
	f.Add("objectSid", []byte("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"))
	f.Add("userAccountControl", []byte("514"))
	f.Add("mail", []byte("\xff\x00;\\;"))
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		e := &goldap.Entry{DN: "cn=a", Attributes: []*goldap.EntryAttribute{{Name: name, ByteValues: [][]byte{value,
			value}}}}
		answer := server(func(int, string) (*goldap.SearchResult, error) { return page("", e), nil })
		r, err := ldap.NewReader(t.Context(), answer, &ldap.Options{BaseDN: base, Filter: "(uid=*)",
			Attributes: []string{"mail", "memberOf", "objectGUID", "objectSid", "userAccountControl"}})
		require.NoError(t, err)
		n := 0
		for row, err := range r.Rows() {
			n++
			require.Equal(t, "cn=a", row.Get("dn"))
			var bad *roster.RowError
			require.True(t, err == nil || errors.As(err, &bad))
		}
		require.Equal(t, 1, n)
	})
}
