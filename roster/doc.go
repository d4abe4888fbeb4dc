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
// A file is taken as people export it: see below. Column names are compared without
// letter case. Values are never rewritten, not even trimmed. A [Row] keeps its place in
// the file, so that every later report can name it. [FromSQL] makes the same rows of a query.
//
// # Lists
//
// The first 16 KB show how a list is made. What was found there, and what was passed over
// below, is said by [Header.Notes]. [Options] say it where the file can't.
//
//	UTF-8, UTF-16, UTF-32          read, with marks (also two) or zero bytes
//	other encodings                read if Options.Encoding names them; else one error
//	                               shows how the first values read in the likely ones
//	rows of another encoding       a *RowError each, where the rest shows UTF-8 or it is named
//	UTF-7                          refused
//	UTF-8 saved as Windows-1252    read, with a Doubt
//	, ; tab | ^ ~ || 0x01 0x1F     found from the header and the rows below it
//	sep=; in any form              obeyed
//	"..." with doubled quotes      read, also with spaces before the quotes
//	'...'                          read if the header has them, or QuoteSingle
//	quotes without a meaning       QuoteNone
//	MySQL and PostgreSQL text      read if a value is \N, or QuoteBackslash
//	each line quoted as a whole    read
//	typographic quotes             refused
//	="00417"                       read as 00417: it is how programs keep a text from Excel
//	'00417, =HYPERLINK("...")      read as they stand; a formula without quotes around it
//	                               is a *RowError
//	titles above the header        passed over with Options.Columns or HeaderLine; else an error
//	#TYPE and # lines above it     passed over
//	names twice, or none           read; see Header.Ambiguous
//	sqlcmd, SQL*Plus, psql, mysql  read by the line of dashes, without the padding
//	Format-Table, Markdown, SAP    the same
//	columns of fixed width         read by a line of dashes; refused without one
//	values cut or moved in these   a *RowError
//	Format-List, psql's \x,        refused, each by its name
//	mysql's \G, drawn tables,
//	rows on several lines
//	a failed query's message       ErrIncomplete
//	short rows                     their last values are empty; two of them that may be one
//	                               row, and lines of one value that is no address, are *RowErrors
//	surplus empty values           left out
//	the heading again, dashes,     no accounts: passed over
//	totals with a number, counts
//	of rows, footers, empty rows,
//	Ctrl-Z
//	LF, CRLF, CR CR LF, CR, NEL    read
//	web pages, MHT, RTF, Excel's   refused, each by its name
//	XML, workbooks, archives, PDF
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
// A line that looks like a total, but may be an account, is a *RowError too
// ([ErrNotRow]). Options.NotAccounts, NotAccountLines and AllAccounts settle such lines.
//
// # JSON and LDIF
//
// A file that begins like JSON or LDIF is read as such, whatever its name.
//
//	[{...}, {...}]                      read
//	one object a line (JSON Lines)      read
//	{"Resources": [...]} (SCIM)         read; totalResults and startIndex must fit
//	{"value": [...]} (Microsoft Graph)  read; after the last @odata.nextLink a page must follow
//	{"users": [...]} and the like       read, under the names that services use
//	{"d": {"results": [...]}} (OData)   read; so with __next
//	pages one after another             read
//	an only object, an error, [["a"]]   ErrNotList
//	cut by the end or ConvertTo-Json    ErrIncomplete
//	ldifde, ldapsearch                  read; "result: 4" and a wrong numEntries are ErrIncomplete
//	changetype: modify, delete, modrdn  ErrNotList
//	csvde                               read as CSV, with the text of X'hex'
//
// There is no header, so the columns are those of the first MiB, in order of
// appearance. If a value has a name that came later, that is a [Header.Doubt];
// nobody misses it who says in [Options].Columns which columns are wanted. A wanted
// column need not be in the first MiB.
//
// A nested value is named by its path:
//
//	name.givenName                      the member of an object
//	groups                              all values of an array of texts
//	emails.value                        of all objects of an array
//	emails[0].value                     of the first one
//	emails[primary].value               of the one that is primary, or the only one
//	emails[type eq "work"].value        of those that are so
//	urn:...:enterprise:2.0:User:manager.value  of an extension of SCIM
//
// Those in brackets are columns if Options.Columns names them. Several values are one
// text with semicolons between them, and \; for a semicolon in one of them, as csvde
// writes them. A text among objects, as in "emails": ["a@b"], counts as their "value".
// Numbers stay as written, null is empty.
//
// An attribute of LDIF is a column by its name, options included (cn;lang-ja), and the
// entry's name is dn. objectGUID and objectSid become the usual text, other values
// that are no text stay in base64. Where an entry has userAccountControl, the column
// accountEnabled says what it means for the account: true or false. Files and URLs
// that LDIF refers to are never read. Entries of groups, computers and the like are
// no accounts; [Header.Notes] names their lines.
//
// If several objects begin on one line, the further ones count as lines of their own, so
// that the objects of a file without line breaks are numbered.
//
// One object or entry is a *RowError if it has a name twice, is damaged, or lacks
// values that are elsewhere. Text that breaks the rules of JSON ends the reading.
//
// # Back to files
//
// [Writer] writes rows back, and [WriteFile] keeps such a list in a file that
// only its owner can read.
//
// # Errors
//
// The type of an error says where it is and whether reading goes on:
//
//   - [*HeaderError]: no column has a name, or one that is asked for appears twice.
//   - [*RowError]: one record can't be read; it may be several rows, one for each
//     of its lines. The others are read.
//   - [*ReadError]: the file can't be read, or not to its end. It is the last
//     thing reported; a list that ends in it is unfinished, and nobody may be
//     called missing because of it.
//
// The last two wrap what is wrong: the source's own error, or one of the errors
// below, for [errors.Is]. Type and sentinel answer two questions here, and
// neither repeats the other. No message holds a value from a row, except the one that
// shows how a file of an unknown encoding may read.
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
// million; of JSON and LDIF the first MiB is kept until its rows were yielded. A quote
// that is never closed ends the reading, at the file's end or at Options.MaxRecord.
package roster
