package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// A reviewer is what Preflight reads of a user who reviews. Members whom the token
// may not read come with id and type only.
// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
type reviewer struct {
	Type                        string `json:"@odata.type"`
	groupObject                        // id and displayName are also a user's
	UserPrincipalName, UserType string
	AccountEnabled              *bool
	// nil is unknown. Null is no mail address, or one that may not be read, and of
	// guests that they were not invited.
	Mail, ExternalUserState json.RawMessage
}

const reviewerFields = "id,displayName,userPrincipalName,mail,userType,externalUserState,accountEnabled"

func (r reviewer) name() string {
	return cmp.Or(r.UserPrincipalName, r.ID)
}

// problem returns what keeps the user from reviewing, and what to do about it.
// https://learn.microsoft.com/entra/id-governance/create-access-review
func (r reviewer) problem() (level Level, found, todo string) {
	isGuest, state := strings.EqualFold(r.UserType, "Guest"), strings.Trim(string(r.ExternalUserState), `"`)
	unknown := func(property string) (Level, string, string) {
		return Advice, "could not be checked: " + entra.OpReadUser.Missing("the user", property).Error(),
			"check it by hand, or grant the permission and run this again"
	}
	switch {
	case r.ID == "":
		return unknown("id")
	case r.AccountEnabled == nil:
		return unknown("accountEnabled")
	case !*r.AccountEnabled:
		return Stop, "is blocked from sign-in and cannot review", "choose another reviewer, or enable the account"
	case isGuest && r.ExternalUserState == nil:
		return unknown("externalUserState")
	case isGuest && state != "" && state != "null" && !strings.EqualFold(state, "Accepted"):
		return Stop, "is a guest who has not accepted the invitation and cannot review",
			"let them accept it, or choose another reviewer"
	case r.UserType == "":
		return unknown("userType")
	case r.Mail == nil:
		return unknown("mail")
	case string(r.Mail) == "null" || string(r.Mail) == `""`:
		return Advice, "comes without a mail address: there is none, or the token may not read it, which needs " +
				strings.Join(entra.OpReadUser.Least(), " and ") + "; without one there is no mail about the review",
			"tell them, or choose another reviewer"
	}
	return OK, "can review", ""
}

// checkReviewers checks everybody who is named as a reviewer.
func (p *preflight) checkReviewers(ctx context.Context) error {
	p.reviewers = map[string]bool{}
	for i, stage := range p.Stages {
		if reason := stage.problem(); reason != "" {
			p.add(Stop, CheckReviewers, fmt.Sprintf("stage %d", i+1), reason, "correct the stage")
			continue
		}
		if err := p.checkStage(ctx, stage); err != nil {
			return err
		}
	}
	if len(p.Stages) > maxStages {
		found := fmt.Sprintf("there are %d, and a review has at most %d", len(p.Stages), maxStages)
		p.add(Stop, CheckReviewers, "stages", found, "leave some out")
	}
	return nil
}

