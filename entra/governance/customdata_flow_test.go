package governance_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const entitlements = "/identityGovernance/entitlementManagement"

// catalogReview sets up a catalog with a custom data provided resource and a
// review of it that waits for data.
func catalogReview(tn *faulttest.Tenant) governance.CustomDataTarget {
	catalog := tn.Ask("POST", entitlements+"/catalogs", map[string]any{"displayName": "Disconnected"})["id"].(string)
	tn.Ask("POST", entitlements+"/resourceRequests", map[string]any{"requestType": "adminAdd",
		"catalog": map[string]any{"id": catalog},
		"resource": map[string]any{"originSystem": "CustomDataProvidedResource", "displayName": "CORPDB1",
			"description": "The database"}})
	time.Sleep(time.Minute)
	resource := tn.List(entitlements + "/catalogs/" + catalog + "/resources")[0]["id"].(string)
	const unified = "/identityGovernance/accessReviews/unified/definitions"
	review := tn.Ask("POST", unified, map[string]any{"displayName": "Disconnected", "descriptionForAdmins": "x",
		"descriptionForReviewers": "x",
		"scope": map[string]any{"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
			"principalScopes": []any{map[string]any{"@odata.type": "#microsoft.graph.accessReviewPrincipalScope",
				"scopeType": "allUsers"}},
			"resourceScopes": []any{map[string]any{"@odata.type": "#microsoft.graph.accessReviewResourceScope",
				"resourceId": catalog, "scopeType": "catalog"}}},
		"reviewers": []any{map[string]any{"@odata.type": "#microsoft.graph.accessReviewReviewerScope",
			"scopeType": "manager"}},
		"settings": map[string]any{"instanceDurationInDays": 5, "defaultDecision": "None",
			"recurrence": map[string]any{"range": map[string]any{"type": "numbered",
				"startDate": "1999-01-01"}}}})["id"].(string)
	instance := tn.Fake.Reviews()[0].Instances[0].ID
	return governance.CustomDataTarget{CatalogID: catalog, ResourceID: resource, ReviewID: review, InstanceID: instance}
}

// A run that is killed anywhere is run again: what is reviewed is the file,
// whole and once.
func TestUploadCustomData_CutAnywhere(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{false, true} {
		for k, whole := 1, false; !whole; k++ {
			synctest.Test(t, func(t *testing.T) {
				tn := faulttest.NewTenant(t, nil)
				var file bytes.Buffer
				role := assign.AppRole{ID: faulttest.RoleID, DisplayName: "General", AllowedMemberTypes: []string{"User"},
					IsEnabled: true}
				wants := []assign.Want{{PrincipalID: tn.AddUser("ada"), AppRoleID: faulttest.RoleID},
					{PrincipalID: tn.AddUser("bob"), AppRoleID: faulttest.RoleID}}
				require.NoError(t, governance.WriteCustomData(&file, wants, []assign.AppRole{role}, nil))
				to := catalogReview(tn)
				files := []governance.CustomDataFile{{Name: "permissions.csv", CSV: file.Bytes()}}

				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				left := k
				cut, err := entra.Connect(graph.StaticToken("x"),
					&graph.ConnectOptions{Transport: shears{&left, lands, cancel, tn.Fake.Transport()}})
				require.NoError(t, err)
				whole = governance.New(cut).UploadCustomData(ctx, to, files) == nil
				what := fmt.Sprintf("cut at request %d (landed: %v)", k, lands)
				err = governance.New(tn.Client).UploadCustomData(t.Context(), to, files)
				if err != nil && !errors.Is(err, graph.ErrExists) {
					require.NoError(t, err, what)
				}
				time.Sleep(24 * time.Hour)
				review := tn.Fake.Reviews()[0].Instances[0]
				var about []string
				for _, d := range review.Decisions {
					about = append(about, d.PrincipalID)
				}
				assert.ElementsMatch(t, []string{wants[0].PrincipalID, wants[1].PrincipalID}, about, what)
			})
			require.Less(t, k, 50, "the upload never ends")
		}
	}
}

