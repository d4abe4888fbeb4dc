package entra

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// A batchRequest is the body of POST /$batch, a batchResponse its answer.
// https://learn.microsoft.com/graph/json-batching
type batchRequest struct {
	Requests []batchStep `json:"requests"`
}

type batchStep struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

type batchResponse struct {
	Responses []batchAnswer `json:"responses"`
}

type batchAnswer struct {
	ID      json.RawMessage `json:"id"` // a string; numbers are forgiven
	Status  int             `json:"status"`
	Headers map[string]any  `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// reply makes an item's answer look like one that came by itself.
func (a batchAnswer) reply() *reply {
	header := make(http.Header, len(a.Headers))
	for name, value := range a.Headers {
		switch value := value.(type) {
		case string:
			header.Set(name, value)
		case float64:
			header.Set(name, strconv.FormatFloat(value, 'f', -1, 64))
		}
	}
	got := &reply{status: a.Status, header: header}
	if string(a.Body) != "null" {
		got.body = a.Body
	}
	return got
}

// steps are the items as they are sent. Their ids are their places.
func steps(items []*item) []batchStep {
	steps := make([]batchStep, len(items))
	for i, it := range items {
		steps[i] = batchStep{ID: strconv.Itoa(i), Method: it.req.verb(), URL: it.req.path, Headers: it.req.header, Body: it.body}
		if it.body != nil {
			steps[i].Headers = map[string]string{"Content-Type": "application/json"}
			maps.Copy(steps[i].Headers, it.req.header)
		}
	}
	return steps
}

// answers returns the items' answers by id, whatever the status of the whole:
// the service says 200 or 424 if an item failed. Of two with one id the first
// counts. It reports false if this is not a batch's answer.
func (r *reply) answers() (map[string]*batchAnswer, bool) {
	var response batchResponse
	if r == nil || json.Unmarshal(trimBOM(r.body), &response) != nil || response.Responses == nil {
		return nil, false
	}
	answers := make(map[string]*batchAnswer, len(response.Responses))
	for i := range response.Responses {
		id := strings.Trim(string(response.Responses[i].ID), `"`)
		if answers[id] == nil {
			answers[id] = &response.Responses[i]
		}
	}
	return answers, true
}