func (p *preflight) checkStage(ctx context.Context, stage ReviewStage) error {
	for _, scope := range slices.Concat(stage.Reviewers, stage.Fallback) {
		var err error
		switch {
		case scope.isManagers():
			err = p.checkManagers(ctx, len(stage.Fallback) > 0)
		case strings.HasPrefix(scope.Query, "/users/"):
			err = p.checkUser(ctx, scope.Query)
		default:
			err = p.checkMembers(ctx, scope.Query)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *preflight) checkUser(ctx context.Context, query string) error {
	r, err := read[reviewer](ctx, p.Client, entra.OpReadUser, query+"?$select="+reviewerFields)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		p.add(Stop, CheckReviewers, strings.TrimPrefix(query, "/users/"), "there is no such user", "choose another reviewer")
		return nil
	case err != nil:
		return p.notChecked(ctx, CheckReviewers, query, err)
	}
	p.checkReviewer(*r)
	return nil
}

func (p *preflight) checkReviewer(r reviewer) {
	level, found, todo := r.problem()
	p.add(level, CheckReviewers, r.name(), found, todo)
	p.reviewers[strings.ToLower(r.ID)] = true
	if people := p.reviewed(); len(people) == 1 && strings.EqualFold(people[0], r.ID) {
		p.add(Advice, CheckReviewers, r.name(), "would review nobody's access but their own", "choose another reviewer")
	}
}

// checkMembers checks the members of a group, or the owners of the application.
func (p *preflight) checkMembers(ctx context.Context, query string) error {
	path, subject, op := query, query, opListMembers
	nobody, others := "nobody is in it, so nobody would be asked", "choose other reviewers"
	if query == OwnerReviewers("").Query {
		subject, op = "owners of the application", entra.OpListOwners
		nobody = "no user is one, so nobody would be asked"
		others = "let the registration add owners, or choose other reviewers"
		if p.app == nil || p.app.ServicePrincipalID == "" {
			p.add(Advice, CheckReviewers, subject, "unknown: the application is not registered yet",
				"give its service principal owners")
			return nil
		}
		path = OwnerReviewers(p.app.ServicePrincipalID).Query
	}
	fields, groupID := reviewerFields, groupIn(query)
	if groupID != "" {
		fields += "," + visibilityFields // of the groups in it
	}
	found, err := list(ctx, p.Client, op, path+"?$select="+fields, func(m reviewer) string { return m.ID })
	if errors.Is(err, graph.ErrNotFound) {
		p.add(Stop, CheckReviewers, subject, "there is no such group", "choose other reviewers")
		return nil
	}
	if err != nil {
		return p.notChecked(ctx, CheckReviewers, subject, err)
	}
	hiding, err := p.hidingReviewers(ctx, groupID, found)
	if err != nil {
		return p.notChecked(ctx, CheckReviewers, subject, err)
	}
	for _, reason := range hiding {
		p.unknown(CheckReviewers, subject, reason)
	}
	if p.checkFound(subject, found) == 0 && hiding == nil {
		p.add(Stop, CheckReviewers, subject, nobody, others)
	}
	return nil
}

// checkFound checks the people of a listing, and returns how many there are.
func (p *preflight) checkFound(subject string, found []reviewer) (people int) {
	for _, r := range found {
		switch {
		case r.Type == "":
			people++
			p.unknown(CheckReviewers, subject, opListMembers.Missing("a member", "@odata.type"))
		case strings.EqualFold(r.Type, "#microsoft.graph.user"):
			people++
			p.checkReviewer(r)
		}
	}
	return people
}

// groupIn returns the id of the group in a reviewer's query, "" if it is about
// none.
func groupIn(query string) string {
	if id, ok := strings.CutPrefix(query, "/groups/"); ok {
		id, _, _ = strings.Cut(id, "/")
		return id
	}
	return ""
}

// hidingReviewers returns why members of a group of reviewers, or of the groups in
// it, may be missing in the listing; nil if none are.
func (p *preflight) hidingReviewers(ctx context.Context, groupID string,
	found []reviewer) (reasons []error, err error) {
	if groupID == "" {
		return nil, nil
	}
	sees, err := p.seesHidden(ctx)
	if err != nil || sees {
		return nil, err
	}
	hiding, err := p.hiding(ctx, groupID)
	if hiding != nil {
		reasons = append(reasons, hiding)
	}
	for _, r := range found {
		if hiding := r.hiding(); hiding != nil && strings.EqualFold(r.Type, "#microsoft.graph.group") {
			reasons = append(reasons, hiding)
		}
	}
	return reasons, err
}

// checkManagers counts the users without a manager and checks the managers of the
// others. https://learn.microsoft.com/graph/api/user-list-manager
func (p *preflight) checkManagers(ctx context.Context, hasFallback bool) error {
	people := p.reviewed()
	path := func(i int) string { return userPath(people[i]) + "/manager?$select=" + reviewerFields }
	without, failed := 0, error(nil)
	managers := map[string]reviewer{}
	err := readEach(ctx, p.Client, entra.OpReadUser, len(people), path, func(_ int, r reviewer, err error) {
		switch {
		case err == nil && r.ID == "":
			failed = entra.OpReadUser.Missing("a manager", "id")
		case err == nil:
			managers[strings.ToLower(r.ID)] = r
		case errors.Is(err, graph.ErrNotFound):
			without++
		case failed == nil:
			failed = err
		}
	})
	if err != nil {
		return err
	}
	if failed != nil {
		return p.notChecked(ctx, CheckReviewers, "managers", failed)
	}
	p.reportManagers(managers, without, len(people), hasFallback)
	return nil
}

func (p *preflight) reportManagers(managers map[string]reviewer, without, people int, hasFallback bool) {
	for _, id := range slices.Sorted(maps.Keys(managers)) {
		manager := managers[id]
		p.reviewers[id] = true
		if level, found, _ := manager.problem(); level != OK {
			p.add(Advice, CheckReviewers, manager.name(), "is a manager who "+found,
				"correct the account or the manager of their people")
		}
	}
	found := fmt.Sprintf("%d of %d users have no manager", without, people)
	switch {
	case without == 0:
		p.ok(CheckReviewers, "managers", fmt.Sprintf("all %d users have one", people))
	case hasFallback:
		p.ok(CheckReviewers, "managers", found+"; the fallback reviewers are asked about them")
	default:
		p.add(Stop, CheckReviewers, "managers", found+", so nobody would be asked about them", "name fallback reviewers")
	}
}
