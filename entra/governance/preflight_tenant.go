package governance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// tokenClaims are the claims that hold the permissions.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type tokenClaims struct {
	Scopes string   `json:"scp"`   // of a signed-in person
	Roles  []string `json:"roles"` // of an application that acts by itself
}

func (t tokenClaims) permissions() []string { return append(strings.Fields(t.Scopes), t.Roles...) }

// grants reports whether the permission is known to be granted.
func (t *tokenClaims) grants(permission string) bool {
	same := func(other string) bool { return strings.EqualFold(other, permission) }
	return t != nil && slices.ContainsFunc(t.permissions(), same)
}

// parseClaims reads the claims of an access token, which is opaque by contract and
// a JWT in practice. It returns nil if it finds no permissions.
func parseClaims(token string) *tokenClaims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	var claims tokenClaims
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &claims) != nil || len(claims.permissions()) == 0 {
		return nil
	}
	return &claims
}

// checkPermissions compares the token's permissions with what the steps need.
// The token is not kept.
func (p *preflight) checkPermissions(ctx context.Context) error {
	token, err := p.conn.Token(ctx)
	claims := parseClaims(token)
	switch {
	case errors.Is(err, graph.ErrNoCredential):
		p.permissionsUnknown("the request adapter keeps its credential to itself")
	case err != nil:
		return err
	case claims == nil:
		p.permissionsUnknown("the token shows no permissions")
	default:
		p.comparePermissions(claims)
	}
	return nil
}

func (p *preflight) permissionsUnknown(reason string) {
	var least []string
	for _, step := range p.Steps {
		least = append(least, step.permissions()...)
	}
	slices.Sort(least)
	p.add(Advice, CheckPermissions, "token", "unknown: "+reason,
		"check that it has "+strings.Join(slices.Compact(least), ", "))
}

func (p *preflight) comparePermissions(claims *tokenClaims) {
	for _, step := range p.Steps {
		missing, limit := claims.compare(operations[step])
		role := step.role()
		switch {
		case missing != nil:
			p.add(Stop, CheckPermissions, step.String(), "the token lacks "+strings.Join(missing, " and "),
				"a Privileged Role Administrator or Global Administrator can grant it")
		case limit != "":
			p.add(Advice, CheckPermissions, step.String(), "granted within limits", "the permission is "+limit)
		case claims.Scopes != "" && role != "":
			p.ok(CheckPermissions, step.String(),
				"granted; the signed-in person also needs the directory role "+role+", which was not checked")
		default:
			p.ok(CheckPermissions, step.String(), "granted")
		}
	}
}

// compare returns the least permissions that the token lacks for operations, and
// the limit of one that it has, if nothing else makes up for it.
func (t *tokenClaims) compare(ops []graph.Operation) (missing []string, limit string) {
	for _, op := range ops {
		for _, choice := range op.Permissions {
			least := choice[0]
			if op.Limit != "" && t.Scopes != "" {
				least = choice[1] // the limited one is not for signed-in people
			}
			switch {
			case !slices.ContainsFunc(choice, t.grants) && !slices.Contains(missing, least):
				missing = append(missing, least)
			case op.Limit != "" && !slices.ContainsFunc(choice[1:], t.grants):
				limit = op.Limit
			}
		}
	}
	return missing, limit
}

// unknown adds that something could not be checked, and why.
func (p *preflight) unknown(check Check, subject string, err error) {
	p.add(Advice, check, subject, "could not be checked: "+err.Error(),
		"check it by hand, or grant the permission and run this again")
}

// An appObject is what Preflight reads of an application again, to tell what is
// false from what did not come.
type appObject struct {
	AppRoleAssignmentRequired *bool
	AppRoles                  []struct{ IsEnabled *bool }
}

// missing returns the error of an application that comes without a property.
func (p *preflight) missing(property string) error {
	return entra.OpFindApplication.Missing("the application "+p.app.DisplayName, property)
}

