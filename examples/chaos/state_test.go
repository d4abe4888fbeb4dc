package chaos_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake"
)

var update = flag.Bool("update", false, "write testdata/*.state anew")

// state is what the tenant holds, one object a line, with names in place of ids
// and without times, so that the ends of two runs can be compared, and read.
func state(fake *graphfake.Server) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	names := namesOf(fake)
	for _, u := range fake.Users() {
		add("user %s: %q mail=%q nickname=%q disabled=%v", u.UserPrincipalName, u.DisplayName, u.Mail, u.MailNickname, u.Disabled)
	}
	for _, u := range fake.DeletedUsers() {
		add("deleted user %s", u.Mail)
	}
	for _, g := range fake.Groups() {
		add("group %s: %s", g.DisplayName, names.Replace(fmt.Sprint(g.Members)))
	}
	for _, a := range fake.Applications() {
		add("application %s: roles=%v tags=%v", a.DisplayName, rolesOf(a.AppRoles), a.Tags)
	}
	for _, p := range fake.ServicePrincipals() {
		add("service principal %s: roles=%v tags=%v assignment required=%v disabled=%v",
			p.DisplayName, rolesOf(p.AppRoles), p.Tags, p.AppRoleAssignmentRequired, p.Disabled)
	}
	for _, a := range fake.Assignments("") {
		add("assignment %s", names.Replace(a.PrincipalID+": "+a.AppRoleID+" of "+a.ResourceID))
	}
	slices.Sort(lines)
	return lines
}

func rolesOf(roles []graphfake.AppRole) (lines []string) {
	for _, r := range roles {
		lines = append(lines, fmt.Sprintf("%s=%s for %v disabled=%v", r.DisplayName, r.Value, r.AllowedMemberTypes, r.Disabled))
	}
	return lines
}

func namesOf(fake *graphfake.Server) *strings.Replacer {
	var pairs []string
	for _, u := range fake.Users() {
		pairs = append(pairs, u.ID, u.UserPrincipalName)
	}
	for _, g := range fake.Groups() {
		pairs = append(pairs, g.ID, g.DisplayName)
	}
	for _, a := range fake.Applications() {
		for _, r := range a.AppRoles {
			pairs = append(pairs, r.ID, r.DisplayName)
		}
	}
	for _, p := range fake.ServicePrincipals() {
		pairs = append(pairs, p.ID, p.DisplayName)
	}
	return strings.NewReplacer(pairs...)
}

func (s scene) file() string { return "testdata/" + string(s) + ".state" }

// end is how the tenant must stand after the flow.
func (s scene) end() ([]string, error) {
	text, err := os.ReadFile(s.file())
	return strings.Split(strings.TrimSpace(string(text)), "\n"), err
}

// difference names the lines that only one of two states has, a few of them.
func difference(want, got []string) (complaints []string) {
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range got {
		count[line]--
	}
	for line, n := range count {
		switch {
		case n > 0:
			complaints = append(complaints, fmt.Sprintf("the end state lacks %s", line))
		case n < 0:
			complaints = append(complaints, fmt.Sprintf("the end state has, and should not, %s", line))
		}
	}
	slices.Sort(complaints)
	return complaints
}
