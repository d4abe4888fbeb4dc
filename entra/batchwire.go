package entra

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sendBatch makes one attempt for each of the items, in one HTTP request, and
// leaves in each what became of it.
func (c *Client) sendBatch(ctx context.Context, items []*item) {
	var notBefore time.Time
	var open []*item
	for _, it := range items {
		it.again = false
		done, err := c.settle(ctx, it.req, &it.try)
		if it.err = err; done || err != nil {
			it.body = nil
			continue
		}
		open = append(open, it)
		if it.try.notBefore.After(notBefore) {
			notBefore = it.try.notBefore
		}
	}
	if len(open) == 0 {
		return
	}
	var price cost
	for _, it := range open {
		price = price.plus(it.req.cost())
	}
	if err := c.gate.enter(ctx, price, notBefore); err != nil {
		for _, it := range open {
			it.err, it.body = &Error{Op: it.req.op, Err: err}, nil
		}
		return
	}
	failures := c.exchange(ctx, open)
	c.gate.leave()
	for i, it := range open {
		c.conclude(ctx, it, failures[i])
	}
}

// exchange sends the items and returns each one's failure, or nil where the
// item's body is now that of its answer.
func (c *Client) exchange(ctx context.Context, items []*item) []*failure {
	envelope := request{op: items[0].req.op, method: http.MethodPost, path: "/$batch"}
	body, err := json.Marshal(batchRequest{Requests: c.steps(items)})
	if err != nil {
		err = &transportError{cause: err}
	}
	started := time.Now()
	var got *reply
	if err == nil {
		got, err = c.send(ctx, envelope, body)
	}
	if err == nil {
		c.gate.took(time.Since(started))
	}
	failures := make([]*failure, len(items))
	answers, ok := got.answers()
	if !ok {
		f := c.refused(ctx, items, failures, got, err)
		c.record(ctx, envelope, items[0].try.count, got, f, time.Since(started))
		return failures
	}
	c.record(ctx, envelope, items[0].try.count, got, nil, time.Since(started))
	for i, it := range items {
		failures[i] = c.answered(ctx, it, answers[strconv.Itoa(i)])
	}
	return failures
}

// refused gives every item the failure of the batch as a whole.
func (c *Client) refused(ctx context.Context, items []*item, failures []*failure, got *reply, err error) *failure {
	for i, it := range items {
		f := judge(it.req, got, err)
		if f == nil {
			f = &failure{fate: unclear, err: &Error{Op: it.req.op, Status: got.status, Err: errors.New("the answer is not that of a batch")}}
		}
		f.divide = len(items) > 1 && (f.err.Status == http.StatusBadRequest || f.err.Status == http.StatusRequestEntityTooLarge)
		f.whole = f.err.Status != http.StatusBadRequest && f.err.Status != http.StatusRequestEntityTooLarge
		c.heed(f, it.try)
		failures[i] = f
	}
	return failures[0]
}

// answered reads one item's answer; nil if there was none.
func (c *Client) answered(ctx context.Context, it *item, answer *batchAnswer) *failure {
	if answer == nil {
		f := &failure{fate: unclear, err: &Error{Op: it.req.op, Err: because(ErrUnavailable, errors.New("the batch's answer leaves this request out"))}}
		c.heed(f, it.try)
		return f
	}
	got := answer.reply()
	c.gate.quotas.learn(it.req.cost(), got.status, got.header)
	f := judge(it.req, got, nil)
	if f == nil {
		it.body = got.body
		return nil
	}
	c.heed(f, it.try)
	c.record(ctx, it.req, it.try.count, got, f, 0)
	return f
}

// conclude decides what a failure means for its item.
func (c *Client) conclude(ctx context.Context, it *item, f *failure) {
	switch {
	case f == nil:
	case f.divide:
		it.again, it.alone, it.err = true, true, f.err
	case c.next(&it.try, it.req, f):
		it.again, it.err = true, f.err
	default:
		it.err = c.lastWord(ctx, it.req, &it.try, f)
		it.body = nil
		it.whole = it.err != nil && f.whole && (f.fate != unclear || it.req.repeatable())
	}
}

func (c *Client) steps(items []*item) []batchStep {
	steps := make([]batchStep, len(items))
	for i, it := range items {
		steps[i] = batchStep{ID: strconv.Itoa(i), Method: it.req.verb(), URL: it.req.path, Headers: it.req.header, Body: it.body}
		if it.body != nil {
			steps[i].Headers = withHeader(it.req.header, "Content-Type", "application/json")
		}
	}
	return steps
}

func withHeader(header map[string]string, name, value string) map[string]string {
	copied := map[string]string{name: value}
	for name, value := range header {
		copied[name] = value
	}
	return copied
}

// answers returns the answers by id, whatever the status of the whole: the
// service says 200 or 424 if an item failed. Of two with one id the first counts.
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
