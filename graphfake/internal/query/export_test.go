package query

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

// Unchecked plans a query that no rule of the service was applied to; tests
// compare it with a plain evaluation of the filter.
func Unchecked(t *state.Type, filter string) (*Plan, *Error) {
	e, err := parseFilter(filter)
	if err != nil {
		return nil, err
	}
	n, err := binder{typ: t}.bind(e)
	if err != nil {
		return nil, err
	}
	p := &Plan{typ: t, filter: n}
	p.spans, _ = spans(t, n)
	return p, nil
}
