package governance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/roster"
)

// A Step is something that a program is going to do.
type Step string

// The steps.
const (
	StepMatch      Step = "matchUsers"
	StepCreate     Step = "createUsers"
	StepRegister   Step = "registerApplication"
	StepOwners     Step = "addOwners"
	StepAssign     Step = "assignRoles"
	StepReview     Step = "createReviews"
	StepFollow     Step = "followReviews" // also what Client.Look takes for a journal
	StepPackages   Step = "assignPackages"
	StepCustomData Step = "uploadCustomData"
)

// stepNames are what people read.
var stepNames = map[Step]string{
	StepMatch: "match users", StepCreate: "create users", StepRegister: "register the application", StepOwners: "add owners",
	StepAssign: "assign roles", StepReview: "create access reviews", StepFollow: "follow access reviews",
	StepPackages: "assign access packages", StepCustomData: "upload custom data",
}

// String returns the step as people read it, such as "match users".
func (s Step) String() string { return cmp.Or(stepNames[s], string(s)) }

// A PreflightRequest says what a program is going to do.
type PreflightRequest struct {
	// Application names the application, which need not be registered yet. The zero
	// value is for steps that are about none: packages and custom data.
	Application entra.ApplicationRef
	// Steps are what is planned; nil means what a review of a registered
	// application takes: StepMatch, StepAssign, StepReview and StepFollow.
	Steps []Step
	// Attributes are the user properties by which users will be matched; nil means
	// those that every cloud has.
	Attributes []string
	// Roles are the display names of roles that will be assigned; nil means any.
	Roles []string
	// People are the object ids of users who will be assigned, besides those who
	// are already.
	People []string
	// Stages are those of the planned review; nil means that reviewers are not
	// checked. [OwnerReviewers] may have an empty id here.
	Stages []ReviewStage
}

func (r PreflightRequest) plans(steps ...Step) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return slices.Contains(steps, s) })
}

// Preflight checks whether the planned steps can succeed: what the tenant's cloud
// has, permissions, licenses, the application and its roles, groups among its assignments, and the reviewers.
// It writes nothing. What it can't check, for example because a permission is
// missing, is a finding too; the error is for a tenant that can't be asked at
// all. Permissions: Application.Read.All, User.Read.All,
// LicenseAssignment.Read.All, and GroupMember.ReadBasic.All if groups review or are
// assigned, with Member.Read.Hidden if one of them has hidden membership.
// https://learn.microsoft.com/entra/id-governance/access-reviews-application-preparation
func (c *Client) Preflight(ctx context.Context, r PreflightRequest) (*PreflightReport, error) {
	if r.Steps == nil {
		r.Steps = []Step{StepMatch, StepAssign, StepReview, StepFollow}
	}
	p := &preflight{Client: c, PreflightRequest: r}
	p.report = &PreflightReport{Application: r.Application.Name(), Findings: []Finding{}}
	checks := []func(context.Context) error{p.checkCloud, p.checkPermissions, p.checkReading, p.checkApplication,
		p.checkReviewers, p.checkLicense}
	for _, check := range checks {
		if err := check(ctx); err != nil {
			return nil, err
		}
	}
	return p.report, nil
}

// A preflight is one call of Preflight: the request, and what is known so far.
type preflight struct {
	*Client
	PreflightRequest
	report      *PreflightReport
	app         *entra.Application
	object      appObject
	assignments []assign.Assignment
	reviewers   map[string]bool // lower-case ids of all who will review
}

func (p *preflight) add(level Level, check Check, subject, found, todo string) {
	p.report.Findings = append(p.report.Findings, Finding{level, check, subject, found, todo})
}

func (p *preflight) ok(check Check, subject, found string) { p.add(OK, check, subject, found, "") }

// notChecked turns a failed check into a finding, unless no check can succeed.
func (p *preflight) notChecked(ctx context.Context, check Check, subject string, err error) error {
	if ctx.Err() != nil || errors.Is(err, graph.ErrUnauthenticated) {
		return err
	}
	var e *graph.Error
	if !errors.As(err, &e) || e.Status == 0 && !errors.Is(err, graph.ErrIncomplete) {
		return err
	}
	p.unknown(check, subject, err)
	return nil
}

