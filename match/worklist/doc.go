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
package worklist
