package graphfake

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A request is what the chain of middleware and the handlers work on: one
// HTTP request, or one item of a batch.
type request struct {
	ctx      context.Context
	s        *Server
	method   string
	base     string // what contexts and links begin with: https://graph.microsoft.com/v1.0
	path     string // below base, still escaped, begins with a slash
	rawQuery string
	header   http.Header
	body     []byte
	began    time.Time

	id, clientID string   // request-id and client-request-id
	n            int      // number in the record
	item         string   // id of the batch item, "" outside a batch
	batch        *request // the batch that this is an item of
	throttled    bool     // an item of this batch was throttled
	replica      int      // number of the replica that was met

	route  *route // nil: not modelled
	params map[string]key
	query  *query.Options

	// read is the view that this request reads from, lists and checks
	// references against. Uniqueness is checked on the primary, in update.
	read *state.View
}

// String returns method, path and query.
func (rq *request) String() string {
	if rq.rawQuery == "" {
		return rq.method + " " + rq.path
	}
	return rq.method + " " + rq.path + "?" + rq.rawQuery
}

// A key is what stands for an object in a path: an id, or another property's
// value as in servicePrincipals(appId='…').
type key struct{ property, value string }

func (k key) String() string { return k.value }

// A handler answers a request.
type handler func(*request) (response, *graphError)

// A middleware wraps a handler.
type middleware func(next handler) handler

// param returns the id or key that stands for a name in the route's pattern.
func (rq *request) param(name string) key { return rq.params[name] }

// eventual tells whether the request asks for the advanced query engine.
func (rq *request) eventual() bool {
	return strings.EqualFold(strings.TrimSpace(rq.header.Get("ConsistencyLevel")), "eventual")
}

// metadata returns the level that Accept asks for: none, minimal or full.
func (rq *request) metadata() string {
	for part := range strings.SplitSeq(rq.header.Get("Accept"), ",") {
		_, params, err := mime.ParseMediaType(part)
		if err == nil {
			switch level := strings.ToLower(params["odata.metadata"] + params["odata"]); level {
			case "none", "full":
				return level
			case "nometadata":
				return "none"
			case "fullmetadata":
				return "full"
			}
		}
	}
	return "minimal"
}

// prefers tells whether a Prefer header holds the preference.
func (rq *request) prefers(preference string) bool {
	for _, h := range rq.header.Values("Prefer") {
		for p := range strings.SplitSeq(h, ",") {
			if strings.EqualFold(strings.TrimSpace(p), preference) {
				return true
			}
		}
	}
	return false
}

// object decodes the body, which must be a JSON object.
func (rq *request) object() (map[string]any, *graphError) {
	d := json.NewDecoder(strings.NewReader(string(rq.body)))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil || m == nil || d.More() {
		return nil, badJSON()
	}
	return m, nil
}

// update runs a write on the primary, alone among all writes. What it stored
// becomes visible only if it returns no error.
func (rq *request) update(write func(*state.Tx) *graphError) *graphError {
	var err *graphError
	rq.s.store.Update(func(tx *state.Tx) bool {
		err = write(tx)
		return err == nil
	})
	return err
}
