package graphfake

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// found creates the tenant itself: its organization and its domains.
func (s *Server) found() {
	s.store.Update(func(tx *state.Tx) bool {
		var verified []any
		for i, name := range s.opts.Domains {
			tx.Put(s.domain(name, i == 0))
			verified = append(verified, map[string]any{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": i == 0,
				"isInitial": strings.HasSuffix(name, ".onmicrosoft.com"), "name": name, "type": "Managed"})
		}
		tx.Put(state.New(organizations, s.opts.TenantID, []state.Value{
			set(organizations, "createdDateTime", stamp(time.Now())),
			set(organizations, "displayName", "Contoso"),
			set(organizations, "countryLetterCode", "US"),
			set(organizations, "tenantType", "AAD"),
			set(organizations, "verifiedDomains", verified),
		}))
		return true
	})
}

// tenantID returns the id of the organization: that of Options, unless another
// one was loaded.
func tenantID(v *state.View) string {
	for o := range v.Live(organizations).All() {
		return o.ID
	}
	return ""
}

func (s *Server) domain(name string, first bool) *object {
	return state.New(domains, strings.ToLower(name), []state.Value{
		set(domains, "authenticationType", "Managed"),
		set(domains, "isAdminManaged", true),
		set(domains, "isDefault", first),
		set(domains, "isInitial", strings.HasSuffix(name, ".onmicrosoft.com")),
		set(domains, "isRoot", true),
		set(domains, "isVerified", true),
		set(domains, "passwordNotificationWindowInDays", json.Number("14")),
		set(domains, "passwordValidityPeriodInDays", json.Number("2147483647")),
		set(domains, "supportedServices", []string{"Email", "OfficeCommunicationsOnline"}),
	})
}

// https://learn.microsoft.com/graph/api/organization-list
func listOrganization(rq *request) (response, *graphError) { return rq.list(rq.table(organizations)) }

// https://learn.microsoft.com/graph/api/organization-get
func getOrganization(rq *request) (response, *graphError) {
	return rq.byID(organizations, rq.param("organization"))
}

// https://learn.microsoft.com/graph/api/domain-list
func listDomains(rq *request) (response, *graphError) { return rq.list(rq.table(domains)) }

// https://learn.microsoft.com/graph/api/domain-get
func getDomain(rq *request) (response, *graphError) { return rq.byID(domains, rq.param("domain")) }

// https://learn.microsoft.com/graph/api/subscribedsku-list
func listSkus(rq *request) (response, *graphError) { return rq.list(rq.table(subscribedSkus)) }

// https://learn.microsoft.com/graph/api/subscribedsku-get
func getSku(rq *request) (response, *graphError) { return rq.byID(subscribedSkus, rq.param("sku")) }

func (rq *request) byID(t *state.Type, k key) (response, *graphError) {
	if o := rq.read.Get(t, strings.ToLower(k.value)); o != nil {
		return rq.one(200, t.Set, o)
	}
	return response{}, notFound(k.value)
}
