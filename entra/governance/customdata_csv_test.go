package governance_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/governance"
)

var customRoles = []assign.AppRole{
	{ID: "R-1", DisplayName: "General", Description: "Can read, and =write", AllowedMemberTypes: []string{"User"},
		IsEnabled: true},
	{ID: "r-2", DisplayName: "Auditor", AllowedMemberTypes: []string{"User"}, IsEnabled: true},
}

func TestWriteCustomData(t *testing.T) {
	t.Parallel()
	wants := []assign.Want{{PrincipalID: "u-2", AppRoleID: "r-1"}, {PrincipalID: "U-1", AppRoleID: "r-2"},
		{PrincipalID: "u-1", AppRoleID: "R-1"}, {PrincipalID: "u-2", AppRoleID: "R-1"}}
	var out bytes.Buffer
	require.NoError(t, governance.WriteCustomData(&out, wants, customRoles, nil))
	assert.Equal(t, `PrincipalId,PrincipalType,PermissionId,PermissionName,PermissionDescription,PermissionType
u-1,EntraIdUser,r-1,General,"Can read, and =write",Role
u-1,EntraIdUser,r-2,Auditor,Auditor,Role
u-2,EntraIdUser,r-1,General,"Can read, and =write",Role
`, out.String(), "each user and role once, every mandatory column filled")

	out.Reset()
	require.NoError(t, governance.WriteCustomData(&out, wants[:1], customRoles,
		&governance.CustomDataOptions{PrincipalType: "user", PermissionType: "Entitlement"}))
	assert.Contains(t, out.String(), "u-2,user,r-1,General,\"Can read, and =write\",Entitlement\n")
}

func TestWriteCustomData_RefusesWhatCantBeReviewed(t *testing.T) {
	t.Parallel()
	good := assign.Want{PrincipalID: "u-1", AppRoleID: "r-1"}
	for reason, bad := range map[string]assign.Want{
		"without a user nobody can be asked": {AppRoleID: "r-1"},
		"an unknown role says nothing":       {PrincipalID: "u-1", AppRoleID: "r-9"},
	} {
		var out bytes.Buffer
		err := governance.WriteCustomData(&out, []assign.Want{good, bad}, customRoles, nil)
		var want *assign.WantError
		require.ErrorAs(t, err, &want, reason)
		assert.Empty(t, out.String(), "half a file would be uploaded as a whole one")
	}
}
