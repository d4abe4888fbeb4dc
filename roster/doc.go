// Package roster reads the list of accounts that an application has, from a
// file or a database, one row at a time, and writes rows back to files.
//
//	file, err := roster.OpenFile("users.csv", nil)
//	if err != nil {
//		return err // one line: what is wrong, where, what to do
//	}
//	defer file.Close()
//	for row, err := range file.Rows() {
//		if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
//			log.Print(bad) // this row is lost, the others are not
//			continue
//		}
//		if err != nil {
//			return err // the rest of the file is unknown
//		}
//		fmt.Println(row.Line(), row.Get("Email"))
//	}
//
// A file is taken as people export it. Its encoding (UTF-8, or UTF-16 with a
// byte-order mark), its separator (comma, semicolon, tab) and its line ends are
// detected. Column names are compared without letter case. Values are never
// rewritten, not even trimmed. A [Row] keeps its place in the file, so that
// every later report can name it. [FromSQL] makes the same rows of a query.
//
// A quoted value may go over several lines. But if the record's first and last
// line, split without regard to quotes, have as many values as the header, and a
// separator in the value stands directly before text, as in
//
//	id,Note,Email
//	2,"temp until Q3,bob@contoso.example
//	4,14",dee@contoso.example
//
// then a quote that was not doubled has swallowed rows. All its lines are one
// *RowError. "1 Main St,\nSuite 2, Oslo", with a space after each comma, is a value.
//
// What programs print around the rows (the heading again, a line of dashes, a
// total, "(2 rows affected)") is a *RowError too: it makes no account.
//
// [Writer] writes rows back, and [WriteFile] keeps such a list in a file that
// only its owner can read.
//
// # Errors
//
// The type of an error says where it is and whether reading goes on:
//
//   - [*HeaderError]: a column name is empty or appears twice. Nothing was read.
//   - [*RowError]: one record can't be read; it may be several rows, one for each
//     of its lines. The others are read.
//   - [*ReadError]: the file can't be read, or not to its end. It is the last
//     thing reported; a list that ends in it is unfinished, and nobody may be
//     called missing because of it.
//
// The last two wrap what is wrong: the source's own error, or one of the errors
// below, for [errors.Is]. Type and sentinel answer two questions here, and
// neither repeats the other. No message holds a value from a row.
//
// # Doubt
//
// Rows that could be read may still not be those that the application has. If the
// last line has no end, the file may have been cut; if a value holds U+FFFD, a
// character was lost. [Header.Doubt] says so, and [Header.Complete] is false then.
//
// # Memory
//
// Rows are streamed: reading takes the same memory for ten rows and for ten
// million. A quote that is never closed ends the reading, at the file's end or at
// Options.MaxRecord.
package roster
