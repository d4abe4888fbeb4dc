package governance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// What a cloud does not have is found before a run that would end with an error
// about an unknown property or path.
func TestPreflight_KnowsWhatEachCloudHas(t *testing.T) {
	t.Parallel()
	review, follow, packages, custom := "create access reviews", "follow access reviews", "assign access packages",
		"upload custom data"
	want := map[string][]string{
		"Global": nil, "US Government L4": {custom}, "US Government L5 (DOD)": {custom},
		"China operated by 21Vianet": {custom}, "Bleu": {custom},
		"Delos": {review, follow, packages, custom}, "GovSG": {review, follow, packages, custom},
		"USNat": {custom, "employeeType", "employeeOrgData/costCenter"},
		"USSec": {custom, "employeeType", "employeeOrgData/costCenter"},
	}
	for _, cloud := range graph.Clouds() {
		fake := graphfake.New(&graphfake.Options{TB: t})
		newScene(t, fake, nil)
		c, err := entra.Connect(graph.StaticToken("x"),
			&graph.ConnectOptions{Endpoint: cloud.Endpoint, Transport: faulttest.Record(fake.Transport())})
		require.NoError(t, err)
		report, err := governance.New(c).Preflight(t.Context(), governance.PreflightRequest{
			Application: entra.ApplicationRef{DisplayName: "CORPDB1"},
			Attributes:  []string{"mail", "employeeType", "employeeOrgData/costCenter"},
			Steps: []governance.Step{governance.StepMatch, governance.StepReview, governance.StepFollow,
				governance.StepPackages, governance.StepCustomData}})
		require.NoError(t, err, cloud.Name)
		var found []string
		for _, f := range report.Findings {
			if f.Check == governance.CheckCloud {
				assert.Equal(t, governance.Stop, f.Level)
				assert.Contains(t, f.Found, cloud.Name, "the reason")
				found = append(found, f.Subject)
			}
		}
		assert.Equal(t, want[cloud.Name], found, cloud.Name)
	}
}
