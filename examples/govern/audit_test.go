package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// The article sends whoever misses an assignment to the audit log.
func TestRun_SaysWhatTheAuditLogSaysOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	app := c.application("CORPDB1", "General")
	c.Inject(hidden(0, -1))
	args := flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General", "-yes")
	bob, _ := c.User("bob@contoso.example")
	c.AddAuditEntry(graphfake.AuditEntry{Removed: true, PrincipalID: bob.ID, ResourceID: app.ID, AppRoleID: app.AppRoles[0].ID})
	got := c.govern(with("run", args, "-wait", "300ms")...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.out, "The audit log says of them:")
	assert.Contains(t, unwrapped(got.out), "and not visible yet: verify again later")
	d := c.govern(with("run", args, "-wait", "300ms", "-json")...).document(t)
	require.Len(t, d["audit"], 2)
}

// Without the permission the cause is not known, and that is no failure of its own.
func TestVerify_WithoutThePermissionForTheAuditLog(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	c.assign(c.application("CORPDB1", "General"), "ada", 0)
	args := with("verify", flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General"), "-wait", "300ms")
	got := c.govern(args...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, unwrapped(got.out), "bob@contoso.example General no entry since")
	c.Inject(graphfake.Fault{Method: "GET", Path: "/auditLogs/directoryAudits", Status: 403, Code: "Authorization_RequestDenied"})
	got = c.govern(args...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, unwrapped(got.out), "The audit log would tell the cause, but it can't be read:")
	assert.Contains(t, unwrapped(got.out), "it needs the Graph permission AuditLog.Read.All")
}
