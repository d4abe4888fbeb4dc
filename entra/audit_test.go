package entra_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	rollcall "github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// An audited application has the role General; its audit log is three minutes late.
type audited struct {
	*graphfake.Server
	client *entra.Client
	sp     graphfake.ServicePrincipal
	users  map[string]graphfake.User
}

func newAudited(t *testing.T, opts graphfake.Options, permissions ...string) audited {
	t.Helper()
	opts.TB, opts.AuditDelay = t, 3*time.Minute
	a := audited{Server: graphfake.New(&opts), users: make(map[string]graphfake.User)}
	for _, name := range []string{"ada", "bob", "cy", "dee", "olga"} {
		a.users[name] = a.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example"})
	}
	app := a.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	a.sp = a.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	var err error
	a.client, err = entra.Connect(graph.StaticToken(a.AppToken(permissions...)), &graph.ConnectOptions{Transport: faulttest.Record(a.Transport())})
	require.NoError(t, err)
	return a
}

// changes adds the role to users, or takes it away.
func (a audited) changes(action rollcall.Action, names ...string) (changes []rollcall.Change) {
	for _, name := range names {
		changes = append(changes, rollcall.Change{Action: action, PrincipalID: a.users[name].ID, AppRoleID: a.sp.AppRoles[0].ID})
	}
	return changes
}

// note adds an entry about a user.
func (a audited) note(name string, e graphfake.AuditEntry) {
	e.PrincipalID, e.ResourceID, e.AppRoleID = a.users[name].ID, a.sp.ID, a.sp.AppRoles[0].ID
	a.AddAuditEntry(e)
}

// What can't be seen was not always refused: somebody may have taken it away again.
func TestExplainChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAudited(t, graphfake.Options{})
		a.note("ada", graphfake.AuditEntry{At: time.Now().Add(-time.Hour), Result: "failure", Reason: "long ago"})
		since := time.Now()
		a.note("ada", graphfake.AuditEntry{})
		a.note("bob", graphfake.AuditEntry{})
		a.note("bob", graphfake.AuditEntry{Removed: true, By: a.users["olga"].ID, At: time.Now().Add(time.Second)})
		a.note("cy", graphfake.AuditEntry{Result: "failure", Reason: "The quota\nis exceeded."})
		changes := append(a.changes(rollcall.Add, "ada", "bob", "cy", "dee"), a.changes(rollcall.Remove, "bob")...)
		causes := func(opts *entra.AuditOptions) (causes []string) {
			explained, err := a.client.ExplainChanges(t.Context(), a.sp.ID, changes, since, opts)
			require.NoError(t, err)
			for i, e := range explained {
				assert.Equal(t, changes[i], e.Change)
				causes = append(causes, e.Cause)
			}
			return causes
		}
		nothing := "no entry since " + since.UTC().Format("15:04:05 UTC on 2 January 2006") + "; entries come minutes late"
		assert.Equal(t, []string{nothing, nothing, nothing, nothing, nothing}, causes(nil))
		began := time.Now()
		got := causes(&entra.AuditOptions{Wait: 5 * time.Minute})
		at := func(d time.Duration) string { return since.Add(d).UTC().Format("15:04:05 UTC on 2 January 2006") }
		assert.Equal(t, []string{
			"made at " + at(0) + ", and not visible yet: verify again later",
			"taken away at " + at(time.Second) + ", by olga@contoso.example",
			"not made at " + at(0) + `: failure: The quota\nis exceeded.`,
			nothing,
			"taken away at " + at(time.Second) + ", by olga@contoso.example, and not visible yet: verify again later",
		}, got)
		assert.LessOrEqual(t, time.Since(began), 5*time.Minute)
		began = time.Now()
		changes = changes[:3]
		causes(&entra.AuditOptions{Wait: time.Hour})
		assert.Zero(t, time.Since(began), "nothing is left to wait for")
	})
}

