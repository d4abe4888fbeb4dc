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
	const columns = "PrincipalId,PrincipalType,PermissionId,PermissionName,PermissionDescription,PermissionType," +
		"ScopeId,ScopeDisplayName,EntitlementOwners_Users,EntitlementOwners_Groups,CustomData\n"
	assert.Equal(t, columns+`u-1,EntraIdUser,r-1,General,"Can read, and =write",Role,,,,,
u-1,EntraIdUser,r-2,Auditor,Auditor,Role,,,,,
u-2,EntraIdUser,r-1,General,"Can read, and =write",Role,,,,,
`, out.String(), "each user and role once, every column of the article")

	out.Reset()
	require.NoError(t, governance.WriteCustomData(&out, wants[:1], customRoles, &governance.CustomDataOptions{
		PermissionType: "Entitlement", ScopeID: "db1", ScopeDisplayName: "CORPDB1", OwnerUsers: "u-9"}))
	assert.Equal(t, columns+"u-2,EntraIdUser,r-1,General,\"Can read, and =write\",Entitlement,db1,CORPDB1,u-9,,\n", out.String())

	out.Reset()
	sample := &governance.CustomDataOptions{AsGraphSample: true}
	require.NoError(t, governance.WriteCustomData(&out, wants[:1], customRoles, sample))
	assert.Equal(t, "principalId,principalType,permissionId,permissionName,permissionDescription,permissionType\n"+
		"u-2,user,r-1,General,\"Can read, and =write\",Role\n", out.String())
	sample.ScopeID = "db1"
	require.Error(t, governance.WriteCustomData(&out, wants[:1], customRoles, sample), "the scope would be lost")
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

// Whoever decides must know which account it is, and who reviews where owners do.
func TestWriteCustomData_WithWhatTheRowsSay(t *testing.T) {
	t.Parallel()
	wants := []assign.Want{{PrincipalID: "u-1", AppRoleID: "r-1", Source: assign.Source{Line: 2}},
		{PrincipalID: "u-1", AppRoleID: "r-1", Source: assign.Source{Line: 3}}, {PrincipalID: "u-2", AppRoleID: "r-1", Source: assign.Source{Line: 4}}}
	facts := map[int]governance.CustomDataFacts{2: {OwnerUsers: "o-1", Text: "Account: ADA1"}, 3: {OwnerUsers: "o-1", Text: "Account: ADA2"}}
	var out bytes.Buffer
	opts := &governance.CustomDataOptions{OwnerUsers: "o-9", Facts: func(w assign.Want) governance.CustomDataFacts { return facts[w.Source.Line] }}
	require.NoError(t, governance.WriteCustomData(&out, wants, customRoles, opts))
	_, lines, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	assert.Equal(t, `u-1,EntraIdUser,r-1,General,"Can read, and =write",Role,,,o-1,,Account: ADA1; Account: ADA2
u-2,EntraIdUser,r-1,General,"Can read, and =write",Role,,,o-9,,
`, string(lines), "one decision about each user and role, that names both accounts")
	opts.AsGraphSample, opts.OwnerUsers = true, ""
	require.Error(t, governance.WriteCustomData(&out, wants, customRoles, opts))
}
