package graphfake_test

import (
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// What is reviewed is who had access when the instance began: late assignments
// wait for the next one, and are not removed by this one.
func TestInstancesKeepThePictureOfTheirBeginning(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		x.user("ada")
		id := x.review(func(_, s object) {
			s["instanceDurationInDays"] = 3
			s["recurrence"] = object{"pattern": object{"type": "weekly", "interval": 1}, "range": object{"type": "numbered", "numberOfOccurrences": 2, "startDate": "2000-01-02"}}
		})
		x.user("early")
		time.Sleep(day + time.Hour)
		late := x.user("late")
		first := x.instance(id)
		require.ElementsMatch(t, []string{"ada", "early"}, keys(x.by(first+"/decisions", "id")))
		require.Error(t, x.s.Decide(graphfake.Decision{Review: id, Principal: late.ID, Decision: "Deny"}))
		time.Sleep(7 * day)
		require.Equal(t, "InProgress", x.status(id))
		second := x.instance(id)
		require.NotEqual(t, first, second)
		require.ElementsMatch(t, []string{"ada", "early", "late"}, keys(x.by(second+"/decisions", "id")))
		require.ElementsMatch(t, []string{"ada", "early"}, keys(x.by(first+"/decisions", "id")))
		time.Sleep(70 * day)
		require.Len(t, x.get(reviews+"/"+id+"/instances").values(), 2, "two occurrences")
		require.Equal(t, "Applied", x.status(id))
	})
}

// A series that begins on other days than the service would lose instances.
func TestRecurrence(t *testing.T) {
	for _, tc := range []struct {
		pattern, span object
		begin         []string
		reason        string
	}{
		{object{"type": "weekly", "interval": 2}, object{"type": "numbered", "numberOfOccurrences": 3, "startDate": "2000-01-31"},
			[]string{"2000-01-31", "2000-02-14", "2000-02-28"}, "every second week, three times"},
		{object{"type": "absoluteMonthly", "interval": 1}, object{"type": "endDate", "startDate": "2000-01-31", "endDate": "2000-03-31"},
			[]string{"2000-01-31", "2000-02-29", "2000-03-31"}, "the last day where a month is shorter, until the end date, that day too"},
		{object{"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 5}, object{"type": "noEnd", "startDate": "2000-01-10"},
			[]string{"2000-02-05", "2000-05-05"}, "on a day of the month, quarterly, for ever"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			reviewBubble(t, graphfake.Options{}, func(x *scenery) {
				x.user("ada")
				id := x.review(func(_, s object) {
					s["instanceDurationInDays"] = 3
					s["recurrence"] = object{"pattern": tc.pattern, "range": tc.span}
				})
				time.Sleep(200 * day)
				var begin []string
				for _, i := range x.get(reviews + "/" + id + "/instances").values() {
					begin = append(begin, i["startDateTime"].(string)[:10])
				}
				require.Equal(t, tc.begin, begin)
			})
		})
	}
}
