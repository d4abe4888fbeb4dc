package graph

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// BatchSize is how many requests one batch holds.
// https://learn.microsoft.com/graph/json-batching#batch-size-limitations
const BatchSize = 20

// batchBytes leaves room for the JSON around the bodies: the service takes 4 MB.
const batchBytes = 3 << 20

// Requests are Len requests, each of which At returns when it is needed: all
// those of a large run at once would take more memory than their answers.
type Requests struct {
	Len int
	At  func(i int) Request
}

// Each returns the requests of a slice.
func Each(reqs []Request) Requests {
	return Requests{Len: len(reqs), At: func(i int) Request { return reqs[i] }}
}

// Batch makes any number of requests, 20 in one HTTP request and several of
// those at a time. It calls each exactly once for every request, as they settle
// and one call at a time, with the answer's body (nil if it has none) or an
// error. Requests that were throttled, or failed for a passing reason, are sent
// again by themselves, by the same rules as those of [Conn.Do].
//
// Once each returns false, Batch waits for what is under way and reports nothing
// more. It returns the first error that concerned a whole batch, such as a
// refused token or the end of ctx; the requests that were cut off get it as well.
// https://learn.microsoft.com/graph/json-batching
func (c *Conn) Batch(
	ctx context.Context, reqs Requests, each func(i int, body json.RawMessage, err error) bool,
) error {
	run := &batchRun{client: c, reqs: reqs, each: each, first: c.firstTry(ctx),
		writes: reqs.Len > 0 && reqs.At(0).writes(), done: make(chan []*item, cap(c.gate.window.slots))}
	return run.loop(ctx)
}

// A batchRun is one call of Batch. Only its loop touches it; the
// goroutines that send get items and give them back.
type batchRun struct {
	client  *Conn
	reqs    Requests
	each    func(i int, body json.RawMessage, err error) bool
	first   try          // of each item
	writes  bool         // is what the items do
	again   []*item      // to be sent once more; they go first, to spare a service in trouble
	waiting []*item      // made, not sent yet
	made    int          // how many of reqs were made
	sending int          // batches under way
	done    chan []*item // batches that came back
	stopped bool
	err     error
}

// An item is one request on its way through batches.
type item struct {
	index int
	req   Request
	body  json.RawMessage // of the request, later of the answer
	try   try
	alone bool // is sent in a batch of its own, because one with it was refused

	again   bool  // is to be sent once more
	err     error // why it failed
	endsAll error // why no other request could be made either
}

// fill makes enough requests for one batch.
func (r *batchRun) fill() {
	for ; !r.stopped && len(r.waiting) < BatchSize && r.made < r.reqs.Len; r.made++ {
		it := &item{index: r.made, req: r.reqs.At(r.made), try: r.first}
		var err error
		if it.body, err = r.client.prepare(it.req); err != nil {
			r.report(it.index, nil, err)
			continue
		}
		r.waiting = append(r.waiting, it)
	}
}

func (r *batchRun) loop(ctx context.Context) error {
	for r.more() || r.sending > 0 {
		for r.sending < r.atATime() && r.more() {
			r.start(ctx, r.take())
		}
		for _, it := range <-r.done {
			r.finish(it)
		}
		r.sending--
		if ctx.Err() != nil {
			r.abort(context.Cause(ctx))
		}
	}
	return r.err
}

// atATime returns how many batches may be under way. More than a few of writes would
// only meet their limit sooner, and with more of them if it is lower than published.
func (r *batchRun) atATime() int {
	n := r.client.InFlight()
	if r.writes && r.client.opts.InFlight == 0 {
		n = min(n, fewInFlight)
	}
	return n
}

func (r *batchRun) start(ctx context.Context, items []*item) {
	r.sending++
	go func() {
		r.client.sendBatch(ctx, items)
		r.done <- items
	}()
}

// more reports whether there is something to send.
func (r *batchRun) more() bool {
	if r.err == nil {
		r.fill()
	}
	return !r.stopped && len(r.again)+len(r.waiting) > 0
}

// take cuts off the next batch.
func (r *batchRun) take() []*item {
	line := &r.waiting
	if len(r.again) > 0 {
		line = &r.again
	}
	n := batchLength(*line)
	items := (*line)[:n:n]
	*line = (*line)[n:]
	return items
}

// batchLength returns how many items from the front of the line go into one batch.
func batchLength(line []*item) int {
	n, size := 1, line[0].size()
	for !line[0].alone && n < min(len(line), BatchSize) {
		size += line[n].size()
		if size > batchBytes || line[n].alone {
			break
		}
		n++
	}
	return n
}

func (it *item) size() int { return len(it.body) + len(it.req.Path) }

// finish reports an item that came back, or puts it in line once more.
func (r *batchRun) finish(it *item) {
	switch {
	case it.again && !r.stopped && r.err == nil:
		r.again = append(r.again, it)
	case it.again:
		r.report(it.index, nil, it.try.wrap(it.err))
	default:
		r.report(it.index, it.body, it.err)
	}
	if it.endsAll != nil {
		r.abort(it.endsAll)
	}
}

// abort reports err for all that is not under way.
func (r *batchRun) abort(err error) {
	if r.err == nil {
		r.err = err
	}
	line := append(r.again, r.waiting...)
	r.again, r.waiting = nil, nil
	for _, it := range line {
		r.report(it.index, nil, it.try.wrap(&Error{Op: it.req.Op, Err: err}))
	}
	for ; r.made < r.reqs.Len && !r.stopped; r.made++ {
		r.report(r.made, nil, &Error{Op: r.reqs.At(r.made).Op, Err: err})
	}
}

func (r *batchRun) report(i int, body json.RawMessage, err error) {
	r.stopped = r.stopped || !r.each(i, body, err)
}

// OneByOne is [Conn.Batch] without batches: each request goes by itself, as many
// at a time as may be in flight. It returns an error only if ctx ends.
func (c *Conn) OneByOne(
	ctx context.Context, reqs Requests, each func(i int, body json.RawMessage, err error) bool,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := false
	for a := range c.answers(ctx, reqs) {
		if !stopped && !each(a.index, a.body, a.err) {
			stopped = true
			cancel()
		}
	}
	if stopped {
		return nil
	}
	return context.Cause(ctx)
}

// A settled is what came of one of several requests.
type settled struct {
	index int
	body  json.RawMessage
	err   error
}

// answers makes the requests and closes the channel once all are answered.
func (c *Conn) answers(ctx context.Context, reqs Requests) <-chan settled {
	answers := make(chan settled)
	var workers errgroup.Group
	var next atomic.Int64
	for range min(cap(c.gate.window.slots), reqs.Len) {
		workers.Go(func() error {
			for i := int(next.Add(1)) - 1; i < reqs.Len; i = int(next.Add(1)) - 1 {
				a := settled{index: i}
				a.err = c.Do(ctx, reqs.At(i), &a.body)
				answers <- a
			}
			return nil
		})
	}
	go func() {
		_ = workers.Wait()
		close(answers)
	}()
	return answers
}