// checkApplication looks at the application, its roles and its assignments.
func (p *preflight) checkApplication(ctx context.Context) error {
	if p.Application == (entra.ApplicationRef{}) && !p.plans(StepRegister, StepAssign, StepReview, StepFollow) {
		return nil
	}
	subject := p.Application.Name()
	app, err := p.client.FindApplication(ctx, p.Application)
	switch {
	case errors.Is(err, graph.ErrNotFound) && p.plans(StepRegister):
		p.ok(CheckApplication, subject, "it is not registered yet")
		return nil
	case errors.Is(err, graph.ErrNotFound):
		key := "id"
		if p.Application.DisplayName != "" {
			key = "name"
		}
		p.add(Stop, CheckApplication, subject, "no application has this "+key, "register it, or correct the "+key)
		return nil
	case errors.As(err, new(*entra.AmbiguousError)):
		p.add(Stop, CheckApplication, subject, err.Error(), "give the id of the one that is meant")
		return nil
	case err != nil:
		return p.notChecked(ctx, CheckApplication, subject, err)
	}
	p.app = app
	if err := p.readApplication(ctx); err != nil {
		return p.notChecked(ctx, CheckApplication, subject, err)
	}
	p.checkPrincipal()
	p.checkRoles()
	return p.checkAssignments(ctx)
}

func (p *preflight) checkPrincipal() {
	registers, name := p.plans(StepRegister), p.app.DisplayName
	switch {
	case p.app.ServicePrincipalID == "" && !registers:
		p.add(Stop, CheckApplication, name, "it has no service principal in this tenant", "register it")
	case p.app.ServicePrincipalID == "":
		p.ok(CheckApplication, name, "its service principal will be created")
	case p.object.AppRoleAssignmentRequired == nil:
		p.unknown(CheckApplication, name, p.missing("appRoleAssignmentRequired"))
	case !*p.object.AppRoleAssignmentRequired && !registers:
		p.add(Stop, CheckApplication, name, "assignment is not required, so its access cannot be reviewed",
			`set "assignment required" of the service principal to yes`)
	case !*p.object.AppRoleAssignmentRequired:
		p.add(Advice, CheckApplication, name, "assignment is not required",
			"let the registration require it: without that, access cannot be reviewed")
	default:
		p.ok(CheckApplication, name, "one service principal, assignment required")
	}
}

// checkRoles checks the named roles, or looks for any that users can be given.
func (p *preflight) checkRoles() {
	if err := p.rolesUnknown(); err != nil {
		for _, name := range append([]string{p.app.DisplayName}, p.Roles...)[min(1, len(p.Roles)):] {
			p.unknown(CheckRoles, name, err)
		}
		return
	}
	if len(p.Roles) == 0 {
		if slices.ContainsFunc(p.app.AppRoles, func(r assign.AppRole) bool { return r.IsEnabled && r.TakesUsers() }) {
			p.ok(CheckRoles, p.app.DisplayName, "it has roles that take users")
		} else {
			p.add(Advice, CheckRoles, p.app.DisplayName, "it has no enabled role that takes users",
				"let the registration add one; without it, users get the default access only")
		}
	}
	for _, name := range p.Roles {
		_, err := assign.OneRole(p.app.AppRoles, name)
		switch {
		case err == nil:
			p.ok(CheckRoles, name, "can be given to users")
		case errors.Is(err, assign.ErrUnknownRole) && p.plans(StepRegister):
			p.ok(CheckRoles, name, "will be added")
		default:
			p.add(Stop, CheckRoles, name, err.Error(),
				"choose a role that users can be given, or let the registration add one")
		}
	}
}

