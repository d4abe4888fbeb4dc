package governance

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// readStages reads who reviews for how long. stageSettings override what the
// definition itself says.
// https://learn.microsoft.com/graph/api/resources/accessreviewstagesettings
func (t *terms) readStages(v *state.View, body, settings map[string]any) error {
	stages := field.Objects(body, "stageSettings")
	if len(stages) == 0 {
		days := field.Int(settings, "instanceDurationInDays")
		if days <= 0 || days > maxDays {
			return badArgument("instanceDurationInDays is out of range")
		}
		one := stageTerms{days: days}
		if err := one.readReviewers(v, body); err != nil {
			return err
		}
		t.Stages = []stageTerms{one}
		return nil
	}
	if len(stages) > 3 {
		return badArgument("a review has at most 3 stages")
	}
	t.staged = true
	for i, m := range stages {
		s, err := readStage(v, i, m)
		if err != nil {
			return err
		}
		t.recommendations = t.recommendations || field.Bool(m, "recommendationsEnabled")
		t.Stages = append(t.Stages, s)
	}
	return nil
}

var stageProperties = []string{"decisionsThatWillMoveToNextStage", "dependsOn", "durationInDays", "fallbackReviewers",
	"recommendationInsightSettings", "recommendationLookBackDuration", "recommendationsEnabled", "reviewers", "stageId"}

// readStage reads stage number i, from 0. Stages come one after the other, each
// depends on the one before.
func readStage(v *state.View, i int, m map[string]any) (s stageTerms, err error) {
	if err := onlyKnown("accessReviewStageSettings", m, stageProperties); err != nil {
		return s, err
	}
	s = stageTerms{id: field.Text(m, "stageId"), days: field.Int(m, "durationInDays")}
	depends := field.Texts(m, "dependsOn")
	switch {
	case s.id != strconv.Itoa(i+1):
		return s, badArgument("stageId must be '%d'", i+1)
	case s.days <= 0 || s.days > maxDays:
		return s, badArgument("durationInDays of stage %s is out of range", s.id)
	case i == 0 && len(depends) > 0:
		return s, badArgument("the first stage cannot depend on another")
	case i > 0 && !slices.Equal(depends, []string{strconv.Itoa(i)}):
		return s, badArgument("stage %s must depend on stage %d", s.id, i)
	}
	if _, given := m["decisionsThatWillMoveToNextStage"].([]any); given {
		s.moves = append([]string{}, field.Texts(m, "decisionsThatWillMoveToNextStage")...)
	}
	for _, d := range s.moves {
		if !slices.Contains([]string{"Approve", "Deny", "NotReviewed", "Recommendation", "DontKnow"}, d) {
			return s, badArgument("decision '%s' cannot move to the next stage", d)
		}
	}
	return s, s.readReviewers(v, m)
}

// readReviewers reads reviewers and fallbackReviewers; backupReviewers is the
// older name of the latter.
// https://learn.microsoft.com/graph/accessreviews-reviewers-concept
func (s *stageTerms) readReviewers(v *state.View, m map[string]any) (err error) {
	if s.Reviewers, err = reviewerQueries(v, field.Objects(m, "reviewers")); err != nil {
		return err
	}
	fallback := field.Objects(m, "fallbackReviewers")
	if len(fallback) == 0 {
		fallback = field.Objects(m, "backupReviewers")
	}
	s.Fallback, err = reviewerQueries(v, fallback)
	return err
}

func reviewerQueries(v *state.View, list []map[string]any) (queries []string, err error) {
	for _, m := range list {
		q, typed := typedReviewer(m)
		if !typed {
			q = WithoutVersion(field.Text(m, "query"))
		}
		if typed && q == "" {
			continue // a self review
		}
		switch path := odata.SplitPath(q); {
		case q == "./manager" && !typed && field.Text(m, "queryRoot") != "decisions":
			return nil, badArgument("the relative query './manager' needs the queryRoot 'decisions'")
		case q == "./manager":
		case !knownReviewers(v, path):
			return nil, badArgument("Failed to retrieve the reviewers '%s'", field.Text(m, "query"))
		}
		queries = append(queries, q)
	}
	return queries, nil
}

// knownReviewers reports whether a query names reviewers, and what it names is there.
func knownReviewers(v *state.View, path []odata.Key) bool {
	switch {
	case len(path) == 2 && path[0].Is("users"):
		return v.Get(schema.Users, strings.ToLower(path[1].Value)) != nil
	case len(path) < 3:
		return false
	case path[0].Is("groups") && (path[2].Is("transitiveMembers") || path[2].Is("members") || path[2].Is("owners")):
		return v.Get(schema.Groups, strings.ToLower(path[1].Value)) != nil
	case path[0].Is("servicePrincipals") && path[2].Is("owners"):
		return v.Get(schema.ServicePrincipals, strings.ToLower(path[1].Value)) != nil
	}
	return false
}

// reviewersOf returns the users that review a principal: those of the queries,
// or the fallback reviewers where there are none. A stage without any query is
// a self review.
func (s *stageTerms) reviewersOf(v *state.View, principal string) []string {
	if len(s.Reviewers) == 0 {
		return []string{principal}
	}
	if list := resolveReviewers(v, s.Reviewers, principal); len(list) > 0 {
		return list
	}
	return resolveReviewers(v, s.Fallback, principal)
}

