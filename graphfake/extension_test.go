package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// HR tools keep their keys in directory extension properties.
func TestDirectoryExtensionProperties(t *testing.T) {
	t.Parallel()
	const name = "extension_0123456789abcdef0123456789abcdef_badge"
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", More: map[string]any{name: "B-7", strings.Replace(name, "badge", "vip", 1): true}})
	bob := s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	c := newClient(t, s)
	require.Equal(t, []string{"ada"}, c.get("/users?$filter="+name+" eq 'b-7'").column("displayName"))
	require.Equal(t, []string{"ada"}, c.get("/users?$filter="+strings.ToUpper(strings.Replace(name, "badge", "vip", 1))+" eq true").column("displayName"))
	checkSupport(t, "A", "startsWith", c.get("/users?$filter=startswith("+name+",'b')"), c.get("/users?$filter=startswith("+name+",'b')"),
		c.advanced().get("/users?$count=true&$filter=startswith("+name+",'b')"))
	require.Equal(t, 400, c.get("/users?$filter=extension_123_badge eq 'x'").status, "no such form")

	require.Equal(t, 204, c.do("PATCH", "/users/"+bob.ID, map[string]any{name: "B-8"}).status)
	require.Equal(t, []string{"B-7", "B-8"}, c.get("/users?$select=id,"+name).column(name))
	require.NotContains(t, c.get("/users/"+bob.ID).json, name, "not in the default set")
	require.Equal(t, 204, c.do("PATCH", "/users/"+bob.ID, map[string]any{name: nil}).status)
	require.Nil(t, c.get("/users/" + bob.ID + "?$select=" + name).json[name])

	other := graphfake.New(&graphfake.Options{TB: t})
	require.NoError(t, other.Load(strings.NewReader(dump(t, s))))
	require.Equal(t, dump(t, s), dump(t, other))
	u, _ := other.User("ada@contoso.example")
	require.Equal(t, "B-7", u.More[name])
}
