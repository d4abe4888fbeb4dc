package entra

import (
	"strconv"
	"strings"
)

// A cost is what requests take from quotas.
type cost struct {
	units      int // resource units
	writes     int
	governance int // requests to identity governance, which counts by itself
}

func (c cost) plus(d cost) cost {
	return cost{c.units + d.units, c.writes + d.writes, c.governance + d.governance}
}

// costs are the reads that cost more than one resource unit.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
var costs = map[string]int{
	"/users":        2,
	"/applications": 2,
	"/servicePrincipals/{id}/appRoleAssignments": 2,
	"/groups/{id}/members":                       3,
	"/groups/{id}/transitiveMembers":             5,
}

// cost is what the published rules say that the request takes.
func (r request) cost() cost {
	path, query, _ := strings.Cut(r.path, "?")
	route := strings.TrimPrefix(template(path), "/v1.0") // a nextLink has it
	if strings.HasPrefix(route, "/identityGovernance") {
		return cost{governance: 1}
	}
	if r.writes() {
		return cost{units: 1, writes: 1}
	}
	return cost{units: max(1, max(1, costs[route])+surcharge(query))}
}

// surcharge is what query options add to a read's resource units.
func surcharge(query string) (units int) {
	for option := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "$select":
			units--
		case "$expand":
			units++
		case "$top":
			if n, err := strconv.Atoi(value); err == nil && n < 20 {
				units--
			}
		}
	}
	return units
}
