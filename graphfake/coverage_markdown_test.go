package graphfake_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
)

const preface = `# What graphfake models, and what says so

Made by ` + "`go test ./graphfake -run Coverage -update-coverage`" + ` from the route table, the
[exchanges](../examples/conformance/exchange/README.md) as they go, and [rules.txt](testdata/rules.txt); a test fails when this file is
stale or a row has no witness. [Everything else](#what-is-not-modelled) that Graph has is answered with 501.

Each row has a witness and a mark: *recorded*, an answer of the service that somebody kept; *documented* on Microsoft's pages;
*relied upon* by a client that many use; *believed*, from memory or by analogy. The witness of an operation or a query option is the
best one of several; a status after it means that it shows a refusal. [examples/conformance](../examples/conformance) sends the
exchanges to any other Graph.

A user is found by id or user principal name, an application also by ` + "`(appId='…')`" + ` and ` + "`(uniqueName='…')`" + `, a service principal by
` + "`(appId='…')`" + `. ` + "`{type}`" + ` is a type such as ` + "`microsoft.graph.user`" + `, and ` + "`{property}`" + ` any property that the object itself has.

`

// markdown writes the tables, after a summary.
func markdown(tables []table) string {
	var b strings.Builder
	b.WriteString(preface + "| | operations | query options | rules | " + strings.Join(exchange.Standings, " | ") + " |\n|---|---|---|---|---|---|---|---|\n")
	tables = slices.DeleteFunc(tables, func(t table) bool { return len(t.rows()) == 0 })
	for _, t := range tables {
		anchor := strings.ReplaceAll(strings.ToLower(t.title), " ", "-")
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %d | %d |", t.title, anchor, len(t.operations), len(t.options), len(t.rules))
		for _, mark := range exchange.Standings {
			n := 0
			for _, r := range t.rows() {
				if r.mark == mark {
					n++
				}
			}
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteString("\n")
	}
	for _, t := range tables {
		fmt.Fprintf(&b, "\n## %s\n", t.title)
		writeRows(&b, "operation", t.operations)
		writeRows(&b, "query option or header", t.options)
		writeRows(&b, "rule", t.rules)
	}
	return b.String()
}

func writeRows(b *strings.Builder, what string, rows []row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| %s | mark | witness |\n|---|---|---|\n", what)
	for _, r := range rows {
		witness := r.witness
		if what == "rule" {
			witness += ", " + source(r.source)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(r.what), r.mark, cell(witness))
	}
}

// source is a link where it is an address.
func source(s string) string {
	if address, note, _ := strings.Cut(s, " "); strings.HasPrefix(address, "https://") {
		return strings.TrimSpace("[source](" + address + ") " + note)
	}
	return s
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
