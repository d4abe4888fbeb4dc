// The worklist example shows what people get who look after the rows without a user:
// the causes, each with the one act that settles most of its rows, and the most urgent
// rows with the users who may be meant. Given a file, such as rows.csv, it writes the
// list there too, for people to fill in; decisions.csv is what it follows.
//
//	go run ./examples/worklist
//	go run ./examples/worklist -o rows.csv
//	go run ./examples/worklist -decisions rows.csv
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// profile says what the columns of the application's list mean.
var profile = roster.Profile{Account: "Login", Role: "Role", Facts: roster.Facts{Status: "Status", Type: "Type",
	LastLogin: "Last sign-in", Privileged: "Admin", Owner: "Owner"}}

func main() {
	log.SetFlags(0)
	output := flag.String("o", "", "write the list to this `FILE` too: .html, .csv or .json")
	decisions := flag.String("decisions", "", "follow the decisions of this `FILE`")
	flag.Parse()
	list, err := makeList(context.Background(), *decisions)
	if err != nil {
		log.Fatal(err)
	}
	if err := list.WriteText(os.Stdout); err != nil {
		log.Fatal(err)
	}
	if *output != "" {
		err := roster.WriteFile(*output, func(w io.Writer) error { return write(list, filepath.Ext(*output), w) })
		if err != nil {
			log.Fatal(err)
		}
	}
}

// makeList matches the accounts with the decisions of a file, if it is named, and makes
// the worklist.
func makeList(ctx context.Context, decisionsFile string) (*worklist.List, error) {
	directory, err := tenant() // with a tenant of one's own: entra.Connect(credential, nil)
	if err != nil {
		return nil, err
	}
	rows, err := roster.NewReader(strings.NewReader(accounts), &roster.Options{Name: "accounts.csv"})
	if err != nil {
		return nil, err
	}
	decisions, err := readDecisions(decisionsFile)
	if err != nil {
		return nil, err
	}
	rule := match.Column("EMail", "mail")
	report, err := match.Run(ctx, directory, rows.Rows(), rule, &match.Options{
		Decide: decisions.Decide(worklist.Rules{Matcher: rule, Account: profile.Account})})
	if err != nil {
		return nil, err
	}
	proposals, err := near.Ask(ctx, directory, report, nil)
	if err != nil {
		return nil, err
	}
	return worklist.New(report, &worklist.Options{Application: "Expenses", Profile: profile, Proposals: proposals,
		Decisions: decisions}), nil
}

// readDecisions reads the file that people filled in; without one there are none.
func readDecisions(name string) (*worklist.Decisions, error) {
	if name == "" {
		return new(worklist.Decisions), nil
	}
	file, err := roster.OpenFile(name, worklist.ReadingOptions(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decisions, err := worklist.ReadDecisions(file.Rows())
	if err != nil {
		return nil, err
	}
	return decisions, decisions.CheckApplication("Expenses")
}

// write writes the list in the form that a file's extension names.
func write(list *worklist.List, extension string, w io.Writer) error {
	switch extension {
	case ".csv":
		return list.WriteCSV(w, nil)
	case ".json":
		return list.WriteJSON(w)
	case ".html":
		return list.WriteHTML(w)
	}
	return fmt.Errorf("a list is written as .html, .csv or .json, not %q", extension)
}
