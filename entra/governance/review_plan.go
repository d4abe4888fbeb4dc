package governance

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Review says how the access to one application is reviewed. Nobody loses
// access without a decision: no default decision is set, so users whom nobody
// reviews keep their access. Recommendations are off, because they are based on
// sign-ins through Entra, and an application without single sign-on has none.
// https://learn.microsoft.com/entra/id-governance/create-access-review
type Review struct {
	// DisplayName is the review's name. Together with the application it is how
	// the review is found again.
	DisplayName string
	// ServicePrincipalID is the object id of the application's service principal,
	// as [entra.Client.FindApplication] returns it.
	ServicePrincipalID string
	// ApplicationName is used in descriptions that are left empty; "" means "the
	// application".
	ApplicationName string
	// DescriptionForAdmins is shown to administrators; "" means a sentence with
	// the application's name.
	DescriptionForAdmins string
	// DescriptionForReviewers is shown to reviewers; "" means a sentence with the
	// application's name. Mails show the first 256 characters.
	DescriptionForReviewers string
	// Stages are gone through one after another; one to three.
	Stages []ReviewStage
	// Start is the day of the first round, in UTC; zero means today.
	Start time.Time
	// Weeks or Months is the time from one round to the next; at most one of
	// them is set. If both are 0 there is one round.
	Weeks, Months int
	// Rounds is the number of rounds after which a series ends, and Until the day
	// on which it ends; at most one of them is set. Without either it goes on.
	Rounds int
	Until  time.Time
	// AutoApply removes the access of denied users when a round ends, without a
	// call of [Client.ApplyDecisions].
	AutoApply bool
	// NoMail sends no mails to reviewers, neither at the start nor half-way.
	NoMail bool
}

// A ReviewStage is one stage of a review.
type ReviewStage struct {
	// Reviewers decide: see [UserReviewer], [GroupReviewers], [ManagerReviewers]
	// and [OwnerReviewers]. All of a stage are asked at the same time, and the
	// last decision counts.
	Reviewers []QueryScope
	// Fallback decides about users without a manager. It needs ManagerReviewers.
	Fallback []QueryScope
	// Days is how long the stage takes; at least 1.
	Days int
	// ToNextStage are the decisions that the next stage looks at again: Approve,
	// Deny, NotReviewed, Recommendation; nil means all. That the service takes
	// DontKnow, which the portal offers, is not verified.
	ToNextStage []string
}

// A ReviewError says why a review can't be created or applied.
type ReviewError struct {
	Review string // its name, or its id
	Reason string // what is wrong and what to do
}

// Error says which review, what is wrong and what to do.
func (e *ReviewError) Error() string { return fmt.Sprintf("access review %q: %s", e.Review, e.Reason) }

// Definition returns what [Client.CreateReview] sends; it shares no memory with r. A review that breaks a rule
// is a [*ReviewError]. The tenant is not asked.
func (r Review) Definition() (*ReviewDefinition, error) {
	if reason := r.problem(); reason != "" {
		return nil, &ReviewError{r.DisplayName, reason}
	}
	name := cmp.Or(r.ApplicationName, "the application")
	d := &ReviewDefinition{
		DisplayName:          r.name(),
		DescriptionForAdmins: cmp.Or(r.DescriptionForAdmins, "Review of who is assigned to "+name),
		DescriptionForReviewers: cmp.Or(r.DescriptionForReviewers,
			"Who still needs access to "+name+"? Please approve those who do and deny the others."),
		Scope:             applicationScope(r.ServicePrincipalID),
		Reviewers:         slices.Clone(r.Stages[0].Reviewers),
		FallbackReviewers: append([]QueryScope{}, r.Stages[0].Fallback...), // [] and not null
		Settings: ReviewSettings{
			MailNotificationsEnabled: !r.NoMail, ReminderNotificationsEnabled: !r.NoMail, JustificationRequiredOnApproval: true,
			DefaultDecision: "None", InstanceDurationInDays: r.days(), AutoApplyDecisionsEnabled: r.AutoApply,
			Recurrence: r.recurrence(), ApplyActions: []ApplyAction{{Type: removeAccess}},
		},
	}
	if len(r.Stages) > 1 {
		d.StageSettings = r.stageSettings()
	}
	return d, nil
}

func (r Review) name() string { return strings.TrimSpace(r.DisplayName) }

func (r Review) days() (days int) {
	for _, stage := range r.Stages {
		days += stage.Days
	}
	return days
}

const maxStages = 3 // https://learn.microsoft.com/graph/api/resources/accessreviewstagesettings

