package governance

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
func (i *Instance) readUploads() {
	c, err := i.Review.g.Catalog(i.Terms.Resource)
	if err != nil {
		return
	}
	v := i.Review.g.Store.View()
	for _, r := range c.resources {
		for _, s := range r.Sessions {
			if s.Instance != i {
				continue
			}
			if s.Status == sessionActive {
				s.Status = sessionExpired
				continue
			}
			for _, row := range s.rows {
				u := v.Get(schema.Users, strings.ToLower(row.principalID))
				if u == nil || i.Terms.guests && u.Str("userType") != "Guest" {
					continue
				}
				who := IdentityOf(v, u.ID)
				who.Kind = "userIdentity"
				i.Items = append(i.Items, &Item{ID: i.Review.g.NewID(), Principal: who, Upload: row, Result: resultNew, Recommendation: noInfo})
			}
		}
	}
}

// awaitMarks leaves the instance Applying until every denial is marked.
func (i *Instance) awaitMarks(at time.Time) {
	if i.Terms.defaultDecision != "" {
		i.decideByDefault(at)
	}
	i.Status, i.next = applying, at.Add(applyTime)
	i.settleMarks(at)
}

// settleMarks ends the instance when nothing is left to be marked.
func (i *Instance) settleMarks(at time.Time) {
	left := func(it *Item) bool { return it.Final().Decision == "Deny" && it.Result == resultNew }
	if !slices.ContainsFunc(i.Items, left) {
		i.next = at.Add(i.Review.g.Phase)
	}
}

var markResults = []string{resultApplied, "AppliedWithUnknownFailure", resultGone, resultUnsupported}

// mark records what became of a denial in the application itself.
func (i *Instance) Mark(it *Item, result, description string, by Identity, at time.Time) error {
	n := slices.IndexFunc(markResults, func(r string) bool { return strings.EqualFold(r, result) })
	switch {
	case it.Upload == nil:
		return badArgument("applyResult can be set for custom data provided resources only")
	case i.Status != applying:
		return i.wrongStatus(applying)
	case n < 0:
		return badArgument("applyResult '%s' is not supported", result)
	}
	it.Result, it.Description, it.AppliedAt, it.AppliedBy = markResults[n], description, at, by
	i.settleMarks(at)
	return nil
}

// MarkAll marks all decisions about one resource.
func (i *Instance) MarkAll(resource, result, description string, by Identity, at time.Time) error {
	if i.Status != applying || !i.Terms.catalog {
		return i.wrongStatus(applying)
	}
	found := false
	for _, it := range i.Items {
		if !strings.EqualFold(it.Upload.Resource.ID, resource) {
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
