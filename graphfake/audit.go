package graphfake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// The audit log, of the assignments of app roles alone: what requests made and removed,
// and what a test adds. It has no other activity, so a filter by one finds nothing.
// https://learn.microsoft.com/graph/api/directoryaudit-list
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities

// An AuditEntry is an entry of the audit log about an assignment.
type AuditEntry struct {
	At      time.Time // zero = now
	Removed bool      // the assignment was removed, not made
	Result  string    // success, failure or timeout; "" = success
	Reason  string    // of a failure
	By      string    // the id of the user or service principal who did it; "" = an application that is not known

	PrincipalID, ResourceID, AppRoleID string
}

var readAudits = both("AuditLog.Read.All Directory.Read.All")

// The activities. Microsoft's list has the second; the first is what tenants show.
const (
	addedRole   = "Add app role assignment grant to user"
	removedRole = "Remove app role assignment from user"
)

func (e AuditEntry) activity() (name, operation string) {
	if e.Removed {
		return removedRole, "Unassign"
	}
	return addedRole, "Assign"
}

// An auditLog holds the entries in order of time. Replicas don't lag in it.
type auditLog struct {
	mu      sync.Mutex
	entries []AuditEntry
}

// AddAuditEntry adds an entry to the audit log, such as one about a failure.
func (s *Server) AddAuditEntry(e AuditEntry) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	s.audit.mu.Lock()
	defer s.audit.mu.Unlock()
	s.audit.entries = append(s.audit.entries, e)
}

// noteAssignment adds what a request did to the assignment.
func (rq *request) noteAssignment(a *object, removed bool) {
	rq.s.AddAuditEntry(AuditEntry{Removed: removed, By: rq.caller().Object, PrincipalID: a.Str("principalId"),
		ResourceID: a.Str("resourceId"), AppRoleID: a.Str("appRoleId")})
}

// listAudits answers with the entries that are old enough to show.
// https://learn.microsoft.com/graph/api/directoryaudit-list
func listAudits(rq *request) (response, *graphError) {
	filter, bad := rq.query.ParseFilter()
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	if _, err := rq.auditPasses(rq.s.auditEntity(0, AuditEntry{}), filter); err != nil {
		return response{}, err
	}
	rq.s.audit.mu.Lock()
	entries := slices.Clone(rq.s.audit.entries)
	rq.s.audit.mu.Unlock()
	var found []entity
	for i, e := range entries {
		if time.Since(e.At) < rq.s.opts.AuditDelay {
			continue
		}
		entry := rq.s.auditEntity(i, e)
		if passes, _ := rq.auditPasses(entry, filter); passes {
			found = append(found, entry)
		}
	}
	slices.Reverse(found) // the newest first, which is believed
	opts := *rq.query
	opts.HasFilter = false
	sub := *rq
	sub.query = &opts
	rsp, err := sub.govList(collectionOf(collection{set: "auditLogs/directoryAudits"}, found, func(e entity) entity { return e }))
	if err != nil {
		return response{}, rq.governanceError(err)
	}
	return rsp, nil
}