func resolveReviewers(v *state.View, queries []string, principal string) (ids []string) {
	add := func(id string) {
		if v.Get(schema.Users, id) != nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, q := range queries {
		if q == "./manager" {
			for id := range v.Targets(schema.Manager, principal, "") {
				add(id)
			}
			continue
		}
		path := odata.SplitPath(q)
		id := strings.ToLower(path[1].Value)
		switch {
		case len(path) == 2:
			add(id)
		case path[2].Is("owners"):
			for o := range v.Targets(schema.Owners, id, "") {
				add(o)
			}
		case path[2].Is("members"):
			for m := range v.Targets(schema.Members, id, "") {
				add(m)
			}
		default:
			for _, m := range allMembers(v, id) {
				add(m)
			}
		}
	}
	return ids
}

// allMembers returns the ids of a group's members, those of nested groups too.
func allMembers(v *state.View, group string) (ids []string) {
	seen := map[string]bool{group: true}
	for todo := []string{group}; len(todo) > 0; todo = todo[1:] {
		for id := range v.Targets(schema.Members, todo[0], "") {
			if !seen[id] {
				seen[id] = true
				ids, todo = append(ids, id), append(todo, id)
			}
		}
	}
	return ids
}

// A recurrence says when instances of a review begin.
// https://learn.microsoft.com/graph/api/resources/patternedrecurrence
type recurrence struct {
	monthly    bool
	interval   int // weeks or months, 0 = one instance only
	dayOfMonth int
	count      int       // of instances, 0 = no bound
	end        time.Time // no instance begins after it, zero = no bound
}

// Bounds that keep dates sane; those of the service are not known.
const (
	maxInterval = 1000
	maxDays     = 3650
)

// readRecurrence reads the schedule. A review whose day has come begins at once.
func (t *terms) readRecurrence(settings map[string]any, now time.Time) error {
	m := field.Object(settings, "recurrence")
	span := field.Object(m, "range")
	t.first, t.day = now, now.UTC().Truncate(24*time.Hour)
	if s := field.Text(span, "startDate"); s != "" {
		day, ok := ParseDay(s)
		if !ok {
			return badArgument("startDate '%s' is not a date", s)
		}
		if day.After(t.day) {
			t.first, t.day = day, day
		}
	}
	pattern := field.Object(m, "pattern")
	if pattern == nil {
		return nil
	}
	t.repeat = recurrence{interval: max(1, field.Int(pattern, "interval")), dayOfMonth: field.Int(pattern, "dayOfMonth")}
	if t.repeat.interval > maxInterval || t.repeat.dayOfMonth < 0 || t.repeat.dayOfMonth > 31 {
		return badArgument("the recurrence pattern is out of range")
	}
	switch kind := field.Text(pattern, "type"); kind {
	case "weekly":
	case "absoluteMonthly":
		t.repeat.monthly = true
	default:
		return badArgument("recurrence of type '%s' is not supported", kind)
	}
	if err := t.readRange(span); err != nil {
		return err
	}
	if first, second := t.occurrence(0), t.occurrence(1); first.AddDate(0, 0, t.Days()).After(second) {
		return badArgument("an instance of %d days does not end before the next one begins", t.Days())
	}
	return nil
}

func (t *terms) readRange(span map[string]any) error {
	switch kind := field.Text(span, "type"); kind {
	case "noEnd":
	case "endDate":
		day, ok := ParseDay(field.Text(span, "endDate"))
		if !ok {
			return badArgument("endDate '%s' is not a date", field.Text(span, "endDate"))
		}
		t.repeat.end = day
	case "numbered":
		t.repeat.count = max(1, field.Int(span, "numberOfOccurrences"))
	default:
		return badArgument("recurrence range of type '%s' is not supported", kind)
	}
	return nil
}

// ParseDay reads a date, or the date of a time.
func ParseDay(s string) (time.Time, bool) {
	if len(s) > len(time.DateOnly) {
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return time.Time{}, false
		}
		s = s[:len(time.DateOnly)]
	}
	day, err := time.Parse(time.DateOnly, s)
	return day, err == nil
}

// occurrence returns the day on which instance number n begins, from 0.
func (t *terms) occurrence(n int) time.Time {
	r := t.repeat
	if !r.monthly {
		return t.day.AddDate(0, 0, 7*r.interval*n)
	}
	day, months := t.day.Day(), r.interval*n
	if r.dayOfMonth > 0 {
		day = r.dayOfMonth
	}
	if dayIn(t.day, 0, day).Before(t.day) {
		months++ // the day has passed in the first month
	}
	return dayIn(t.day, months, day)
}

// dayIn returns a day of the month that is the given number of months after t, the last
// one where that month is shorter.
func dayIn(t time.Time, months, day int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(day, first.AddDate(0, 1, -1).Day())-1)
}

// begins reports whether there is an instance number n, and when it begins.
func (t *terms) begins(n int) (at time.Time, ok bool) {
	r := t.repeat
	switch {
	case n == 0:
		if at = t.occurrence(0); at.Before(t.first) {
			at = t.first
		}
		return at, true
	case r.interval == 0, r.count > 0 && n >= r.count:
		return at, false
	}
	at = t.occurrence(n)
	return at, r.end.IsZero() || !at.After(r.end)
}
