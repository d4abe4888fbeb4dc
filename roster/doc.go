// Package roster reads the list of accounts that an application has, from a file or a
// database, one row at a time, and writes rows back to files.
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
// The types in the order in which one meets them:
//
//   - A [File] is a list in a file, and a [Reader] one from anywhere. [NewReader] reads
//     text, [FromSQL] a query's result, packages xlsx and ldap workbooks and directories.
//   - [Options] say what the file can't, such as its encoding.
//   - A [Row] has values and its place in the file, so that later reports can name it.
//   - A [Header] has the columns, what was found out about the file ([Header.Notes]), and
//     why it may not be whole ([Header.Doubt]).
//   - A [Profile] keeps, for one application, how its list is read and what its columns
//     mean. [ProposeProfile] proposes one.
//   - A [Writer] writes rows back, and [WriteFile] a file that only its owner can read.
//
// Column names are compared without letter case. Values are never rewritten, not even
// trimmed.
//
// # Lists
//
// A file is taken as people export it. What it holds says what it is, not its name:
//
//	UTF-8, UTF-16, UTF-32          read, with marks (also two) or zero bytes
//	other encodings                read if Options.Encoding names them; else one error
//	                               shows how the first values read in the likely ones
//	rows of another encoding       a *RowError each, where the rest shows UTF-8 or it is named
//	UTF-8 saved as Windows-1252    read, with a Doubt
//	, ; tab | ^ ~ || 0x01 0x1F     found from the header and the rows below it; sep=; is obeyed
//	"..." with doubled quotes      read, also with spaces before the quotes, and over lines
//	'...'                          read if the header has them, or QuoteSingle
//	quotes without a meaning       QuoteNone
//	MySQL and PostgreSQL text      read if a value is \N, or QuoteBackslash
//	each line quoted as a whole    read
//	="00417"                       read as 00417: it is how programs keep a text from Excel
//	'00417, =HYPERLINK("...")      read as they stand; a formula without quotes around it
//	                               is a *RowError
//	titles above the header        passed over with Options.Columns or HeaderLine; else an error
//	names twice, or none           read; see Header.Ambiguous
//	sqlcmd, SQL*Plus, psql, mysql, read by the line of dashes, without the padding; a value
//	Format-Table, Markdown, SAP,   that was cut or moved is a *RowError
//	columns of fixed width
//	short rows                     their last values are empty; two of them that may be one
//	                               row, and lines of one value that is no address, are *RowErrors
//	surplus empty values           left out
//	the heading again, dashes, #,  no accounts: passed over, see Header.Notes. What may be one
//	totals, counts, footers,       is a *RowError (ErrNotRow); Options.NotAccounts,
//	empty rows, Ctrl-Z             NotAccountLines and AllAccounts settle it
//	LF, CRLF, CR CR LF, CR, NEL    read
//	JSON, SCIM, OData, LDIF        read; see NewReader
//	a failed query's message       ErrIncomplete
//	UTF-7, typographic quotes,     refused, each by its name
//	Format-List, \x, \G, tables
//	that are drawn, web pages,
//	RTF, XML, workbooks, archives
//
// # Errors
//
// The type of an error says where it is, and whether reading goes on:
//
//   - [*HeaderError]: no column has a name, or one that is asked for appears twice.
//   - [*RowError]: one record can't be read; it may be several rows, one for each of its
//     lines. The others are read.
//   - [*ReadError]: the file can't be read, or not to its end. It comes last. Nobody may be
//     called missing because of such a list.
//
// The last two wrap what is wrong, for [errors.Is]: the source's own error, or one of this
// package's. A program acts upon [ErrEmpty], [ErrBinary], [ErrEncoding] and [ErrNoHeader]
// by asking for another file or option ([*MissingColumnsError] has the columns that there
// are), and upon [ErrIncomplete] by asking for a whole export.
//
// # Doubt
//
// Rows that could be read may still not be those that the application has. If the last
// line has no end, the file may have been cut; if a value holds U+FFFD, a character was
// lost. [Header.Doubt] says so, and [Header.Complete] reports false then.
//
// # Personal data
//
// A list names people. No message holds a value from a row, except the one that shows how a
// file of an unknown encoding may read; RowError.Text has the record. The package logs
// nothing, and keeps nothing on disk but what [WriteFile] is told to write (mode 0600).
//
// # Memory
//
// Rows are streamed: ten rows take as much memory as ten million. Of JSON and LDIF the
// first MiB is kept until its rows were yielded. A quote that is never closed ends the
// reading, at the file's end or at Options.MaxRecord.
package roster
