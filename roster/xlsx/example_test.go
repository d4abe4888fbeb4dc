package xlsx_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/xlsx"
)

// The columns that are wanted find the sheet and its header.
func Example() {
	file, err := xlsx.OpenFile("testdata/openpyxl.xlsx", &xlsx.Options{Name: "users.xlsx", Columns: []string{"Email"}})
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for row, err := range file.Rows() {
		if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
			fmt.Println("line", bad.Line, "is lost:", errors.Is(bad, xlsx.ErrNoValue))
			continue
		}
		if err != nil {
			log.Fatal(err) // the rest of the sheet is unknown
		}
		fmt.Printf("line %d: %s %q\n", row.Line(), row.Get("Id"), row.Get("Email"))
	}
	for _, note := range file.Header().Notes() {
		fmt.Println(note)
	}
	// Output:
	// line 4: 00417 "ada@contoso.example"
	// line 5 is lost: true
	// line 6: 418 "line\nbreak  "
	// the list is sheet "Users"; not read: "Lists" (hidden), "Summary"
	// the header is row 3; above it, row 1: no accounts
	// hidden in the sheet, and read as well: row 6; the sheet has a filter
}
