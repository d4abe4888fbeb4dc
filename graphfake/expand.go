package graphfake

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

// expander returns what appends the navigation properties of $expand.
func (rq *request) expander(t *state.Type) (func([]byte, *object) []byte, *graphError) {
	if rq.query.Expand == nil {
		return nil, nil
	}
	rq.s.errorf("graphfake: $expand is not modelled: %s %s?%s", rq.method, rq.path, rq.rawQuery)
	return nil, refuse(501, "NotImplemented", "graphfake does not model $expand of %s.", t.Set)
}
