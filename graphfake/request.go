package graphfake

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
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
	claims       *claims  // of the token; nil until caller was asked

	stale    *state.View // what is read instead of the newest state; nil: nothing
	route    *route      // nil: not modelled
	params   map[string]odata.Key
	query    *query.Options // nil: badQuery says why
	badQuery *query.Error

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

// A handler answers a request.
type handler func(*request) (response, *graphError)

// A middleware wraps a handler.
type middleware func(next handler) handler

// param returns the id or key that stands for a name in the route's pattern.
func (rq *request) param(name string) odata.Key { return rq.params[name] }

// eventual reports whether the request asks for the advanced query engine.
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

// prefers reports whether a Prefer header holds the preference.
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
	if err := rq.notJSON(); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(rq.body)))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil || m == nil || d.More() {
		return nil, badJSON()
	}
	return m, nil
}

// notJSON refuses bodies that are none or don't say that they are JSON, in the gateway's
// words. They were seen with entities; for an action without both, other words were:
//
//   - no type: https://github.com/microsoftgraph/microsoft-graph-docs/issues/6486
//   - a form: https://github.com/microsoftgraph/msgraph-sample-pythondjangoapp/issues/22
//   - no body: https://github.com/microsoftgraph/microsoft-graph-docs/issues/4769
//   - neither: https://github.com/microsoftgraph/microsoft-graph-docs/issues/6259
func (rq *request) notJSON() *graphError {
	kind := rq.header.Get("Content-Type")
	media, _, _ := strings.Cut(kind, ";")
	switch {
	case kind == "" && len(rq.body) == 0:
		return badJSON()
	case kind == "":
		return malformed("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	case !strings.HasSuffix(strings.ToLower(strings.TrimSpace(media)), "json"):
		return malformed("Entity only allows writes with a JSON Content-Type header.")
	case len(rq.body) == 0:
		return malformed("Empty Payload. JSON content expected.")
	}
	return nil
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

// The longest URLs, in characters: advanced queries have a limit of their own
// (https://learn.microsoft.com/graph/filter-query-parameter), and the front end
// takes 16 KiB for request line and headers. Items of a batch have neither.
const (
	maxAdvancedURL = 2048
	maxURL         = 16 << 10
)

// tooLong refuses overlong URLs the way the front end does: with a page of
// HTML for a message. That this is what happens beyond 2,048 characters is
// believed, not verified; that it is the form of the answer was seen in
// https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/3184.
func (rq *request) tooLong() *graphError {
	n := len(rq.base) + len(rq.path) + len("?") + len(rq.rawQuery)
	if rq.governs() || rq.batch != nil || n <= maxAdvancedURL || n <= maxURL && !rq.query.Advanced() {
		return nil
	}
	return refuse(http.StatusBadRequest, "UnknownError", "%s", `<!DOCTYPE HTML PUBLIC `+
		`"-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD>
<BODY><h2>Bad Request - Request Too Long</h2>
<hr><p>HTTP Error 400. The size of the request headers is too long.</p>
</BODY></HTML>`)
}

// A response is an answer before it meets HTTP.
type response struct {
	status int
	header http.Header // in addition to what every answer carries; may be nil
	kind   string      // Content-Type; "" = JSON of the usual kind
	body   []byte      // nil = none
	units  int         // resource units that this request cost, 0 = as the route says

	// cut means that the connection breaks instead of an answer arriving.
	cut bool

	// broken means that the connection breaks at the end of body, which is
	// only the beginning of the answer.
	broken bool
}

const (
	errorKind = "application/json"
	textKind  = "text/plain"
)

func noContent() response { return response{status: http.StatusNoContent} }

func plainText(body string) response {
	return response{status: http.StatusOK, kind: textKind, body: []byte(body)}
}

// header1 returns a header with one field.
func header1(name, value string) http.Header {
	return http.Header{http.CanonicalHeaderKey(name): {value}}
}

// answer runs the whole chain on a request and turns errors into responses,
// with the headers that every answer carries. It is the only place that writes
// errors.
func (s *Server) answer(rq *request) response {
	rsp, err := s.handle(rq)
	if err != nil {
		rsp = response{status: err.status, header: err.header, kind: errorKind, body: err.body(rq), units: rsp.units,
			cut: rsp.cut}
	}
	if rsp.kind == "" && rsp.body != nil {
		rsp.kind = jsonKindFor(rq.metadata())
	}
	h := http.Header{}
	h.Set("Cache-Control", "no-cache")
	h.Set("request-id", rq.id)
	h.Set("client-request-id", rq.clientID)
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Nowhere","Slice":"E","Ring":"0",`+
		`"ScaleUnit":"000","RoleInstance":"GRAPHFAKE"}}`)
	h.Set("Date", rq.began.UTC().Format(http.TimeFormat))
	h.Set("x-ms-resource-unit", strconv.Itoa(rq.units(rsp)))
	if rsp.body != nil {
		h.Set("Content-Type", rsp.kind)
		if rsp.kind != errorKind && rsp.kind != textKind {
			h.Set("OData-Version", "4.0")
		}
	}
	for name, values := range rsp.header {
		h[name] = values
	}
	rsp.header = h
	return rsp
}

func jsonKindFor(level string) string {
	const before, after = "application/json;odata.metadata=", ";odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	return before + level + after
}

// units returns the resource units that the request cost.
func (rq *request) units(rsp response) int {
	switch {
	case rsp.units > 0:
		return rsp.units
	case rq.route == nil:
		return 1
	}
	return rq.route.units
}
