package metadata_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A path leads where the metadata says, whichever way it is spelled.
func TestWalk(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, kinds, leadsTo string }{
		{"/users", "navigation", "user*"},
		{"/", "root", "GraphService"},
		{"/$batch", "system", ""},
		{"/USERS/ada@contoso.example/Manager", "navigation key navigation", "directoryObject"},
		{"/users('x')/manager", "navigation key navigation", "directoryObject"},
		{"/users/delta", "navigation function", "user*"},
		{"/users/microsoft.graph.delta()", "navigation function", "user*"},
		{"/users/delta/x", "navigation function key", "user"},
		{"/groups/getByIds", "navigation action", "directoryObject*"}, // by what groups are based on
		{"/groups/x/delta", "navigation key ", ""},
		{"/groups/x/checkMemberGroups", "navigation key action", ""},
		{"/groups/x/members/$count", "navigation key navigation system", ""},
		{"/groups/x/members/microsoft.graph.user/y/mail", "navigation key navigation cast key property", ""},
		{"/groups/x/members/graph.USER", "navigation key navigation cast", "user*"},
		{"/groups/x/members/microsoft.graph.message", "navigation key navigation ", ""},
		{"/groups/x/members/microsoft.graph.nope", "navigation key navigation ", ""},
		{"/domains/graph.contoso.example", "navigation key", "domain"},
		{"/directoryObjects/x/mail", "navigation key property", ""}, // users are directory objects
		{"/users/x/reminderView(startDateTime='a',endDateTime='b')", "navigation key function function", "reminder*"},
		{"/me/drive/items/x/workbook/worksheets/y/charts/z/image(width=1,height=2)",
			"navigation navigation navigation key navigation navigation key navigation key function function", ""},
		{"/applications(appId='x')/owners", "navigation key navigation", "directoryObject*"},
		{"/applications(displayName='x')", "navigation ", ""},
		{"/users/x/mail/$value", "navigation key property system", ""},
		{"/users/x/mail/length", "navigation key property ", ""},
		{"/users/x/identities/0", "navigation key property ", ""},
		{"/users/x/passwordProfile/password", "navigation key property property", ""},
		{"/drives/x/anything", "navigation key ", ""},
		{"/drives/x/root:/a/b.txt:/content", "navigation key key key key key", "undescribed"}, // paths of files
		{"/deviceManagement/anything", "navigation key", "deviceManagement"},                  // not described
		{"/nope/x", "", ""},
	} {
		places := metadata.Walk(odata.SplitPath(tc.path))
		var kinds []string
		for _, p := range places {
			kinds = append(kinds, string(p.Kind))
		}
		assert.Equal(t, tc.kinds, strings.Join(kinds, " "), tc.path)
		last := places[len(places)-1]
		leadsTo := last.Type
		if last.Many {
			leadsTo += "*"
		}
		assert.Equal(t, tc.leadsTo, leadsTo, tc.path)
	}
}

// Names are known by themselves, by their types, and by those based on them.
func TestKnownNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"group/assignedLicenses": true, "group/ASSIGNEDLICENSES/skuId": true, "group/id": true, "group/members": true,
		"group/members/displayName": true, "directoryObject/settings/templateId": true, "directoryObject/settings/contributionToContentDiscoveryDisabled": true, "directoryObject/jobTitle": true, "group/nope": false, "group/renew": false,
		"group/assignedLicenses/nope": false, "group/members/microsoft.graph.user/mail": true, "nope/anything": true, "group": false,
	} {
		names := strings.Split(path, "/")
		assert.Equal(t, want, metadata.Of(names[0], names[1:]...).Known(), path)
	}
	link, ok := metadata.Link("user", "Manager")
	require.True(t, ok)
	assert.Equal(t, metadata.Place{Kind: metadata.Navigation, Name: "manager", Type: "directoryObject"}, link)
	_, ok = metadata.Link("user", "mail")
	assert.False(t, ok)
}

// Reading all names happens once and only where it is needed; walking must not
// be felt in a request.
func BenchmarkWalk(b *testing.B) {
	path := odata.SplitPath("/groups/x/members/microsoft.graph.user/$count")
	for b.Loop() {
		metadata.Walk(path)
	}
}
