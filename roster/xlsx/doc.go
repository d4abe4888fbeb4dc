// Package xlsx reads the list of accounts that an application has from an Excel
// workbook (.xlsx, .xlsm), one row at a time, as rows of package roster.
//
//	file, err := xlsx.OpenFile("users.xlsx", &xlsx.Options{Columns: []string{"Email", "Role"}})
//	if err != nil {
//		return err // one line: what is wrong, where, what to do
//	}
//	defer file.Close()
//	for row, err := range file.Rows() { // as with roster.OpenFile
//		…
//	}
//	for _, note := range file.Header().Notes() {
//		log.Print(note) // hidden rows, other sheets, lines above the header
//	}
//
// [Options] say which sheet and which columns are wanted. A [File] is a workbook on
// disk; [NewReader] reads one from anywhere. [Is] tells a workbook from a text.
//
// # What is read
//
// The sheet is named by Options.Sheet, or it is the only visible one that has the
// columns of Options.Columns. It is never the first of several. The header is the
// first row that has those columns; what stands above it is a title. Without
// Columns, the header is the first row that has a value.
//
// A value is what the sheet shows: 417 in the format 00000 is 00417. There are four
// exceptions, which a program can rely on:
//
//   - A number is never rounded to an exponent: 1234567890123 is in full.
//   - A date is 2026-11-27, or 2026-11-27T08:30:00, whatever its format: the sheet shows
//     it in the reader's own language.
//   - A cell with an error, such as #N/A, has no value.
//   - A formula has the value that was saved with it.
//
// Rows and columns that are hidden, or that a filter hides, are read: they are accounts
// as well. Rows without a value are no rows, whatever their style. Columns without a
// name are left out. [roster.Header.Notes] says all this where it happened.
//
// # Errors
//
//   - [*roster.RowError]: a row with a formula that has no value ([ErrNoValue]). The others
//     are read.
//   - [*roster.ReadError]: the list can't be read, or not to its end. It wraps the reason.
//   - [ErrNotXLSX]: it only looks like a workbook: one with a password, .xls, .xlsb,
//     OpenDocument, web pages, web archives (MHT), XML Spreadsheet 2003, RTF, archives.
//   - [ErrDamaged]: the sheet is damaged, so that the list might be shorter than it was.
//   - [ErrSheet]: no sheet has the columns, or several have; name one by Options.Sheet.
//   - [ErrTooLarge]: more than Options.MaxUnpacked or MaxText.
//
// # Personal data
//
// The package logs nothing and writes nothing to the disk. No note holds a value.
//
// # Memory
//
// Rows are streamed. The workbook's shared texts are kept in memory, at most
// Options.MaxText bytes. What is unpacked is counted while it is unpacked. A workbook of
// 1,000,000 rows and 2,000,000 texts (46 MB; 320 MB unpacked) took 133 MB in all.
//
// Numbers are formatted by excelize (github.com/xuri/excelize). Its own reader of rows
// is not used: it takes a damaged sheet for one that ends there, and it does not tell a
// formula without a value from an empty cell, nor an error from its text.
package xlsx
