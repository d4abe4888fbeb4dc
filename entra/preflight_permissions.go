package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// needs are the permissions of each step: one of every list, the least first.
// https://learn.microsoft.com/graph/permissions-reference
var needs = map[Step][][]string{
	StepMatch:      {readUser},
	StepCreate:     {{"User.ReadWrite.All", writeAll}},
	StepRegister:   {{"Application.ReadWrite.All", writeAll}},
	StepAssign:     {{"AppRoleAssignment.ReadWrite.All"}, readApplication},
	StepReview:     {{"AccessReview.ReadWrite.All"}, readApplication},
	StepFollow:     {{"AccessReview.Read.All", "AccessReview.ReadWrite.All"}, readApplication, readUser, readMembers},
	StepPackages:   {{writesPackages}, readApplication},
	StepCustomData: {{writesPackages}},
}

const (
	readAll  = "Directory.Read.All"
	writeAll = "Directory.ReadWrite.All"
)

var (
	readUser        = []string{"User.Read.All", "User.ReadWrite.All", readAll, writeAll}
	readApplication = []string{"Application.Read.All", "Application.ReadWrite.All", readAll, writeAll}
	readMembers     = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", readAll, writeAll}
)

// stepRoles are the directory roles of which a signed-in person needs one.
var stepRoles = map[Step]string{
	StepCreate: "User Administrator", StepRegister: appAdministrators, StepAssign: appAdministrators, StepReview: reviewGovernors,
	StepFollow: reviewGovernors, StepPackages: governors, StepCustomData: governors,
}

// tokenClaims are what the permissions stand in.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type tokenClaims struct {
	Scopes string   `json:"scp"`   // of a signed-in person
	Roles  []string `json:"roles"` // of an application that acts by itself
}

func (t tokenClaims) permissions() []string { return append(strings.Fields(t.Scopes), t.Roles...) }

// parseClaims reads the claims of an access token, which is opaque by contract
// and a JWT in practice; nil if it can't be read.
func parseClaims(token string) *tokenClaims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	var claims tokenClaims
	if json.Unmarshal(payload, &claims) != nil || len(claims.permissions()) == 0 {
		return nil
	}
	return &claims
}

// checkPermissions compares the token's permissions with what the steps need.
// The token is looked at and goes nowhere else.
func (p *preflight) checkPermissions(ctx context.Context) error {
	if p.auth == nil {
		p.add(Advice, CheckPermissions, "token", "unknown: the request adapter keeps its credential to itself", "see that it has "+strings.Join(p.leastPermissions(), ", "))
		return nil
	}
	token, err := p.auth.token(ctx, "")
	if err != nil {
		return err
	}
	claims := parseClaims(token)
	if claims == nil {
		p.add(Advice, CheckPermissions, "token", "unknown: the token's permissions can't be read", "see that it has "+strings.Join(p.leastPermissions(), ", "))
		return nil
	}
	p.comparePermissions(claims)
	return nil
}

func (p *preflight) comparePermissions(claims *tokenClaims) {
	granted := claims.permissions()
	for _, step := range p.Steps {
		var missing []string
		for _, choice := range needs[step] {
			if !slices.ContainsFunc(choice, func(name string) bool { return containsFold(granted, name) }) {
				missing = append(missing, choice[0])
			}
		}
		switch role := stepRoles[step]; {
		case missing != nil:
			p.add(Stop, CheckPermissions, string(step), "the token lacks "+strings.Join(missing, " and "),
				"a Privileged Role Administrator or Global Administrator can grant it")
		case claims.Scopes != "" && role != "":
			p.add(OK, CheckPermissions, string(step), "granted; the signed-in person also needs the directory role "+role+", which was not checked", "")
		default:
			p.add(OK, CheckPermissions, string(step), "granted", "")
		}
	}
}

// leastPermissions are the least ones that all steps together need.
func (p *preflight) leastPermissions() []string {
	var names []string
	for _, step := range p.Steps {
		for _, choice := range needs[step] {
			names = append(names, choice[0])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}
