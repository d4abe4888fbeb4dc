package graphfake

import (
	"encoding/json"
	"net/http"
	"strings"
)

// https://learn.microsoft.com/graph/json-batching
const maxBatch = 20

// A batchItem is one request of a batch.
type batchItem struct {
	ID        itemID            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []itemID          `json:"dependsOn"`
}

// An itemID is the id of an item. Some clients write it as a number, and read text:
// https://github.com/pnp/cli-microsoft365/blob/main/src/m365/entra/commands/group/group-member-add.ts
type itemID string

// UnmarshalJSON takes text and numbers.
func (id *itemID) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, (*string)(id))
	}
	return json.Unmarshal(b, (*json.Number)(id))
}

// key is what ids are compared by.
func (id itemID) key() itemID { return itemID(strings.ToLower(string(id))) }

// batchAnswer is the answer to one item.
type batchAnswer struct {
	ID      itemID            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batch sends every item through the whole chain, as if it had come alone.
func batch(rq *request) (response, *graphError) {
	if rq.batch != nil {
		return response{}, malformed("Nested batch requests are not supported.") // believed, not verified
	}
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(rq.body, &in); err != nil {
		return response{}, badJSON()
	}
	if err := checkBatch(in.Requests); err != nil {
		return response{}, err
	}
	status := map[itemID]int{}
	answers := make([]batchAnswer, 0, len(in.Requests))
	for _, item := range in.Requests {
		a := rq.runItem(item, status)
		status[item.ID.key()] = a.Status
		answers = append(answers, a)
	}
	rq.s.shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	return response{status: http.StatusOK, kind: errorKind, body: toJSON(map[string]any{"responses": answers})}, nil
}

// runItem answers one item, or refuses it because one that it depends on failed.
func (rq *request) runItem(item batchItem, status map[itemID]int) batchAnswer {
	sub := rq.itemRequest(item)
	for _, id := range item.DependsOn {
		if s := status[id.key()]; s >= 400 {
			// wording believed
			err := refuse(http.StatusFailedDependency, "FailedDependency",
				"The request was not executed because of the failure of a dependent request.")
			return batchAnswer{item.ID, err.status, map[string]string{"Content-Type": errorKind}, err.body(sub)}
		}
	}
	rsp := rq.s.answer(sub)
	if rsp.cut { // a connection cannot break in the middle of a batch: the item's backend did
		err := refuse(http.StatusGatewayTimeout, "UnknownError", "")
		return batchAnswer{item.ID, err.status, map[string]string{"Content-Type": errorKind}, err.body(sub)}
	}
	a := batchAnswer{ID: item.ID, Status: rsp.status, Headers: map[string]string{}}
	for _, name := range itemHeaders {
		if v := rsp.header.Get(name); v != "" {
			a.Headers[name] = v
		}
	}
	switch {
	case json.Valid(rsp.body):
		a.Body = rsp.body
	case len(rsp.body) > 0:
		a.Body = toJSON(string(rsp.body))
	}
	return a
}

// itemHeaders are the headers of an answer that its item carries.
var itemHeaders = []string{"Cache-Control", "x-ms-resource-unit", "OData-Version", "Content-Type", "Location",
	"Retry-After", "x-ms-throttle-limit-percentage", "x-ms-throttle-scope", "x-ms-throttle-information",
	"Preference-Applied"}

// itemRequest makes a request of an item. It keeps the caller's identity and
// nothing else of the batch's headers.
func (rq *request) itemRequest(item batchItem) *request {
	h := http.Header{}
	for _, name := range []string{"Authorization", "User-Agent", "X-Ms-Throttle-Priority"} {
		if v := rq.header.Values(name); v != nil {
			h[http.CanonicalHeaderKey(name)] = v
		}
	}
	for name, v := range item.Headers {
		h.Set(name, v)
	}
	sub := &request{ctx: rq.ctx, s: rq.s, method: strings.ToUpper(item.Method), base: rq.base, header: h,
		body: item.Body, began: rq.began, id: rq.id, clientID: rq.clientID, item: string(item.ID), batch: rq}
	target := strings.TrimPrefix(item.URL, rq.base)
	path, query, _ := strings.Cut(target, "?")
	sub.path, sub.rawQuery = "/"+strings.Trim(path, "/"), query
	sub.findRoute()
	return sub
}

// checkBatch refuses a batch as a whole.
func checkBatch(items []batchItem) *graphError {
	if len(items) == 0 {
		return malformed("Invalid batch payload format.") // believed, not verified
	}
	if len(items) > maxBatch {
		return malformed("Number of requests inside batch exceeds the limit")
	}
	seen := map[itemID]bool{}
	for _, item := range items {
		switch id := item.ID.key(); {
		case id == "" || item.Method == "" || item.URL == "":
			return malformed("Invalid batch payload format.")
		case seen[id]:
			return malformed("Duplicate request Id '%s' found in the batch.", item.ID) // wording believed
		case len(item.Body) > 0 && string(item.Body) != "null" && !hasContentType(item.Headers):
			// https://github.com/Softeria/ms-365-mcp-server/issues/677
			return malformed("Write request with id '%s' does not contain a Content-Type header.", item.ID)
		default:
			for _, on := range item.DependsOn {
				if !seen[on.key()] {
					return malformed("Invalid dependency for request Id %s", item.ID)
				}
			}
			seen[id] = true
		}
	}
	return checkShape(items)
}

func hasContentType(h map[string]string) bool {
	for name := range h {
		if strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// checkShape takes the three shapes that the service takes: no dependencies,
// each item after the one before, or all after the same one.
func checkShape(items []batchItem) *graphError {
	var parallel, serial, star = true, true, true
	for i, item := range items {
		on := itemID("")
		for _, id := range item.DependsOn {
			on = itemID(strings.TrimSpace(string(on + " " + id.key())))
		}
		parallel = parallel && on == ""
		serial = serial && (i == 0) == (on == "") && (i == 0 || on == items[i-1].ID.key())
		star = star && (i == 0) == (on == "") && (i == 0 || on == items[0].ID.key())
	}
	if !parallel && !serial && !star {
		return malformed("Batch should be either fully sequential or fully parallel.")
	}
	return nil
}

// shuffle swaps n things into a random order, from the server's seed.
func (s *Server) shuffle(n int, swap func(i, j int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rand.Shuffle(n, swap)
}
