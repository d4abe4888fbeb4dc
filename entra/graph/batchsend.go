package graph

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sendBatch makes one attempt for each of the items, in one HTTP request, and
// leaves in each what became of it.
func (c *Conn) sendBatch(ctx context.Context, items []*item) {
	items = c.settleItems(ctx, items)
	if len(items) == 0 {
		return
	}
	price, notBefore := total(items)
	k := kind{items[0].req.Op.Name, batched}
	if err := c.gate.enter(ctx, k, price, notBefore); err != nil {
		endItems(items, err)
		return
	}
	failures := c.exchange(ctx, items, price)
	c.gate.window.leave(k)
	for i, it := range items {
		c.conclude(ctx, it, failures[i])
	}
}

// settleItems looks for what earlier attempts may have done and returns the
// items that have to be sent. A look that found no service ends the rest.
func (c *Conn) settleItems(ctx context.Context, items []*item) (open []*item) {
	looks := c.lookForAll(ctx, items)
	for i, it := range items {
		var done bool
		var err error
		if seen, looked := looks[it]; looked {
			done, err = it.req.settled(it.try.within(ctx), seen)
		} else {
			done, err = c.settle(ctx, it.req, &it.try)
		}
		it.again, it.err = false, nil
		switch {
		case err != nil:
			it.err, it.body = unsettled(it.req, err), nil
		case done:
			it.body = nil
		default:
			open = append(open, it)
		}
		if errors.Is(err, ErrUnavailable) {
			it.endsAll = err
			endItems(append(open, items[i+1:]...), err)
			return nil
		}
	}
	return open
}

// lookForAll makes the looks of the items that may have taken effect, in one batch and
// each once: two writes may look at the same list.
func (c *Conn) lookForAll(ctx context.Context, items []*item) map[*item]Seen {
	of := map[string][]*item{} // by the path of the look
	var looks []Request
	var write *item
	for _, it := range items {
		if it.try.unclear && it.req.Settle != nil && it.req.Look != nil {
			look := it.req.Look()
			if of[look.Path] == nil {
				looks = append(looks, look)
			}
			of[look.Path], write = append(of[look.Path], it), it
		}
	}
	if write == nil {
		return nil
	}
	seen := map[*item]Seen{}
	took := func(i int, body json.RawMessage, err error) bool {
		for _, it := range of[looks[i].Path] {
			seen[it] = Seen{Body: body, Err: err}
		}
		return true
	}
	if err := c.gate.fence.wait(ctx, write.try.notBefore); err != nil {
		for i := range looks {
			took(i, nil, err)
		}
		return seen
	}
	_ = c.Batch(write.try.within(ctx), Each(looks), took) // each look has its own error
	return seen
}

// endItems gives items that are not sent again an error.
func endItems(items []*item, err error) {
	for _, it := range items {
		it.again, it.body, it.err = false, nil, it.try.wrap(&Error{Op: it.req.Op, Err: err})
	}
}

// total returns what the items cost together, and when all of them may be sent.
func total(items []*item) (price cost, notBefore time.Time) {
	for _, it := range items {
		price = price.plus(it.req.cost())
		if it.try.notBefore.After(notBefore) {
			notBefore = it.try.notBefore
		}
	}
	return price, notBefore
}

// exchange sends the items and returns each one's failure, or nil where the
// item's body is now that of its answer.
func (c *Conn) exchange(ctx context.Context, items []*item, price cost) []*failure {
	started := time.Now()
	envelope := Request{Op: items[0].req.Op, Method: http.MethodPost, Path: "/$batch"}
	got, err := c.sendSteps(ctx, envelope, steps(items))
	failures := make([]*failure, len(items))
	answers, ok := got.answers()
	for i, it := range items {
		if ok {
			failures[i] = c.answered(ctx, it, answers[strconv.Itoa(i)], got.sent, time.Since(started))
		} else {
			failures[i] = refused(it, len(items), got, err)
			c.holdOff(failures[i], it.try)
		}
	}
	if got != nil {
		throttled := func(f *failure) bool { return f != nil && f.err.Status == http.StatusTooManyRequests }
		c.gate.window.answered(kind{envelope.Op.Name, batched}, started, slices.ContainsFunc(failures, throttled))
	}
	if ok {
		c.record(ctx, envelope, items[0].try.count, got, nil, time.Since(started))
		return failures
	}
	if got != nil {
		c.gate.quotas.learn(price, got.header, time.Since(started), failures[0])
	}
	c.record(ctx, envelope, items[0].try.count, got, failures[0], time.Since(started))
	return failures
}

func (c *Conn) sendSteps(ctx context.Context, envelope Request, steps []batchStep) (*reply, error) {
	body, err := json.Marshal(batchRequest{Requests: steps})
	if err != nil {
		return nil, &transportError{cause: err}
	}
	return c.send(ctx, envelope, body)
}

// refused returns an item's failure when the batch as a whole failed.
func refused(it *item, of int, got *reply, err error) *failure {
	f := judge(it.req, got, err)
	if f == nil {
		err = errors.New("the answer is not that of a batch")
		f = &failure{effect: unclear, err: &Error{Op: it.req.Op, Status: got.status, Err: err}}
	}
	disliked := f.err.Status == http.StatusBadRequest || f.err.Status == http.StatusRequestEntityTooLarge
	f.divide, f.whole = disliked && of > 1, !disliked
	return f
}

// answered reads one item's answer, which took so long; nil means success.
func (c *Conn) answered(
	ctx context.Context, it *item, answer *batchAnswer, sent secrets, took time.Duration,
) *failure {
	if answer == nil {
		missing := errors.New("the batch's answer leaves this request out")
		f := &failure{effect: unclear, err: &Error{Op: it.req.Op, Err: wrapAs(ErrUnavailable, missing)}}
		c.holdOff(f, it.try)
		return f
	}
	got := answer.reply()
	got.mask(sent)
	f := judge(it.req, got, nil)
	c.holdOff(f, it.try)
	c.gate.quotas.learn(it.req.cost(), got.header, took, f)
	if f == nil {
		it.body = got.body
		return nil
	}
	c.record(ctx, it.req, it.try.count, got, f, 0)
	return f
}

// conclude decides what a failure means for its item.
func (c *Conn) conclude(ctx context.Context, it *item, f *failure) {
	switch {
	case f == nil:
	case f.divide:
		it.again, it.alone, it.err = true, true, f.err
	case c.next(&it.try, it.req, f):
		it.again, it.err = true, f.err
	default:
		cause := *f.err
		it.err = c.giveUp(ctx, it.req, &it.try, f)
		it.body = nil
		if it.err != nil && f.whole && (f.effect != unclear || it.req.repeatable()) {
			it.endsAll = &cause
		}
	}
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

// steps are the items as they are sent. Their ids are their places.
func steps(items []*item) []batchStep {
	steps := make([]batchStep, len(items))
	for i, it := range items {
		steps[i] = batchStep{strconv.Itoa(i), it.req.verb(), it.req.Path, it.req.Header, it.body}
		if it.body != nil {
			steps[i].Headers = map[string]string{"Content-Type": "application/json"}
			maps.Copy(steps[i].Headers, it.req.Header)
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