// readApplication reads the service principal, or the registration if there is
// no service principal yet.
func (p *preflight) readApplication(ctx context.Context) error {
	const fields = "appRoles,appRoleAssignmentRequired"
	path := "/servicePrincipals/" + url.PathEscape(p.app.ServicePrincipalID) + "?$select=" + fields
	if p.app.ServicePrincipalID == "" {
		path = "/applications/" + url.PathEscape(p.app.ID) + "?$select=appRoles"
	}
	object, err := read[appObject](ctx, p.Client, entra.OpFindApplication, path)
	if err == nil {
		p.object = *object
	}
	return err
}

// rolesUnknown returns why nothing can be said about the roles, or nil.
func (p *preflight) rolesUnknown() error {
	if p.object.AppRoles == nil {
		return p.missing("appRoles")
	}
	for _, role := range p.object.AppRoles {
		if role.IsEnabled == nil {
			return p.missing("isEnabled of an app role")
		}
	}
	return nil
}

// checkReading reads a few users: a tenant that lets nobody's accountEnabled be
// read answers null for everybody, and a 200.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054
func (p *preflight) checkReading(ctx context.Context) error {
	const property = "accountEnabled"
	if !p.plans(StepMatch, StepFollow) {
		return nil
	}
	var few struct{ Value []soleUser }
	request := graph.Request{Op: entra.OpFindUsers, Path: "/users?$top=5&$select=id,accountEnabled"}
	if err := p.conn.Do(ctx, request, &few); err != nil {
		return p.notChecked(ctx, CheckPermissions, property, err)
	}
	known := func(user soleUser) bool { return user.AccountEnabled != nil }
	if len(few.Value) > 0 && !slices.ContainsFunc(few.Value, known) {
		p.add(Stop, CheckPermissions, property, "no user comes with it; it needs the Graph permission "+
			strings.Join(entra.OpFindUsers.Least(), " and "), "grant the permission and run this again")
	}
	return nil
}

// The service plans that include access reviews. Plans are compared and not SKUs,
// because many SKUs contain them. The plan of Entra ID Governance is taken from
// public tools (https://github.com/maester365/maester), not from Microsoft's table.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
const (
	planP2         = "eec0eb4f-6444-4f95-aba0-50c24d67f998"
	planGovernance = "e866a266-3cff-43a3-acca-0c90a7e00c8b"
)

// A sku is a subscription of the tenant.
// https://learn.microsoft.com/graph/api/resources/subscribedsku
type sku struct {
	ID               string
	SkuPartNumber    string
	CapabilityStatus string
	PrepaidUnits     units
	ServicePlans     []servicePlan
}

// units are the seats of a subscription. In its grace period they count as warning
// and can be used as before.
// https://learn.microsoft.com/graph/api/resources/licenseunitsdetail
type units struct{ Enabled, Warning *int }

func (u units) usable() int { return *u.Enabled + *u.Warning }

type servicePlan struct{ ServicePlanID, ProvisioningStatus string }

// missing names the property without which nothing can be concluded from the
// subscription, or returns "".
func (s sku) missing() string {
	switch {
	case s.PrepaidUnits.Enabled == nil:
		return "prepaidUnits/enabled"
	case s.PrepaidUnits.Warning == nil:
		return "prepaidUnits/warning"
	case s.ServicePlans == nil:
		return "servicePlans"
	}
	for _, p := range s.ServicePlans {
		missing := firstEmpty("servicePlanId", p.ServicePlanID, "provisioningStatus", p.ProvisioningStatus)
		if missing != "" {
			return "servicePlans/" + missing
		}
	}
	return firstEmpty("id", s.ID, "capabilityStatus", s.CapabilityStatus)
}

// has reports whether the subscription includes a plan that can be used. Warning
// is the grace period after a subscription expires.
func (s sku) has(plan string) bool {
	usable := strings.EqualFold(s.CapabilityStatus, "Enabled") || strings.EqualFold(s.CapabilityStatus, "Warning")
	return usable && slices.ContainsFunc(s.ServicePlans, func(p servicePlan) bool {
		return strings.EqualFold(p.ServicePlanID, plan) && strings.EqualFold(p.ProvisioningStatus, "Success")
	})
}

