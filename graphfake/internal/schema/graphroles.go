package schema

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed approles.txt
var appRoles string

// A GraphRole is an application permission of Microsoft Graph, such as User.Read.All.
type GraphRole struct{ Name, ID string }

// GraphRoles returns all of them, in order of name.
var GraphRoles = sync.OnceValue(func() []GraphRole {
	var roles []GraphRole
	for line := range strings.Lines(appRoles) {
		if name, id, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			roles = append(roles, GraphRole{name, id})
		}
	}
	return roles
})

// FindGraphRole returns the permission of that name, in any letter case.
func FindGraphRole(name string) (GraphRole, bool) {
	for _, r := range GraphRoles() {
		if strings.EqualFold(r.Name, name) {
			return r, true
		}
	}
	return GraphRole{}, false
}