// checkAssignments looks for groups: a review can't remove what a group grants.
// https://learn.microsoft.com/entra/id-governance/complete-access-review
func (p *preflight) checkAssignments(ctx context.Context) error {
	if p.app.ServicePrincipalID == "" {
		return nil
	}
	var err error
	if p.assignments, err = p.client.Assignments(ctx, p.app.ServicePrincipalID); err != nil {
		return p.notChecked(ctx, CheckAssignments, p.app.DisplayName, err)
	}
	groups := false
	for _, a := range p.assignments {
		if strings.EqualFold(a.PrincipalType, "Group") {
			groups = true
			p.add(Advice, CheckAssignments, a.PrincipalDisplayName,
				"this group is assigned to the application, and a review takes nothing from its members",
				"assign the members themselves and remove the group")
			if err := p.checkHidden(ctx, a); err != nil {
				return err
			}
		}
	}
	if people := len(p.reviewed()); people == 0 && p.plans(StepReview) {
		p.add(Advice, CheckAssignments, p.app.DisplayName, "nobody is assigned, so a review would be over at once",
			"assign users first")
	} else if !groups {
		p.ok(CheckAssignments, p.app.DisplayName, fmt.Sprintf("users to review: %d; no groups", people))
	}
	return nil
}

// checkHidden says whether who has access through a group can't be told.
func (p *preflight) checkHidden(ctx context.Context, a assign.Assignment) error {
	if !p.plans(StepFollow) {
		return nil
	}
	hiding, err := p.hiding(ctx, a.PrincipalID)
	if err != nil {
		return p.notChecked(ctx, CheckAssignments, a.PrincipalDisplayName, err)
	}
	if hiding != nil {
		p.unknown(CheckAssignments, a.PrincipalDisplayName, hiding)
	}
	return nil
}

// reviewed returns the lower-case ids of those whose access will be reviewed.
func (p *preflight) reviewed() []string {
	var ids []string
	for _, a := range p.assignments {
		if strings.EqualFold(a.PrincipalType, "User") {
			ids = append(ids, strings.ToLower(a.PrincipalID))
		}
	}
	for _, id := range p.People {
		ids = append(ids, strings.ToLower(id))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// A Level says what a finding means for the planned steps.
type Level string

// The levels.
const (
	OK     Level = "ok"
	Advice Level = "advice" // look at it; the steps may succeed all the same
	Stop   Level = "stop"   // a step would fail or have no effect
)

// A Check is what a finding is about.
type Check string

// The checks.
const (
	CheckCloud       Check = "cloud"
	CheckPermissions Check = "permissions"
	CheckApplication Check = "application"
	CheckRoles       Check = "roles"
	CheckAssignments Check = "assignments"
	CheckReviewers   Check = "reviewers"
	CheckLicense     Check = "license"
)

// A Finding is the result of one check.
type Finding struct {
	Level   Level  `json:"level"`
	Check   Check  `json:"check"`
	Subject string `json:"subject"`      // what was checked: a permission, a role, a reviewer
	Found   string `json:"found"`        // what is the case
	Do      string `json:"do,omitempty"` // what to do about it; "" if it is fine
}

// String returns the finding as one line.
func (f Finding) String() string {
	text := f.Subject + ": " + f.Found
	if f.Do != "" {
		text += "; " + f.Do
	}
	return roster.Printable(text)
}

// A PreflightReport is what [Client.Preflight] found, in the order of its checks.
type PreflightReport struct {
	Application string    `json:"application"`
	Findings    []Finding `json:"findings"`
}

// Count returns how many findings have a level.
func (r *PreflightReport) Count(level Level) (n int) {
	for _, finding := range r.Findings {
		if finding.Level == level {
			n++
		}
	}
	return n
}

// Stops reports whether a step would fail or have no effect. What could not be checked is
// an Advice, and Stops says nothing about it: a token that shows no permissions stops
// nothing. A job that wants to be sure also ends at each finding of CheckPermissions
// that is not OK.
func (r *PreflightReport) Stops() bool { return r.Count(Stop) > 0 }

// WriteText writes the findings for people, one per line: first those that stop
// the plan, last those that are fine.
func (r *PreflightReport) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, level := range []Level{Stop, Advice, OK} {
		for _, finding := range r.Findings {
			if finding.Level == level {
				fmt.Fprintf(&b, "%-6s  %-11s  %s\n", level, finding.Check, finding)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
