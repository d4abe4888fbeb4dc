package entra

import (
	"context"
	"fmt"
	"strings"
)

// The service plans that access reviews come with. Plans are compared and not
// SKUs, as many of those contain them. That of Entra ID Governance is taken from
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
	PrepaidUnits     struct{ Enabled int }
	ServicePlans     []struct{ ServicePlanID, ProvisioningStatus string }
}

// has reports whether the subscription brings a plan that can be used. Warning
// is the grace period after a subscription ran out (believed, not verified).
func (s sku) has(plan string) bool {
	if !strings.EqualFold(s.CapabilityStatus, "Enabled") && !strings.EqualFold(s.CapabilityStatus, "Warning") {
		return false
	}
	for _, p := range s.ServicePlans {
		if strings.EqualFold(p.ServicePlanID, plan) && strings.EqualFold(p.ProvisioningStatus, "Success") {
			return true
		}
	}
	return false
}

// checkLicence compares the seats with the people who need one: everybody who
// is reviewed and everybody who reviews. It is advice only: seats are not
// enforced for each user.
// https://learn.microsoft.com/entra/id-governance/licensing-fundamentals
func (p *preflight) checkLicence(ctx context.Context) error {
	if !p.plans(StepReview, StepPackages, StepCustomData) {
		return nil
	}
	skus, err := collect(pages[sku](ctx, p.Client, request{op: opReadLicences, path: "/subscribedSkus"}), func(s sku) string { return s.ID })
	if err != nil {
		return p.uncheckable(ctx, CheckLicence, "licences", err)
	}
	basic, governance := 0, 0
	for _, s := range skus {
		switch {
		case s.has(planGovernance):
			governance += s.PrepaidUnits.Enabled
		case s.has(planP2):
			basic += s.PrepaidUnits.Enabled
		}
	}
	if p.plans(StepCustomData) && governance == 0 {
		p.add(Advice, CheckLicence, "Microsoft Entra ID Governance", "the tenant has no seat of it", "custom data in reviews needs this licence; P2 is not enough")
	}
	p.compareSeats(basic + governance)
	return nil
}

func (p *preflight) compareSeats(seats int) {
	const subject = "Microsoft Entra ID P2 or Governance"
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
		p.add(Advice, CheckLicence, subject, "the tenant has no seat of it", "access reviews need this licence")
	case seats < need:
		p.add(Advice, CheckLicence, subject, found, "buy the missing seats; the service does not enforce them")
	default:
		p.add(OK, CheckLicence, subject, found, "")
	}
}
