package roster_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A file as it was exported: the byte-order mark, the separator and the line
// ends are found out, and a bad row does not hide the others.
func Example() {
	file, err := roster.OpenFile("testdata/database-export.csv", &roster.Options{Name: "users.csv"})
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for row, err := range file.Rows() {
		if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
			fmt.Println(bad)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("line %d: %s\n", row.Line(), row.Get("Full Name"))
	}
	// Output:
	// line 2: Kari Nordmann
	// line 5: Ola Nordmann
	// users.csv line 6, column 28: wrong number of values: 7 in a row under 4 column names; this one has no column name above it
	// line 7: Eva "E" Berg
	// users.csv line 8, column 14: misplaced quote: a quote inside a quoted value must be doubled
	// line 9: Siv Dahl
}

// What a caller can tell apart when a file can't be read.
func ExampleNewReader() {
	for _, text := range []string{"", "PK\x03\x04 a workbook", ",,\n1,2,3\n"} {
		_, err := roster.NewReader(strings.NewReader(text), &roster.Options{Name: "users.csv"})
		var header *roster.HeaderError
		switch {
		case errors.Is(err, roster.ErrEmpty), errors.Is(err, roster.ErrBinary):
			fmt.Println("another file:", err)
		case errors.As(err, &header):
			fmt.Println("another header:", err)
		}
	}
	// Output:
	// another file: users.csv: the file is empty: a first line with the names of the columns is needed
	// another file: users.csv: not text: this is an Excel workbook (package roster/xlsx reads it) or another zip archive: in Excel, save it as "CSV UTF-8"
	// another header: users.csv: column 1 has no name, nor has any other: name them in the first line
}

// Rows that need a person's attention, for a spreadsheet.
func ExampleWriter() {
	r, err := roster.NewReader(strings.NewReader("Email;Name\nkari@contoso.example;=1+1\n"), nil)
	if err != nil {
		log.Fatal(err)
	}
	w := roster.NewWriter(os.Stdout, r.Header(), []string{"line", "reason"}, &roster.WriterOptions{Comma: r.Comma()})
	for row, err := range r.Rows() {
		if err != nil {
			log.Fatal(err)
		}
		if err := w.Write(row, fmt.Sprint(row.Line()), "no such user"); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Email;Name;line;reason
	// kari@contoso.example;'=1+1;2;no such user
}

// The one rule by which keys and column names are compared.
func ExampleFold() {
	fmt.Println(roster.Fold("Åse@Contoso.example") == roster.Fold("åse@contoso.EXAMPLE"))
	// Output: true
}

// A roster from a database; db.Query gives the rows.
func ExampleFromSQL() {
	rows := accounts() // db.QueryContext(ctx, "SELECT login AS account, mail FROM accounts")
	r, err := roster.FromSQL("accounts", rows)
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range r.Rows() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d: %s %q\n", row.Line(), row.Get("account"), row.Get("mail"))
	}
	// Output:
	// 1: kari "kari@contoso.example"
	// 2: backup ""
}
