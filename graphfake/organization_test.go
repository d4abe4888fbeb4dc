package graphfake_test

import (
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// Preflight looks for plans, not products, and counts seats.
func TestLicenses(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, TenantID: "7e000000-0000-4000-8000-000000000000"})
	l := s.AddLicense(graphfake.License{PartNumber: "EMSPREMIUM", SKUID: "b05e124f-c7cc-45a0-a6aa-8cf78c946968", Enabled: 25, Warning: 5, Consumed: 7,
		Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP1}, {ID: graphfake.PlanPremiumP2, ProvisioningStatus: "PendingActivation"}}})
	s.AddLicense(graphfake.License{PartNumber: "OLD", CapabilityStatus: "Suspended", Suspended: 3})
	c := newClient(t, s)
	require.ElementsMatch(t, []string{"EMSPREMIUM", "OLD"}, c.get("/subscribedSkus").column("skuPartNumber"))
	one := c.get("/subscribedSkus/" + l.ID).json
	require.Equal(t, "7e000000-0000-4000-8000-000000000000_b05e124f-c7cc-45a0-a6aa-8cf78c946968", one["id"])
	require.Equal(t, []any{"Enabled", 7.0}, []any{one["capabilityStatus"], one["consumedUnits"]})
	require.Equal(t, map[string]any{"enabled": 25.0, "warning": 5.0, "suspended": 0.0, "lockedOut": 0.0}, one["prepaidUnits"])
	require.Equal(t, []any{
		map[string]any{"appliesTo": "User", "provisioningStatus": "Success", "servicePlanId": graphfake.PlanPremiumP1, "servicePlanName": "AAD_PREMIUM"},
		map[string]any{"appliesTo": "User", "provisioningStatus": "PendingActivation", "servicePlanId": graphfake.PlanPremiumP2, "servicePlanName": "AAD_PREMIUM_P2"},
	}, one["servicePlans"])
	require.Panics(t, func() { s.AddLicense(graphfake.License{}) })
	require.Panics(t, func() {
		s.AddLicense(graphfake.License{PartNumber: "x", Plans: []graphfake.ServicePlan{{ID: "AAD_PREMIUM"}}})
	})
}
