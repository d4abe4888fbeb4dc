package entra

import (
	"context"
	"encoding/json"
	"sync"
)

// oneByOne is batchAll without batches: each request goes by itself, as many
// at a time as may be in flight.
func (c *Client) oneByOne(ctx context.Context, reqs requests, each func(i int, body json.RawMessage, err error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := c.answer(ctx, reqs)
	stopped := false
	for a := range answers {
		if !stopped && !each(a.i, a.body, a.err) {
			stopped = true
			cancel()
		}
	}
	if stopped {
		return nil
	}
	return context.Cause(ctx)
}

type single struct {
	i    int
	body json.RawMessage
	err  error
}

// answer makes the requests and closes the channel when all are answered.
func (c *Client) answer(ctx context.Context, reqs requests) <-chan single {
	answers := make(chan single)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(c.opts.InFlight, reqs.n) {
		workers.Go(func() {
			for i := range next {
				a := single{i: i}
				a.err = c.do(ctx, reqs.at(i), &a.body)
				answers <- a
			}
		})
	}
	go func() {
		for i := range reqs.n {
			next <- i
		}
		close(next)
		workers.Wait()
		close(answers)
	}()
	return answers
}
