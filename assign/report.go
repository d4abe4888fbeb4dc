package assign

import (
	"encoding/json"
	"fmt"
)

// A State says what became of a change.
type State string

// The states of a change. NotTried is also the state of a write that the end of
// the context cut off before its answer came; applying again settles it.
const (
	Done     State = "done"
	Failed   State = "failed"
	NotTried State = "notTried"
)

// A Result is what became of one change.
type Result struct {
	Change Change
	State  State
	Err    error // why it failed or was not tried; may be nil for NotTried
}

// MarshalJSON writes the error as its text.
func (r Result) MarshalJSON() ([]byte, error) {
	text := ""
	if r.Err != nil {
		text = r.Err.Error()
	}
	return json.Marshal(struct {
		Change
		State State  `json:"state"`
		Error string `json:"error,omitempty"`
	}{r.Change, r.State, text})
}

// A Report says what became of each change of a plan, in the plan's order.
type Report struct {
	ResourceID  string   `json:"resourceId"`
	Application string   `json:"application"`
	Results     []Result `json:"results"`
}

func newReport(p Plan) *Report {
	report := &Report{ResourceID: p.ResourceID, Application: p.Application, Results: make([]Result, len(p.Changes))}
	for i, change := range p.Changes {
		report.Results[i] = Result{Change: change, State: NotTried}
	}
	return report
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
// hope to see.
func (r *Report) Done() Plan {
	plan := Plan{ResourceID: r.ResourceID, Application: r.Application}
	for _, result := range r.Results {
		if result.State == Done {
			plan.Changes = append(plan.Changes, result.Change)
		}
	}
	return plan
}

// An ApplyError says that not all of a plan was made. The rest may be made by
// applying the same plan again.
type ApplyError struct {
	Total, Failed, NotTried int
	// First holds the first errors, at most five; Unwrap returns them too.
	First []error
	// Err is what stopped the run: the context's error or one that wraps ErrWriter; or nil.
	Err error
}

func (e *ApplyError) Error() string {
	text := fmt.Sprintf("%d of %d changes failed and %d were not tried", e.Failed, e.Total, e.NotTried)
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
	e := &ApplyError{Total: len(r.Results), Failed: r.Count(Failed), NotTried: r.Count(NotTried), Err: stopped}
	if stopped == nil && e.Failed+e.NotTried == 0 {
		return nil
	}
	for _, result := range r.Results {
		if result.State == Failed && len(e.First) < 5 {
			e.First = append(e.First, fmt.Errorf("%s %s for %s: %w", result.Change.Action, result.Change.role(), result.Change.person(), result.Err))
		}
	}
	return e
}
