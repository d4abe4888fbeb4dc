// Package worklist orders the rows that have no user for the people who look after
// them: by cause, with the one act that settles most of them. It reads back what people
// decided, so that the next run knows it.
//
//	list := worklist.New(report, &worklist.Options{Account: "Login", Proposals: proposals})
//	err := roster.WriteFile("worklist.html", list.WriteHTML)
//
// And the next time, with the file that the page saved:
//
//	decisions, err := worklist.ReadDecisions(file.Rows())
//	report, err := match.Run(ctx, directory, rows, rule, &match.Options{
//		Decide: decisions.Decide(worklist.Rules{Matcher: rule, Account: "Login"}),
//	})
//
// The types in the order in which one meets them:
//
//   - [Options] say which column has an account's own name, and what is known beside the
//     report: proposals of package near, decisions, and the list of an earlier run.
//   - A [List] is plain data. It is written as text ([List.WriteText]), as CSV for Excel
//     ([List.WriteCSV]), as JSON, and as one page that needs no network ([List.WriteHTML]).
//   - A [Cause] is why rows have no user, with what to do and where.
//   - A [Row] is one of them, with each [Candidate] who may be its person.
//   - A [Decision] is what a person decided about an account: an [Act] and how long it holds.
//   - [Decisions] are those of one application. The CSV and what the page saves are
//     files of them.
//   - [Rules] tell a run's rows apart, so that a decision finds its row again.
//   - [Stale] is a decision that no longer holds; [Solved] is a row that is settled.
//
// # Causes
//
// Every open row has exactly one cause, so that the counts of the causes add up to the
// open rows. What a row's key shows comes first, and then what a proposal shows about
// it: that a normaliser mends the key, that another attribute has it, that the same name
// is at another domain.
//
// Rows that nobody was found for, that had nothing to look up, and of which nothing is
// known have different causes. A cause whose act settles many rows at once comes before
// those whose rows must each be looked at.
//
// A proposal is for people to check, and what an account looks like is a guess: nothing
// here is acted on before somebody decides it.
//
// # Errors
//
//   - [*match.ColumnError]: a file of decisions lacks a column that it needs.
//   - [ErrApplication]: the decisions are about another application.
//   - [ErrList]: a file is no worklist, or its counts are not those of its rows.
//   - The error of the first row that can't be followed ends the reading: half of the
//     decisions would let the other accounts through.
//
// # Personal data
//
// A worklist names accounts and the users who may be theirs, a decision who decided
// what, and why. Keep their files with [roster.WriteFile], which makes them readable for
// their owner only. The page sends nothing and keeps nothing but the file that it saves.
// The package logs nothing.
package worklist
