// Command accidents replays real accidents of keeping accounts and access in
// line, on a fake Microsoft Graph: what the loop of Microsoft's article does,
// and what rollcall does, on the same list and the same tenant. It prints a table.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
)

// An Accident is something that went wrong for somebody.
type Accident struct {
	Name     string
	Happened string
	Source   string // an address
	// Tenant and List are what it happened with, and Rule how rows find people.
	Tenant tenant
	List   string
	Rule   rule
	// Harm says what the loop's number counts; "" means roles given to people
	// who have no account of their own, or taken from people who have.
	Harm  string
	Count func(result) int
	Loop  int // how many the loop harms
	// Unlisted is how many more would lose the role if the loop went on to remove
	// whomever it did not find, as synchronizations do.
	Unlisted int
	// Answer must stand in what rollcall says.
	Answer string
	// Rollcall is what rollcall is asked to do; nil means to bring the application
	// in line with the list.
	Rollcall func(context.Context, *scene) (result, error)
	// Limits are rollcall's, where the accident needs others than the defaults.
	Limits limits
}

func (a Accident) rollcall() func(context.Context, *scene) (result, error) {
	if a.Rollcall != nil {
		return a.Rollcall
	}
	return rollcall
}

// harm is the number of people whom a run harmed.
func (a Accident) harm(r result) int {
	if a.Count != nil {
		return a.Count(r)
	}
	return r.strangers + r.lost + r.closed
}

func main() {
	if err := writeTable(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func writeTable(ctx context.Context, w io.Writer) error {
	fmt.Fprintln(w, "| accident | what happened | the article's loop | rollcall | source |")
	fmt.Fprintln(w, "|---|---|---|---|---|")
	for _, a := range accidents {
		loop, err := a.play(ctx, theLoop)
		if err != nil {
			return fmt.Errorf("%s: the loop: %w", a.Name, err)
		}
		ours, err := a.play(ctx, a.rollcall())
		if err != nil {
			return fmt.Errorf("%s: rollcall: %w", a.Name, err)
		}
		said, _, _ := strings.Cut(a.Limits.String()+ours.said, "\n")
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", a.Name, a.Happened, a.inWords(loop), cell(said), a.Source)
	}
	return nil
}

// inWords is the loop's harm.
func (a Accident) inWords(r result) string {
	n, said := a.harm(r), "harms nobody: "+r.said
	switch {
	case n > 0 && a.Harm != "":
		said = fmt.Sprintf("%d %s", n, a.Harm)
	case n > 0:
		said = fmt.Sprintf("%d given the role who should not have it", n)
	}
	if r.unlisted > 0 {
		said += fmt.Sprintf("; removing whoever was not found would take the role from %d", r.unlisted)
	}
	return said
}

// cell is text that may stand in a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