// problem returns what is wrong with the review; "" if nothing is.
func (r Review) problem() string {
	switch {
	case r.name() == "":
		return "it needs a name"
	case r.ServicePrincipalID == "" || url.PathEscape(r.ServicePrincipalID) != r.ServicePrincipalID:
		return fmt.Sprintf("%q is not the object id of a service principal", r.ServicePrincipalID)
	case len(r.Stages) == 0:
		return "it needs a stage with reviewers: without them everybody would review their own access"
	case len(r.Stages) > maxStages:
		return fmt.Sprintf("it has %d stages and may have %d", len(r.Stages), maxStages)
	}
	for i, stage := range r.Stages {
		if reason := stage.problem(); reason != "" {
			return fmt.Sprintf("stage %d: %s", i+1, reason)
		}
	}
	return r.scheduleProblem()
}

// scheduleProblem also holds that a monthly round takes 27 days at most, which the
// article says and Graph's pages don't.
// https://learn.microsoft.com/entra/id-governance/create-access-review
func (r Review) scheduleProblem() string {
	longest := 7*r.Weeks + max(0, 28*r.Months-1) // of the shortest month, a day less
	switch {
	case r.Weeks < 0 || r.Months < 0 || r.Rounds < 0:
		return "the time between rounds and their number cannot be less than 0"
	case r.Weeks > 0 && r.Months > 0:
		return "rounds come every so many weeks or every so many months, not both"
	case longest == 0 && (r.Rounds > 1 || !r.Until.IsZero()):
		return "one round has no end to set; for a series, set the weeks or months between rounds"
	case r.Rounds > 0 && !r.Until.IsZero():
		return "a series ends after so many rounds or on a day, not both"
	case !r.Until.IsZero() && r.Until.Before(r.start()):
		return "the series would end before it begins"
	case longest > 0 && r.days() > longest:
		return fmt.Sprintf("a round takes %d days and may take %d, so that it ends before the next one begins",
			r.days(), longest)
	}
	return ""
}

func (s ReviewStage) problem() string {
	unnamed := func(reviewer QueryScope) bool { return reviewer.Query == "" }
	switch {
	case slices.ContainsFunc(s.Reviewers, unnamed):
		return "a reviewer without a query"
	case len(s.Reviewers) == 0:
		return "it needs reviewers: without them everybody would review their own access"
	case s.Days < 1:
		return "it must take at least a day"
	case len(s.Fallback) > 0 && !slices.ContainsFunc(s.Reviewers, QueryScope.isManagers):
		return "fallback reviewers stand in for missing managers, and in this stage no managers review"
	case slices.ContainsFunc(s.Fallback, unnamed) || slices.ContainsFunc(s.Fallback, QueryScope.isManagers):
		return "a fallback reviewer must be a user or a group"
	}
	for _, decision := range s.ToNextStage {
		if !slices.Contains([]string{"Approve", "Deny", "NotReviewed", "Recommendation", "DontKnow"}, decision) {
			return fmt.Sprintf("%q is no decision that goes to the next stage; "+
				"choose Approve, Deny, NotReviewed, Recommendation or DontKnow", decision)
		}
	}
	return ""
}

// stageSettings are the stages, which come one after another.
func (r Review) stageSettings() []StageSettings {
	var settings []StageSettings
	for i, stage := range r.Stages {
		s := StageSettings{StageID: strconv.Itoa(i + 1), DurationInDays: stage.Days,
			Reviewers: slices.Clone(stage.Reviewers), FallbackReviewers: slices.Clone(stage.Fallback),
			DecisionsThatWillMoveToNextStage: slices.Clone(stage.ToNextStage)}
		if i > 0 {
			s.DependsOn = []string{strconv.Itoa(i)}
		}
		settings = append(settings, s)
	}
	return settings
}

func (r Review) start() time.Time {
	start := r.Start
	if start.IsZero() {
		start = time.Now()
	}
	return start.UTC().Truncate(24 * time.Hour)
}

// recurrence is the schedule in Graph's words. One round is a recurrence without
// a pattern, and the number 0.
func (r Review) recurrence() *ReviewRecurrence {
	start := r.start()
	span := RecurrenceRange{Type: "noEnd", StartDate: start.Format(time.DateOnly)}
	var pattern *RecurrencePattern
	switch {
	case r.Weeks > 0:
		pattern = &RecurrencePattern{Type: "weekly", Interval: r.Weeks}
	case r.Months > 0:
		pattern = &RecurrencePattern{Type: "absoluteMonthly", Interval: r.Months, DayOfMonth: start.Day()}
	default:
		span.Type, span.EndDate = "numbered", start.AddDate(0, 0, r.days()).Format(time.DateOnly)
	}
	if r.Rounds > 0 && pattern != nil {
		span.Type, span.NumberOfOccurrences = "numbered", r.Rounds
	}
	if !r.Until.IsZero() {
		span.Type, span.EndDate = "endDate", r.Until.UTC().Format(time.DateOnly)
	}
	return &ReviewRecurrence{Pattern: pattern, Range: span}
}