// What a session does not say of itself is unknown: nothing is put into one that
// may be finished, and one that may have files is started over, so that no file is
// in it twice.
func TestUploadCustomData_OfASessionThatLacksSomething(t *testing.T) {
	t.Parallel()
	for property, complete := range map[string]bool{"id": false, "isUploadDone": false, "stats": true,
		"stats/filesUploaded": true} {
		for _, effect := range withheld {
			synctest.Test(t, func(t *testing.T) {
				tn := faulttest.NewTenant(t, nil)
				to := catalogReview(tn)
				files := []governance.CustomDataFile{{Name: "permissions.csv", CSV: []byte("PrincipalId,PrincipalType," +
					"PermissionId,PermissionName,PermissionDescription,PermissionType\n" +
					tn.AddUser("ada") + ",EntraIdUser,r,R,R,Role\n")}}
				const finish = "PATCH " + entitlements + "/catalogs/{id}/resources/{id}/uploadSessions/{id}"
				tn.Faults.Inject(finish, faulttest.Refusal("", 403, "Authorization_RequestDenied", "no"))
				require.Error(t, governance.New(tn.Client).UploadCustomData(t.Context(), to, files), "left with its file")
				tn.Fake.Inject(graphfake.Fault{Method: "GET", Path: entitlements + "/catalogs/{id}/resources/{id}/uploadSessions",
					Effect: effect, Property: property, Times: -1})
				writes := len(tn.Faults.Writes())
				err := governance.New(tn.Client).UploadCustomData(t.Context(), to, files)
				if complete {
					require.NoError(t, err, property)
					return
				}
				require.ErrorIs(t, err, graph.ErrIncomplete, property)
				assert.ErrorContains(t, err, property)
				assert.Len(t, tn.Faults.Writes(), writes, property)
			})
		}
	}
}

// Two sessions for one round would be two uploads, one of which is lost.
func TestUploadCustomData_OpensOneSession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer faulttest.Fault
		lag    int // listings that don't show the session
		done   bool
		reason string
	}{
		{faulttest.Transient[3], 4, true, "a 504 that was applied, and a listing that lags"},
		{faulttest.Transient[3], -1, false, "a 504 that was applied, and no listing shows it"},
		{faulttest.Transient[2], 0, false, "a 504 that was not applied"},
		{faulttest.Fault{Status: 201, Body: `{}`, Lands: true}, 1, true, "an answer without a session"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tn := faulttest.NewTenant(t, nil)
			to := catalogReview(tn)
			sessions := entitlements + "/catalogs/{id}/resources/{id}/uploadSessions"
			tn.Faults.Inject("POST "+sessions, tt.answer)
			if tt.lag != 0 {
				tn.Fake.Inject(graphfake.Fault{Method: "GET", Path: sessions, Effect: graphfake.HideObjects, Times: tt.lag})
			}
			files := []governance.CustomDataFile{{Name: "permissions.csv", CSV: []byte("x")}}
			err := governance.New(tn.Client).UploadCustomData(t.Context(), to, files)
			assert.Equal(t, !tt.done, errors.Is(err, graph.ErrUnclear), "%s: %v", tt.reason, err)
			sent := 0
			if tt.answer.Lands {
				sent = 1
			}
			const route = entitlements + "/catalogs/{catalog}/resources/{resource}/uploadSessions"
			assert.Equal(t, sent, tn.Fake.Operations("POST " + route)["POST "+route], "%s: requests that reached the service", tt.reason)
		})
	}
}

// The names that people know lead to the round that takes data, and from there to what
// became of it.
func TestFindAndFollowCustomData(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		to := catalogReview(tn)
		reviews := governance.New(tn.Client)
		found, err := reviews.FindCustomData(t.Context(), "disconnected", "CORPDB1", "disconnected")
		require.NoError(t, err)
		assert.Equal(t, to, found)
		for _, names := range [][3]string{{"x", "CORPDB1", "Disconnected"}, {"Disconnected", "x", "Disconnected"}, {"Disconnected", "CORPDB1", "x"}} {
			_, err := reviews.FindCustomData(t.Context(), names[0], names[1], names[2])
			require.ErrorIs(t, err, graph.ErrNotFound, "%v", names)
			assert.ErrorContains(t, err, `"x"`)
		}
		state, err := reviews.FollowCustomData(t.Context(), to, 0, time.Minute)
		require.NoError(t, err)
		assert.Equal(t, &governance.CustomDataState{Round: "Initializing"}, state)

		csv := "PrincipalId,PrincipalType,PermissionId,PermissionName,PermissionDescription,PermissionType\n" +
			tn.AddUser("ada") + ",EntraIdUser,r,R,R,Role\n" + tn.AddUser("bob") + ",EntraIdUser,r,R,R,Role\n"
		require.NoError(t, reviews.UploadCustomData(t.Context(), to, []governance.CustomDataFile{{Name: "permissions.csv", CSV: []byte(csv)}}))
		began := time.Now()
		state, err = reviews.FollowCustomData(t.Context(), to, 10*time.Minute, time.Minute)
		require.NoError(t, err)
		assert.Equal(t, &governance.CustomDataState{Upload: "complete", Round: "Initializing"}, state)
		assert.LessOrEqual(t, time.Since(began), 11*time.Minute)
		state, err = reviews.FollowCustomData(t.Context(), to, 3*time.Hour, time.Minute)
		require.NoError(t, err)
		assert.Equal(t, &governance.CustomDataState{Upload: "complete", Round: "Active", Decisions: 2}, state)
		found, err = reviews.FindCustomData(t.Context(), "Disconnected", "CORPDB1", "Disconnected")
		require.NoError(t, err)
		assert.Equal(t, to, found, "a round that has begun is followed")
	})
}
