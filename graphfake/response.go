package graphfake

import (
	"net/http"
	"strconv"
)

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
		rsp = response{status: err.status, header: err.header, kind: errorKind, body: err.body(rq), units: rsp.units, cut: rsp.cut}
	}
	if rsp.kind == "" && rsp.body != nil {
		rsp.kind = jsonKindFor(rq.metadata())
	}
	h := http.Header{}
	h.Set("Cache-Control", "no-cache")
	h.Set("request-id", rq.id)
	h.Set("client-request-id", rq.clientID)
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Nowhere","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"GRAPHFAKE"}}`)
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
