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
	// who are not on the application's list, or taken from people who are.
	Harm  string
	Count func(result) int
	Loop  int // how many the loop harms
	// Answer must stand in what rollcall says.
	Answer string
	// Limits are rollcall's, where the accident needs others than the defaults.
	Limits limits
}

// harm is the number of people whom a run harmed.
func (a Accident) harm(r result) int {
	if a.Count != nil {
		return a.Count(r)
	}
	return r.strangers + r.lost
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
		ours, err := a.play(ctx, rollcall)
		if err != nil {
			return fmt.Errorf("%s: rollcall: %w", a.Name, err)
		}
		said, _, _ := strings.Cut(ours.said, "\n")
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", a.Name, a.Happened, a.inWords(loop), cell(said), a.Source)
	}
	return nil
}

// inWords is the loop's harm.
func (a Accident) inWords(r result) string {
	n := a.harm(r)
	switch {
	case n == 0:
		return "harms nobody: " + r.said
	case a.Harm != "":
		return fmt.Sprintf("%d %s", n, a.Harm)
	}
	return fmt.Sprintf("%d given the role who are not on the list", n)
}

// cell is text that may stand in a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
