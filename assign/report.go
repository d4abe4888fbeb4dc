package assign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// A State says what became of a change.
type State string

// The states of a change. Applying the plan again settles Unclear and NotTried.
const (
	Done     State = "done"
	Failed   State = "failed"
	Unclear  State = "unclear" // under way when time ran out, so that it may have been made
	NotTried State = "notTried"
)

// A Result is what became of one change.
type Result struct {
	Change Change
	State  State
	Err    error // why it is not done; may be nil for NotTried
	// Existed says that the change is done, and that somebody else may have made it.
	Existed bool
}

// resultJSON is a Result in JSON, with the error as its text.
type resultJSON struct {
	Change
	State   State  `json:"state"`
	Error   string `json:"error,omitempty"`
	Existed bool   `json:"existed,omitempty"`
}

// MarshalJSON writes the error as its text.
func (r Result) MarshalJSON() ([]byte, error) {
	out := resultJSON{Change: r.Change, State: r.State, Existed: r.Existed}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote. Of the error only the text is kept.
func (r *Result) UnmarshalJSON(data []byte) error {
	var in resultJSON
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&in); err != nil {
		return err
	}
	switch in.State {
	case Done, Failed, Unclear, NotTried:
	default:
		return fmt.Errorf("a change has the unknown state %q", in.State)
	}
	*r = Result{Change: in.Change, State: in.State, Existed: in.Existed}
	if in.Error != "" {
		r.Err = errors.New(in.Error)
	}
	return nil
}

// A Report says what became of each change of a plan, in the plan's order.
type Report struct {
	ResourceID  string   `json:"resourceId"`
	Application string   `json:"application"`
	Results     []Result `json:"results"`

	before []Assignment // Plan.Before; not known of a report that was read
}

func newReport(p Plan) *Report {
	report := &Report{ResourceID: p.ResourceID, Application: p.Application, before: p.Before,
		Results: make([]Result, len(p.Changes))}
	for i, change := range p.Changes {
		report.Results[i] = Result{Change: change, State: NotTried}
	}
	return report
}

// reportKind marks reports in JSON. If the fields change, so must the version.
var reportKind = document.Kind{Name: "rollcall report", Version: 1}

type plainReport Report // without methods

type reportDocument struct {
	document.Stamp
	plainReport
}

// MarshalJSON writes the report with a version.
func (r Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(reportDocument{reportKind.Stamp(), plainReport(r)})
}

// UnmarshalJSON reads what MarshalJSON wrote. It refuses a report of another
// version with [ErrVersion] and anything else with [ErrMalformed]. Of an error
// only the text is kept.
func (r *Report) UnmarshalJSON(data []byte) error {
	var file reportDocument
	if err := reportKind.Decode(bytes.NewReader(data), &file); err != nil {
		return err
	}
	*r = Report(file.plainReport)
	return nil
}

// Count returns the number of changes in that state.
func (r *Report) Count(state State) int {
	n := 0
	for _, result := range r.Results {
		if result.State == state {
			n++
		}
	}
	return n
}

// Done returns the part of the plan that was made, which is what [Verify] can
// hope to see. Its Before is without what the other changes may have removed; a report
// that was read from JSON knows none.
func (r *Report) Done() Plan {
	plan := Plan{ResourceID: r.ResourceID, Application: r.Application}
	doubtful := make(map[string]bool)
	for _, result := range r.Results {
		if result.State == Done {
			plan.Changes = append(plan.Changes, result.Change)
		} else if result.Change.Action == Remove {
			doubtful[result.Change.AssignmentID] = true
		}
	}
	plan.Before = slices.DeleteFunc(slices.Clone(r.before), func(a Assignment) bool { return doubtful[a.ID] })
	return plan
}

// An ApplyError says that not all of a plan was made. To make the rest, apply
// the same plan again.
type ApplyError struct {
	Total, Failed, Unclear, NotTried int
	// First holds the first errors of failed changes, at most five; Unwrap
	// returns them too.
	First []error
	// Err is what stopped the run, the context's error or one that wraps
	// ErrWriter; or nil.
	Err error
}

func (e *ApplyError) Error() string {
	text := fmt.Sprintf("%d of %d changes failed and %d were not tried", e.Failed, e.Total, e.NotTried)
	if e.Unclear > 0 {
		text += fmt.Sprintf("; %d may have been made", e.Unclear)
	}
	if e.Err != nil {
		text += ": stopped: " + e.Err.Error()
	}
	if len(e.First) > 0 {
		text += "; the first failure: " + e.First[0].Error()
	}
	return text + "; apply the plan again for the rest"
}

// Unwrap returns what stopped the run and the first failures.
func (e *ApplyError) Unwrap() []error {
	if e.Err == nil {
		return e.First
	}
	return append([]error{e.Err}, e.First...)
}

// failure returns nil if all is done.
func (r *Report) failure(stopped error) error {
	e := &ApplyError{Total: len(r.Results),
		Failed: r.Count(Failed), Unclear: r.Count(Unclear), NotTried: r.Count(NotTried), Err: stopped}
	if stopped == nil && e.Failed+e.Unclear+e.NotTried == 0 {
		return nil
	}
	for _, result := range r.Results {
		if result.State == Failed && len(e.First) < 5 {
			change := result.Change
			e.First = append(e.First, fmt.Errorf("%s %s for %s: %w", change.Action,
				roster.Printable(change.role()), roster.Printable(change.person()), result.Err))
		}
	}
	return e
}
