package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/ldap"
)

// lines returns what a reader yields: "n: value|value", or "n: error".
func lines(r *roster.Reader) (list []string) {
	for row, err := range r.Rows() {
		var values []string
		for _, value := range row.All() {
			values = append(values, value)
		}
		if err != nil {
			values = []string{err.Error()}
		}
		list = append(list, fmt.Sprintf("%d: %s", row.Line(), strings.Join(values, "|")))
	}
	return list
}

func TestARealDirectory(t *testing.T) {
	t.Parallel()
	d := start(t)
	dial := func(t *testing.T, s ldap.Server) *goldap.Conn {
		s.TLS = d.trust()
		conn, err := ldap.Dial(t.Context(), s)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	asAdmin := ldap.Server{URL: "ldap://" + d.plain, BindDN: admin, Password: password}

	for _, test := range []struct{ reason, url string }{
		{"StartTLS", "ldap://" + d.plain}, {"LDAPS", "ldaps://" + d.tls},
	} {
		t.Run("every page is read over "+test.reason, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, ldap.Server{URL: test.url, BindDN: admin, Password: password})
			_, secure := conn.TLSConnectionState()
			require.True(t, secure)
			r, err := ldap.NewReader(t.Context(), conn, &ldap.Options{BaseDN: "ou=people," + base,
				Attributes: []string{"UID", "mail", "employeeNumber"}, PageSize: 100})
			require.NoError(t, err)
			found := map[string]bool{}
			for row, err := range r.Rows() {
				require.NoError(t, err)
				found[row.Get("uid")+" "+row.Get("mail")+" "+row.Get("employeeNumber")] = true
			}
			assert.Len(t, found, people)
			assert.Contains(t, found, "p42 p42@contoso.example 00042")
			assert.True(t, r.Header().Complete(people))
			assert.Empty(t, r.Header().Notes())
		})
	}
	t.Run("values become columns", func(t *testing.T) {
		t.Parallel()
		r, err := ldap.NewReader(t.Context(), dial(t, asAdmin), &ldap.Options{BaseDN: "ou=odd," + base,
			Attributes: []string{"mail", "displayName", "objectGUID", "userAccountControl", "title"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"dn", "mail", "displayName", "objectGUID", "userAccountControl", "title",
			"accountEnabled"},
			r.Header().Columns())
		assert.Equal(t, []string{
			`1: uid=zoe,ou=odd,` + base +
				`|zoe@contoso.example;zoe\;2@contoso.example|Zoë|33221100-5544-7766-8899-aabbccddeeff|514||false`,
			`2: uid=bo,ou=odd,` + base + `||||512||true`}, lines(r))
		assert.Equal(t,
			[]string{`no entry has the attribute "title": is the name right, and may this account read it?`}, r.Header().Notes())
	})
	t.Run("a value that is no text", func(t *testing.T) {
		t.Parallel()
		r, err := ldap.NewReader(t.Context(), dial(t, asAdmin), &ldap.Options{Name: "LDAP", BaseDN: "ou=odd," + base,
			Attributes: []string{"uid", "jpegPhoto"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"1: uid=zoe,ou=odd," + base + "|zoe|",
			`2: LDAP line 2, column 3: the attribute "jpegPhoto": not text: leave it out of Options.Attributes`},
			lines(r))
	})
	t.Run("a list that the server cuts is unfinished", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, ldap.Server{URL: asAdmin.URL, BindDN: limited, Password: password})
		r, err := ldap.NewReader(t.Context(), conn, &ldap.Options{BaseDN: base, Attributes: []string{"uid",
			"employeeNumber"}, PageSize: 8})
		require.NoError(t, err)
		requireUnfinished(t, r)
	})
	t.Run("without a page it is as well", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, ldap.Server{URL: asAdmin.URL, BindDN: limited, Password: password})
		r, err := ldap.NewReader(t.Context(), conn, &ldap.Options{BaseDN: base, Attributes: []string{"uid"},
			PageSize: people * 2})
		require.NoError(t, err)
		requireUnfinished(t, r)
	})
	t.Run("an attribute that may not be read is noted", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, ldap.Server{URL: asAdmin.URL, BindDN: limited, Password: password})
		r, err := ldap.NewReader(t.Context(), conn, &ldap.Options{BaseDN: "uid=p7,ou=people," + base,
			Attributes: []string{"uid", "employeeNumber"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"1: uid=p7,ou=people," + base + "|p7|"}, lines(r))
		assert.Contains(t, r.Header().Notes()[0], `no entry has the attribute "employeeNumber"`)
	})
	t.Run("what another server has is not left out silently", func(t *testing.T) {
		t.Parallel()
		o := &ldap.Options{BaseDN: "ou=far," + base, Attributes: []string{"uid"}}
		r, err := ldap.NewReader(t.Context(), dial(t, asAdmin), o)
		require.NoError(t, err)
		requireUnfinished(t, r)
		o.PassOver = true
		r, err = ldap.NewReader(t.Context(), dial(t, asAdmin), o)
		require.NoError(t, err)
		assert.Equal(t, []string{"1: uid=far,ou=far," + base + "|far"}, lines(r))
		assert.Len(t, r.Header().Notes(), 1)
		assert.Contains(t, r.Header().Notes()[0], "ldap://oslo.contoso.example")
	})
	t.Run("a base that is not there is no empty list", func(t *testing.T) {
		t.Parallel()
		r, err := ldap.NewReader(t.Context(), dial(t, asAdmin), &ldap.Options{BaseDN: "ou=nobody," + base,
			Attributes: []string{"uid"}})
		require.NoError(t, err)
		assert.Contains(t, lines(r)[0], `there is no entry "ou=nobody,`+base+`", or this account may not see it`)
	})
	t.Run("a search may be called off", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := ldap.NewReader(ctx, dial(t, asAdmin), &ldap.Options{BaseDN: base, Attributes: []string{"uid"},
			PageSize: 10})
		require.NoError(t, err)
		n := 0
		for _, rowErr := range r.Rows() {
			if n++; n == 5 {
				cancel()
			}
			err = rowErr
		}
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 11, n, "ten rows of the first page, and the error")
	})
	t.Run("an unknown certificate, or a wrong password", func(t *testing.T) {
		t.Parallel()
		_, err := ldap.Dial(t.Context(), asAdmin)
		require.ErrorContains(t, err, "certificate")
		wrong := ldap.Server{URL: "ldaps://" + d.tls, BindDN: admin, Password: "n0b0dys-passw0rd", TLS: d.trust()}
		_, err = ldap.Dial(t.Context(), wrong)
		require.True(t, goldap.IsErrorWithCode(errors.Unwrap(err), goldap.LDAPResultInvalidCredentials), "%v", err)
		require.NotContains(t, err.Error(), "n0b0dys-passw0rd")
	})
	t.Run("without TLS only if that is asked for", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, ldap.Server{URL: asAdmin.URL, NoTLS: true})
		_, secure := conn.TLSConnectionState()
		require.False(t, secure)
	})
}

func requireUnfinished(t *testing.T, r *roster.Reader) {
	t.Helper()
	var last error
	n := 0
	for _, err := range r.Rows() {
		last = err
		n++
	}
	var failed *roster.ReadError
	require.ErrorAs(t, last, &failed)
	require.ErrorIs(t, last, ldap.ErrUnfinished)
	require.False(t, r.Header().Complete(n))
	t.Log(last)
}
