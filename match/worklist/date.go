package worklist

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// dateLayouts are those in which a date comes from a spreadsheet that knows it as one:
// with the year first, or with dots, of which the first number is the day.
var dateLayouts = []string{time.DateOnly, "2006/1/2", "2.1.2006", "2.1.06"}

// parseDate reads a date. One whose order of day and month is the country's own is read
// if only one order makes a date.
func parseDate(text string) (time.Time, error) {
	for _, layout := range dateLayouts {
		if date, err := time.Parse(layout, text); err == nil {
			return date, nil
		}
	}
	for _, separator := range []string{"/", "-"} {
		byDay, notDay := time.Parse("2"+separator+"1"+separator+"2006", text)
		byMonth, notMonth := time.Parse("1"+separator+"2"+separator+"2006", text)
		switch {
		case notDay == nil && notMonth == nil && !byDay.Equal(byMonth):
			return time.Time{}, fmt.Errorf("%s has day and month in an order that nobody knows; write it as 2027-06-30, in "+
				"a column that the spreadsheet takes for text", strconv.Quote(roster.Printable(text)))
		case notDay == nil:
			return byDay, nil
		case notMonth == nil:
			return byMonth, nil
		}
	}
	return time.Time{}, errors.New("is no date such as 2027-06-30")
}