// Somebody took it away, so that it was added again: the entry of before is not the cause,
// and that of the addition comes later.
func TestExplainChanges_OfWhatHappenedJustBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAudited(t, graphfake.Options{})
		a.note("ada", graphfake.AuditEntry{Removed: true, By: a.users["olga"].ID})
		time.Sleep(3 * time.Minute)
		since := time.Now()
		a.note("ada", graphfake.AuditEntry{})
		a.note("bob", graphfake.AuditEntry{Removed: true, At: since.Add(-time.Minute)})
		causes := func(wait time.Duration) []string {
			explained, err := a.client.ExplainChanges(t.Context(), a.sp.ID, a.changes(rollcall.Add, "ada", "bob"), since, &entra.AuditOptions{Wait: wait})
			require.NoError(t, err)
			return []string{explained[0].Cause, explained[1].Cause}
		}
		assert.Contains(t, causes(0)[0], "by olga@contoso.example, which seems to be before the change")
		got := causes(5 * time.Minute)
		assert.Contains(t, got[0], "and not visible yet: verify again later", "it waits for the later entry")
		assert.Contains(t, got[1], ", which seems to be before the change; entries come minutes late")
	})
}

func TestExplainChanges_OfWhatTheClientDid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAudited(t, graphfake.Options{})
		since := time.Now()
		for result := range a.client.WriteAssignments(t.Context(), a.sp.ID, a.changes(rollcall.Add, "ada")) {
			_ = result
		}
		explained, err := a.client.ExplainChanges(t.Context(), a.sp.ID, a.changes(rollcall.Add, "ada"), since, &entra.AuditOptions{Wait: 4 * time.Minute})
		require.NoError(t, err)
		require.Len(t, explained[0].Entries, 1)
		assert.Equal(t, "Add app role assignment grant to user", explained[0].Entries[0].Activity)
	})
}

func TestExplainChanges_WithoutThePermission(t *testing.T) {
	t.Parallel()
	a := newAudited(t, graphfake.Options{Permissions: true}, "Application.Read.All")
	_, err := a.client.ExplainChanges(t.Context(), a.sp.ID, a.changes(rollcall.Add, "ada"), time.Now(), nil)
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.ErrorContains(t, err, "it needs the Graph permission AuditLog.Read.All")
	_, err = a.client.ExplainChanges(t.Context(), a.sp.ID, nil, time.Now(), &entra.AuditOptions{Wait: -1})
	assert.ErrorContains(t, err, "can't be negative")
}

// Tenants show entries that lack this or that; one that names nobody explains nothing.
func TestExplainChanges_OfEntriesInOtherForms(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	const entry = `{"id":"%d","activityDateTime":"2026-11-27T10:00:0%dZ","activityDisplayName":"Add app role assignment grant to user","result":%s,"initiatedBy":%s,"targetResources":%s}`
	body := fmt.Sprintf(`{"value":[`+entry+","+entry+","+entry+"]}",
		1, 1, `"timeout"`, `{"user":null,"app":null}`, `[{"id":"sp","type":"ServicePrincipal","modifiedProperties":null},{"id":"U-1","type":"User","modifiedProperties":[]}]`,
		2, 2, `"success"`, `null`, `null`,
		3, 3, `"success"`, `{"app":{"displayName":"A tool"}}`, `[{"id":"sp","type":"ServicePrincipal","modifiedProperties":[{"displayName":"User.ObjectID","oldValue":null,"newValue":"\"u-1\""},{"displayName":"AppRole.Id","newValue":"r-2"}]}]`)
	tn.Faults.Inject("GET /auditLogs/directoryAudits", faulttest.Answer(body))
	explained, err := tn.Client.ExplainChanges(t.Context(), "sp", []rollcall.Change{{Action: rollcall.Add, PrincipalID: "u-1", AppRoleID: "r-1"}},
		time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC), nil)
	require.NoError(t, err)
	require.Len(t, explained[0].Entries, 1, "the other one is about another role")
	assert.Equal(t, "not made at 10:00:01 UTC on 27 November 2026: timeout: no reason is given", explained[0].Cause)
}
