package fulfill

import (
	"cmp"
	"slices"
	"strings"
)

// A HiddenGroup is a group that holds roles of an application and of which not all
// members can be seen: who has access through it can't be told.
type HiddenGroup struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	AppRoleIDs []string `json:"appRoleIds"` // sorted
}

// gives reports whether the group holds a role.
func (g HiddenGroup) gives(role string) bool {
	return slices.ContainsFunc(g.AppRoleIDs, func(id string) bool { return strings.EqualFold(id, role) })
}

// hiddenGroups returns the groups with hidden members that hold a role, sorted by id.
func (a Access) hiddenGroups(canonical func(string) string) []HiddenGroup {
	var groups []HiddenGroup
	for _, id := range a.Hidden {
		group := HiddenGroup{ID: strings.ToLower(id)}
		for _, assignment := range a.Assignments {
			if strings.EqualFold(assignment.PrincipalID, id) {
				group.Name = cmp.Or(assignment.PrincipalDisplayName, id)
				group.AppRoleIDs = append(group.AppRoleIDs, canonical(assignment.AppRoleID))
			}
		}
		slices.Sort(group.AppRoleIDs)
		group.AppRoleIDs = slices.Compact(group.AppRoleIDs)
		if len(group.AppRoleIDs) > 0 {
			groups = append(groups, group)
		}
	}
	return mergeHidden(groups)
}

// mergeHidden sorts groups by id, with one entry for all roles of each.
func mergeHidden(groups []HiddenGroup) []HiddenGroup {
	slices.SortStableFunc(groups, func(a, b HiddenGroup) int { return strings.Compare(a.ID, b.ID) })
	var merged []HiddenGroup
	for _, group := range groups {
		last := len(merged) - 1
		if last < 0 || merged[last].ID != group.ID {
			merged = append(merged, group)
			continue
		}
		roles := slices.Concat(merged[last].AppRoleIDs, group.AppRoleIDs)
		slices.Sort(roles)
		merged[last].AppRoleIDs = slices.Compact(roles)
	}
	return merged
}

// hiddenIn names the groups through which a role may be held unseen.
func hiddenIn(groups []HiddenGroup, role string) (names []string) {
	for _, group := range groups {
		if group.gives(role) {
			names = append(names, group.Name)
		}
	}
	return names
}
