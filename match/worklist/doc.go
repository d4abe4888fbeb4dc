// Package worklist orders the rows that have no user for the people who look
// after them: by cause, with the one act that settles most of them; and reads
// back what people decided, so that the next run knows it.
//
//	list := worklist.New(report, &worklist.Options{Account: "Login", Proposals: proposals})
//	err := list.WriteHTML(file)
//
// A List is plain data. It is written as text ([List.WriteText]), as CSV for
// Excel ([List.WriteCSV]), as JSON, and as one page that needs no network
// ([List.WriteHTML]). The CSV and what the page saves are files of decisions:
// [ReadDecisions] reads them back.
//
// # Causes
//
// Every open row has exactly one cause, so that the counts of the causes add up to the
// open rows. What a row's key shows comes first, and then what a proposal of package
// near shows about it: that a normaliser mends the key, that another attribute has it,
// that the same name is at another domain. Rows that nobody was found for, that had
// nothing to look up, and of which nothing is known have different causes. A cause
// whose act settles many rows at once comes before those whose rows must each be
// looked at.
//
// A proposal is for people to check, and what an account looks like is a guess:
// nothing here is acted on before somebody decides it.
package worklist