// checkLicense compares the number of seats with the people who need one:
// everybody who is reviewed and everybody who reviews. It is advice only, because
// the service does not enforce seats.
// https://learn.microsoft.com/entra/id-governance/licensing-fundamentals
func (p *preflight) checkLicense(ctx context.Context) error {
	if !p.plans(StepReview, StepPackages, StepCustomData) {
		return nil
	}
	listing := graph.Pages[sku](ctx, p.conn, graph.Request{Op: opReadLicenses, Path: "/subscribedSkus"})
	skus, err := graph.Collect(opReadLicenses, complete(opReadLicenses, "a subscription", listing, sku.missing),
		func(s sku) string { return s.ID })
	if err != nil {
		return p.notChecked(ctx, CheckLicense, "licenses", err)
	}
	p2, governance := 0, 0
	for _, s := range skus {
		switch {
		case s.has(planGovernance):
			governance += s.PrepaidUnits.usable()
		case s.has(planP2):
			p2 += s.PrepaidUnits.usable()
		}
	}
	if p.plans(StepCustomData) && governance == 0 {
		p.add(Advice, CheckLicense, "Microsoft Entra ID Governance", "the tenant has no seat of it",
			"custom data in reviews needs this license; P2 is not enough")
	}
	p.compareSeats(p2 + governance)
	return nil
}

func (p *preflight) compareSeats(seats int) {
	const subject = "Microsoft Entra ID P2 or Governance"
	what := "access reviews"
	if !p.plans(StepReview) {
		what = "access packages" // or custom data, of which more was said
	}
	people := p.reviewed()
	need := len(people) + len(p.reviewers)
	for _, id := range people {
		if p.reviewers[id] {
			need-- // one person
		}
	}
	found := fmt.Sprintf("%d seats for %d people who are reviewed or review", seats, need)
	switch {
	case seats == 0:
		p.add(Advice, CheckLicense, subject, "the tenant has no seat of it", what+" need this license")
	case seats < need:
		p.add(Advice, CheckLicense, subject, found, "buy the missing seats; the service does not enforce them")
	default:
		p.ok(CheckLicense, subject, found)
	}
}

// lacks is what the metadata of some clouds does not have, as of 2026-08-20.
// https://github.com/microsoftgraph/msgraph-metadata/tree/f54f11b60956ea7b185ca0447b2b80805836ec7b/schemas
var lacks = []struct {
	what   string
	steps  []Step
	clouds []string // nil = all but the global one
}{
	{"access reviews", []Step{StepReview, StepFollow}, []string{"Delos", "GovSG"}},
	{"entitlement management", []Step{StepPackages}, []string{"Delos", "GovSG"}},
	{"custom data provided resources", []Step{StepCustomData}, nil},
}

// Users of airGapped clouds do not have the newerProperties.
var (
	newerProperties = []string{"employeeType", "employeeOrgData"}
	airGapped       = []string{"USNat", "USSec"}
)

// checkCloud looks for steps and attributes that don't exist in the tenant's cloud.
func (p *preflight) checkCloud(context.Context) error {
	cloud := p.conn.Cloud().Name
	if cloud == "" || cloud == "Global" {
		return nil
	}
	for _, lack := range lacks {
		for _, step := range lack.steps {
			if p.plans(step) && (lack.clouds == nil || slices.Contains(lack.clouds, cloud)) {
				p.notInCloud(cloud, step.String(), lack.what)
			}
		}
	}
	for _, name := range p.Attributes {
		property, _, _ := strings.Cut(name, "/")
		same := func(other string) bool { return strings.EqualFold(other, property) }
		if slices.ContainsFunc(newerProperties, same) && slices.Contains(airGapped, cloud) {
			p.notInCloud(cloud, name, "such property of users")
		}
	}
	return nil
}

func (p *preflight) notInCloud(cloud, subject, what string) {
	p.add(Stop, CheckCloud, subject, fmt.Sprintf("Microsoft Graph in the cloud %s has no %s", cloud, what),
		"leave it out: what asks for it would be refused")
}
