package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
)

// A summary counts how exchanges went, and writes each difference.
type summary struct {
	out                         io.Writer
	sent, agree                 map[string]int // by standing
	differ, left, unsent, after int
}

// play sends the exchanges of a file, as far as what they build on is there.
func (s *summary) play(ctx context.Context, scene *exchange.Scene, f exchange.File) {
	for i, x := range f.Exchanges {
		results, err := scene.Play(ctx, x)
		if len(results) == 0 {
			s.unsent++
		}
		failed := err != nil
		for _, r := range results {
			if err != nil && r.Answer == "" && r.Difference == "" {
				r.Difference = "no answer: " + err.Error()
			}
			s.count(r)
			failed = failed || x.Is("setup") && r.Difference != ""
		}
		if failed {
			rest := len(f.Exchanges) - i - 1
			s.after += rest
			fmt.Fprintf(s.out, "%s: the %d exchanges after it need it, and were not sent\n", x.Place, rest)
			return
		}
	}
}

func (s *summary) count(r exchange.Result) {
	if s.sent == nil {
		s.sent, s.agree = map[string]int{}, map[string]int{}
	}
	standing := r.Standing()
	if standing != "" {
		s.sent[standing]++
	}
	if r.Difference == "" {
		s.agree[standing]++
		return
	}
	s.differ++
	fmt.Fprintf(s.out, "%s: %s %s\n", r.Place, r.Fact, strings.Join(strings.Fields(r.Difference), " "))
}

func (s *summary) write(name string) {
	var agree, sent int
	var parts []string
	for _, standing := range exchange.Standings {
		agree, sent = agree+s.agree[standing], sent+s.sent[standing]
		parts = append(parts, fmt.Sprintf("%s %d of %d", standing, s.agree[standing], s.sent[standing]))
	}
	fmt.Fprintf(s.out, "%s: %d of %d exchanges agree (%s)\n", name, agree, sent, strings.Join(parts, ", "))
	if s.unsent > 0 {
		fmt.Fprintf(s.out, "%d were not sent: they need a fake, or tokens with permissions of their own\n", s.unsent)
	}
	if s.after > 0 {
		fmt.Fprintf(s.out, "%d were not sent, as what they need could not be made\n", s.after)
	}
}
