// Command accidents replays real accidents of this trade on a fake Microsoft Graph:
// what the loop of Microsoft's article does on the same input, and what rollcall does.
//
// The article assigns and never removes. Where an accident is about removals, its loop
// has the line that such scripts have been given: whoever is not matched loses the
// role. Where it is about closing accounts, whoever is not among the assignments any
// more, by the article's own comparison, has their account closed.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	if err := printTable(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// printTable replays all accidents and prints what came of them.
func printTable(ctx context.Context, w io.Writer) error {
	for i, a := range accidents() {
		loop, _ := a.replay(ctx, false)
		ours, answer := a.replay(ctx, true)
		_, err := fmt.Fprintf(w, "%2d. %s\n    %s\n    %s\n    the loop: %s\n    rollcall: %s; it says: %s\n\n",
			i+1, a.name, a.happened, a.source, loop, ours, answer)
		if err != nil {
			return err
		}
	}
	return nil
}

// replay lets an accident happen in a new tenant to one of the two programs.
func (a accident) replay(ctx context.Context, toRollcall bool) (harm, string) {
	w := newWorld(a)
	happen := func() {
		if a.happen != nil {
			a.happen(w)
		}
	}
	if a.before != nil {
		a.before(w)
	}
	switch {
	case a.closing && toRollcall:
		answer := w.closeByRollcall(ctx, happen)
		return w.harm(nil), answer
	case a.closing:
		happen()
		w.closeByScript(ctx, a)
		return w.harm(nil), ""
	}
	happen()
	held := w.holders()
	if toRollcall {
		answer := w.reconcile(ctx, a)
		return w.harm(held), answer
	}
	w.runScript(ctx, a)
	return w.harm(held), ""
}