// auditPasses reports whether an entry passes a filter of those that the service supports.
// https://learn.microsoft.com/graph/api/resources/directoryaudit#properties
func (rq *request) auditPasses(e entity, filter odata.Expr) (bool, *graphError) {
	switch f := filter.(type) {
	case nil:
		return true, nil
	case odata.And:
		for _, term := range f.Terms {
			if passes, err := rq.auditPasses(e, term); err != nil || !passes {
				return false, err
			}
		}
		return true, nil
	case odata.Compare:
		is := strings.Compare(literalText(e.at(f.Path)), f.Value.Text)
		switch path := strings.ToLower(f.Path.String()); {
		case path == "activitydisplayname" && f.Value.Text != addedRole && f.Value.Text != removedRole:
			return false, rq.notModelled("the activity '" + f.Value.Text + "' in the audit log")
		case path == "activitydatetime" && f.Op == "ge":
			return is >= 0, nil
		case path == "activitydatetime" && f.Op == "le":
			return is <= 0, nil
		case f.Op == "eq" && slices.Contains([]string{"activitydisplayname", "category",
			"correlationid", "id", "loggedbyservice", "result"}, path):
			return strings.EqualFold(literalText(e.at(f.Path)), f.Value.Text), nil
		}
	case odata.Lambda:
		of, isID := f.Body.(odata.Compare)
		if strings.EqualFold(f.Path.String(), "targetResources") && !f.All && isID && of.Op == "eq" && len(of.Path) == 2 &&
			strings.EqualFold(of.Path[1], "id") {
			targets := e.get("targetResources").([]entity)
			return slices.ContainsFunc(targets, func(t entity) bool {
				return strings.EqualFold(literalText(t.get("id")), of.Value.Text)
			}), nil
		}
	}
	return false, malformed("The $filter is not supported on this resource.") // wording believed
}

// auditEntity renders an entry as tenants show it: values in modifiedProperties are JSON
// inside of text.
func (s *Server) auditEntity(i int, e AuditEntry) entity {
	v := s.store.View()
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	activity, operation := e.activity()
	var reason any = e.Reason
	property := func(name, value string) entity {
		text := `"` + value + `"`
		if e.Removed {
			return entity{{"displayName", name}, {"oldValue", text}, {"newValue", nil}}
		}
		return entity{{"displayName", name}, {"oldValue", nil}, {"newValue", text}}
	}
	var upn, app any
	if u := v.Get(schema.Users, e.PrincipalID); u != nil {
		upn = u.Value("userPrincipalName")
	}
	if sp := v.Get(schema.ServicePrincipals, e.ResourceID); sp != nil {
		app = sp.Value("displayName")
	}
	target := func(id string, name, upn any, kind string, properties []entity) entity {
		return entity{{"id", id}, {"displayName", name}, {"type", kind}, {"userPrincipalName", upn}, {"groupType", nil},
			{"modifiedProperties", properties}}
	}
	return entity{
		{"id", "Directory_" + id}, {"category", "UserManagement"}, {"correlationId", id},
		{"result", cmp.Or(e.Result, "success")}, {"resultReason", reason}, {"activityDisplayName", activity},
		{"activityDateTime", e.At.UTC().Format("2006-01-02T15:04:05.0000000Z")}, {"loggedByService", "Core Directory"},
		{"operationType", operation}, {"initiatedBy", s.initiator(e.By)},
		{"targetResources", []entity{
			target(e.ResourceID, app, nil, "ServicePrincipal", []entity{property("AppRole.Id", e.AppRoleID),
				property("User.ObjectID", e.PrincipalID)}),
			target(e.PrincipalID, nil, upn, "User", []entity{}),
		}},
		{"additionalDetails", []entity{}},
	}
}

// initiator renders who did something: a user, or an application.
func (s *Server) initiator(id string) entity {
	v := s.store.View()
	if u := v.Get(schema.Users, id); u != nil {
		return entity{{"user", entity{{"id", u.ID}, {"displayName", nil}, {"userPrincipalName", u.Value("userPrincipalName")},
			{"ipAddress", nil}}}, {"app", nil}}
	}
	var name any
	if sp := v.Get(schema.ServicePrincipals, id); sp != nil {
		name = sp.Value("displayName")
	}
	return entity{{"user", nil}, {"app", entity{{"appId", nil}, {"displayName", name}, {"servicePrincipalId", textOrNil(id)},
		{"servicePrincipalName", nil}}}}
}

// removeAssigned removes the assignment of the path, and says so in the audit log.
func removeAssigned(find finder) handler {
	return func(rq *request) (response, *graphError) {
		return rq.change(find, func(tx *state.Tx, a *object) *graphError {
			tx.Purge(a)
			rq.noteAssignment(a, true)
			return nil
		})
	}
}
