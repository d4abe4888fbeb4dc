package entra

import (
	"fmt"
	"io"
	"strings"
)

// A Level says what a finding means for the plan.
type Level string

// The levels.
const (
	OK     Level = "ok"
	Advice Level = "advice" // look at it; the steps may do all the same
	Stop   Level = "stop"   // a step would fail or be in vain
)

// A Check is what a finding is about.
type Check string

// The checks.
const (
	CheckPermissions Check = "permissions"
	CheckApplication Check = "application"
	CheckRoles       Check = "roles"
	CheckAssignments Check = "assignments"
	CheckReviewers   Check = "reviewers"
	CheckLicence     Check = "licence"
)

// A Finding is one thing that was looked at before the plan is carried out.
type Finding struct {
	Level   Level  `json:"level"`
	Check   Check  `json:"check"`
	Subject string `json:"subject"`      // what was looked at: a permission, a role, a reviewer
	Found   string `json:"found"`        // what is so, or is missing
	Do      string `json:"do,omitempty"` // what to do about it; "" if it is fine
}

// String returns the finding as one line.
func (f Finding) String() string {
	text := f.Subject + ": " + f.Found
	if f.Do != "" {
		text += "; " + f.Do
	}
	return text
}

// A PreflightReport is what [Client.Preflight] found, in the order in which it looked.
type PreflightReport struct {
	Application string    `json:"application"`
	Findings    []Finding `json:"findings"`
}

// Count returns how many findings are of a level.
func (r *PreflightReport) Count(level Level) (n int) {
	for _, finding := range r.Findings {
		if finding.Level == level {
			n++
		}
	}
	return n
}

// Stops reports whether a step would fail or be in vain.
func (r *PreflightReport) Stops() bool { return r.Count(Stop) > 0 }

// WriteText writes the findings for people, one a line, what stops the plan
// first and what is fine last.
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
