package graphfake

import (
	"time"
)

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
func (t *terms) readRecurrence(settings map[string]any, now time.Time) *graphError {
	m, _ := settings["recurrence"].(map[string]any)
	span, _ := m["range"].(map[string]any)
	t.first, t.day = now, now.UTC().Truncate(24*time.Hour)
	if s := str(span, "startDate"); s != "" {
		day, ok := parseDay(s)
		if !ok {
			return invalidReview("AccessReviewArgumentException: startDate '%s' is not a date", s)
		}
		if day.After(t.day) {
			t.first, t.day = day, day
		}
	}
	pattern, _ := m["pattern"].(map[string]any)
	if pattern == nil {
		return nil
	}
	t.repeat = recurrence{interval: max(1, whole(pattern, "interval")), dayOfMonth: whole(pattern, "dayOfMonth")}
	if t.repeat.interval > maxInterval || t.repeat.dayOfMonth < 0 || t.repeat.dayOfMonth > 31 {
		return invalidReview("AccessReviewArgumentException: the recurrence pattern is out of range")
	}
	switch kind := str(pattern, "type"); kind {
	case "weekly":
	case "absoluteMonthly":
		t.repeat.monthly = true
	default:
		return invalidReview("AccessReviewArgumentException: recurrence of type '%s' is not supported", kind)
	}
	if err := t.readRange(span); err != nil {
		return err
	}
	if first, second := t.occurrence(0), t.occurrence(1); first.AddDate(0, 0, t.days()).After(second) {
		return invalidReview("AccessReviewArgumentException: an instance of %d days does not end before the next one begins", t.days())
	}
	return nil
}

func (t *terms) readRange(span map[string]any) *graphError {
	switch kind := str(span, "type"); kind {
	case "noEnd":
	case "endDate":
		day, ok := parseDay(str(span, "endDate"))
		if !ok {
			return invalidReview("AccessReviewArgumentException: endDate '%s' is not a date", str(span, "endDate"))
		}
		t.repeat.end = day
	case "numbered":
		t.repeat.count = max(1, whole(span, "numberOfOccurrences"))
	default:
		return invalidReview("AccessReviewArgumentException: recurrence range of type '%s' is not supported", kind)
	}
	return nil
}

// parseDay reads a date, or the date of a time.
func parseDay(s string) (time.Time, bool) {
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

// dayIn returns a day of the month that comes so many months after t, the last
// one where that month is shorter.
func dayIn(t time.Time, months, day int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(day, first.AddDate(0, 1, -1).Day())-1)
}

// begins tells whether there is an instance number n, and when it begins.
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
