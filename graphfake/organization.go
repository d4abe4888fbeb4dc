package graphfake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// found creates the tenant itself: its organization and its domains.
func (s *Server) createTenant() {
	s.store.Update(func(tx *state.Tx) bool {
		var verified []any
		for i, name := range s.opts.Domains {
			tx.Put(s.domain(name, i == 0))
			verified = append(verified, map[string]any{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": i == 0,
				"isInitial": strings.HasSuffix(name, ".onmicrosoft.com"), "name": name, "type": "Managed"})
		}
		tx.Put(state.New(schema.Organizations, s.opts.TenantID, state.Values(schema.Organizations,
			"createdDateTime", schema.Stamp(time.Now()),
			"displayName", "Contoso",
			"countryLetterCode", "US",
			"tenantType", "AAD",
			"verifiedDomains", verified,
		)))
		return true
	})
}

// TenantID returns the id of the organization. Applications sign in with it, or
// with one of the domains.
func (s *Server) TenantID() string { return tenantID(s.store.View()) }

// tenantID returns the id of the organization: that of Options, unless another
// one was loaded.
func tenantID(v *state.View) string {
	for o := range v.Live(schema.Organizations).All() {
		return o.ID
	}
	return ""
}

// domainThat returns the name of the first domain that has a trait, such as
// isDefault or isInitial; of the first of all if none has.
func domainThat(v *state.View, trait string) (name string) {
	for d := range v.Live(schema.Domains).All() {
		if d.True(trait) {
			return d.ID
		}
		name = cmp.Or(name, d.ID)
	}
	return name
}

// domainsFor names the tenant's domains where the one of a user is none of them, for
// whoever wrote the test.
func domainsFor(v *state.View, upn string) string {
	_, domain, ok := strings.Cut(upn, "@")
	if !ok || verified(v, domain) {
		return ""
	}
	var names []string
	for d := range v.Live(schema.Domains).All() {
		names = append(names, d.ID)
	}
	return fmt.Sprintf(" %q is none of them; Options.Domains sets them, here they are %s.", domain,
		strings.Join(names, ", "))
}

func (s *Server) domain(name string, first bool) *object {
	return state.New(schema.Domains, strings.ToLower(name), state.Values(schema.Domains,
		"authenticationType", "Managed",
		"isAdminManaged", true,
		"isDefault", first,
		"isInitial", strings.HasSuffix(name, ".onmicrosoft.com"),
		"isRoot", true,
		"isVerified", true,
		"passwordNotificationWindowInDays", json.Number("14"),
		"passwordValidityPeriodInDays", json.Number("2147483647"),
		"supportedServices", []string{"Email", "OfficeCommunicationsOnline"},
	))
}

// byID finds the object of the path by its id in any letter case.
func byID(t *state.Type, param string) finder {
	return func(rq *request, v *state.View) (*object, *graphError) {
		id := rq.param(param).Value
		if o := v.Get(t, strings.ToLower(id)); o != nil {
			return o, nil
		}
		return nil, notFound(id)
	}
}

// Service plans that governance needs, as the values of ServicePlan.ID.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
const (
	PlanPremiumP1 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d" // AAD_PREMIUM
	PlanPremiumP2 = "eec0eb4f-6444-4f95-aba0-50c24d67f998" // AAD_PREMIUM_P2
	// Entra_Identity_Governance; only seen in public tools, not in that table
	PlanGovernance = "e866a266-3cff-43a3-acca-0c90a7e00c8b"
)

// planNames are what the service calls the plans.
var planNames = map[string]string{PlanPremiumP1: "AAD_PREMIUM", PlanPremiumP2: "AAD_PREMIUM_P2",
	PlanGovernance: "Entra_Identity_Governance"}

// A License is a product that the tenant has bought.
// https://learn.microsoft.com/graph/api/resources/subscribedsku
type License struct {
	ID               string // made by the server: tenant and SKUID
	SKUID            string // "" = made by the server
	PartNumber       string // required, such as "AAD_PREMIUM_P2"
	CapabilityStatus string // "" = Enabled; Warning, Suspended, Deleted, LockedOut
	Enabled          int    // seats, without those of Warning and Suspended
	Warning          int    // seats in the grace period
	Suspended        int
	Consumed         int
	Plans            []ServicePlan
}

// A ServicePlan is one part of a product.
type ServicePlan struct {
	ID                 string // required
	Name               string // "" = that of a known ID
	ProvisioningStatus string // "" = Success; Disabled, PendingInput, PendingActivation
}

// AddLicense adds a product to the tenant. The fake enforces no license:
// everything works without any. It panics without a PartNumber, where a
// plan has no ID, and where a product with the status Warning has enabled seats:
// in the grace period all of them count as Warning.
// https://learn.microsoft.com/graph/api/resources/licenseunitsdetail
func (s *Server) AddLicense(l License) License {
	if l.CapabilityStatus == "Warning" && l.Enabled > 0 {
		panic("graphfake: a license with the status Warning has Warning seats and no Enabled ones")
	}
	if l.PartNumber == "" || slices.ContainsFunc(l.Plans, func(p ServicePlan) bool { return !schema.IsGUID(p.ID) }) {
		panic("graphfake: a license needs a PartNumber, and the IDs of its plans")
	}
	if l.SKUID == "" {
		l.SKUID = s.newID()
	}
	if l.CapabilityStatus == "" {
		l.CapabilityStatus = "Enabled"
	}
	l.ID = strings.ToLower(s.opts.TenantID + "_" + l.SKUID)
	l.Plans = slices.Clone(l.Plans)
	plans := make([]any, len(l.Plans))
	for i := range l.Plans {
		plans[i] = l.Plans[i].complete().json()
		l.Plans[i] = l.Plans[i].complete()
	}
	number := func(n int) json.Number { return json.Number(strconv.Itoa(n)) }
	s.add(schema.SubscribedSkus, record{
		"id": l.ID, "accountId": s.opts.TenantID, "accountName": "Contoso", "appliesTo": "User",
		"capabilityStatus": l.CapabilityStatus,
		"consumedUnits":    number(l.Consumed), "skuId": l.SKUID, "skuPartNumber": l.PartNumber, "servicePlans": plans,
		"prepaidUnits": map[string]any{"enabled": number(l.Enabled), "lockedOut": number(0),
			"suspended": number(l.Suspended), "warning": number(l.Warning)},
	})
	return l
}

func (p ServicePlan) complete() ServicePlan {
	if p.Name == "" {
		p.Name = planNames[strings.ToLower(p.ID)]
	}
	if p.ProvisioningStatus == "" {
		p.ProvisioningStatus = "Success"
	}
	return p
}

func (p ServicePlan) json() map[string]any {
	return map[string]any{"appliesTo": "User", "provisioningStatus": p.ProvisioningStatus, "servicePlanId": p.ID,
		"servicePlanName": p.Name}
}
