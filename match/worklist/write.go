package worklist

import (
	"encoding/json"
	"io"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// decisionColumns are those of a file of decisions, in their order.
var decisionColumns = []string{"application", "account", "decision", "user", "kind", "owner", "until", "by", "on", "why", "was"}

// columns returns the decision's values for decisionColumns.
func (d *Decision) columns(application string) []string {
	return []string{application, quote(d.Account), string(d.Act), d.User, d.Kind, d.Owner, date(d.Until), d.By, date(d.On),
		d.Why, quote(d.Was)}
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// WriteCSV writes the decisions for people to go on with in Excel. [ReadDecisions] reads
// them back: account and was come back exactly, and stand in double quotes, as in Go, if
// a spreadsheet would change them.
func (d *Decisions) WriteCSV(w io.Writer) error {
	out := roster.NewWriter(w, nil, decisionColumns, &roster.WriterOptions{Excel: true})
	for i := range d.List {
		if err := out.Write(roster.Row{}, d.List[i].columns(d.Application)...); err != nil {
			return err
		}
	}
	return out.Flush()
}

// WriteJSON writes the decisions as a JSON array of objects with the columns of the CSV,
// which [ReadDecisions] reads back.
func (d *Decisions) WriteJSON(w io.Writer) error {
	objects := make([]map[string]string, len(d.List))
	for i := range d.List {
		objects[i] = make(map[string]string)
		for n, value := range d.List[i].columns(d.Application) {
			objects[i][decisionColumns[n]] = value
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(objects)
}
