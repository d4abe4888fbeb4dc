package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// Reviews of catalogs are modelled for their custom data provided resources
// only: what is reviewed is what was uploaded. That Approve needs no mark, that
// unmarked decisions end after 30 days, and how decisions name a permission is
// believed, not verified.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews

// applyTime is how long decisions may be marked as applied.
const applyTime = 30 * 24 * time.Hour

// readUploads makes the decisions of an instance of what was uploaded for it.
// Sessions that were not completed are lost.
func (i *instance) readUploads() {
	c, err := i.review.g.Catalog(i.terms.resource)
	if err != nil {
		return
	}
	v := i.review.g.Store.View()
	for _, r := range c.resources {
		for _, s := range r.sessions {
			if s.instance != i {
				continue
			}
			if s.status == sessionActive {
				s.status = sessionExpired
				continue
			}
			for _, row := range s.rows {
				u := v.Get(schema.Users, strings.ToLower(row.principalID))
				if u == nil || i.terms.guests && u.Str("userType") != "Guest" {
					continue
				}
				who := identityOf(v, u.ID)
				who.kind = "userIdentity"
				i.items = append(i.items, &item{id: i.review.g.NewID(), principal: who, upload: row, result: resultNew, recommendation: noInfo})
			}
		}
	}
}

// awaitMarks leaves the instance Applying until every denial is marked.
func (i *instance) awaitMarks(at time.Time) {
	if i.terms.defaultDecision != "" {
		i.decideByDefault(at)
	}
	i.status, i.next = applying, at.Add(applyTime)
	i.settleMarks(at)
}

// settleMarks ends the instance when nothing is left to be marked.
func (i *instance) settleMarks(at time.Time) {
	left := func(it *item) bool { return it.final().decision == "Deny" && it.result == resultNew }
	if !slices.ContainsFunc(i.items, left) {
		i.next = at.Add(i.review.g.Phase)
	}
}

var markResults = []string{resultApplied, "AppliedWithUnknownFailure", resultGone, resultUnsupported}

// mark records what became of a denial in the application itself.
func (i *instance) Mark(it *item, result, description string, by identity, at time.Time) error {
	n := slices.IndexFunc(markResults, func(r string) bool { return strings.EqualFold(r, result) })
	switch {
	case it.upload == nil:
		return badArgument("applyResult can be set for custom data provided resources only")
	case i.status != applying:
		return i.wrongStatus(applying)
	case n < 0:
		return badArgument("applyResult '%s' is not supported", result)
	}
	it.result, it.description, it.appliedAt, it.appliedBy = markResults[n], description, at, by
	i.settleMarks(at)
	return nil
}

// MarkAll marks all decisions about one resource.
func (i *instance) MarkAll(resource, result, description string, by identity, at time.Time) error {
	if i.status != applying || !i.terms.catalog {
		return i.wrongStatus(applying)
	}
	found := false
	for _, it := range i.items {
		if !strings.EqualFold(it.upload.resource.id, resource) {
			continue
		}
		found = true
		if err := i.Mark(it, result, description, by, at); err != nil {
			return err
		}
	}
	if !found {
		return missing("custom data provided resource", resource)
	}
	return nil
}
