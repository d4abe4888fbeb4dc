package fulfill

import "time"

// Times come from several services, some with fractions of a second and some
// without, so they are compared at the coarser fineness of the two.

// fineness returns the unit in which a time was written down.
func fineness(t time.Time) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if t.Truncate(unit).Equal(t) {
			return unit
		}
	}
	return time.Nanosecond
}

// compareTimes compares two times as far as both tell: 0 means that neither is
// known to be the earlier one.
func compareTimes(a, b time.Time) int {
	unit := max(fineness(a), fineness(b))
	return a.Truncate(unit).Compare(b.Truncate(unit))
}

// before reports whether a is known to be earlier than b.
func before(a, b time.Time) bool { return compareTimes(a, b) < 0 }
