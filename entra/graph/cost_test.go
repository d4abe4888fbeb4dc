package graph

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The published examples; paying too little gets throttled, too much is slow.
func TestCost(t *testing.T) {
	tests := []struct {
		method, path string
		want         cost
	}{
		{"GET", "/users", cost{units: 2}},
		{"GET", "/users?$select=id&$top=999", cost{units: 1}},
		{"GET", "/users?$top=10", cost{units: 1}},
		{"GET", "/users?$select=id&$top=5", cost{units: 1}},
		{"GET", "/users?$expand=manager", cost{units: 3}},
		{"GET", root + "/users?$skiptoken=x", cost{units: 2}},
		{"GET", "/users/87d349ed-44d7-43e1-9a83-5f2406dee5bd", cost{units: 1}},
		{"GET", "/users/$count", cost{units: 1}},
		{"GET", "/applications?$filter=x", cost{units: 2}},
		{"GET", "/servicePrincipals/x1/appRoleAssignments", cost{units: 2}},
		{"GET", "/servicePrincipals/x1/appRoleAssignedTo?$top=999", cost{units: 1}},
		{"GET", "/groups/x1/transitiveMembers", cost{units: 5}},
		{"POST", "/users", cost{units: 1, writes: 1}},
		{"DELETE", "/servicePrincipals/x1/appRoleAssignedTo/y2", cost{units: 1, writes: 1}},
		{"GET", "/identityGovernance/accessReviews/definitions", cost{governance: 1}},
		{"POST", "/identityGovernance/accessReviews/definitions", cost{governance: 1}},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, Request{Method: tt.method, Path: tt.path}.cost(), "%s %s", tt.method, tt.path)
	}
}
