// Package near proposes who the person of a row may be that found nobody.
//
//	proposals, err := near.Ask(ctx, directory, report, nil)
//	if err != nil {
//		return err
//	}
//	for o := range report.Of(match.NotFound, match.NoKey) {
//		for _, p := range proposals.Of(o) {
//			fmt.Println(o.Line(), p.Why())
//		}
//	}
//
// A proposal is for people to check. It is not part of the report, so that no plan
// depends on it, and nothing in this module turns one into a match.
//
// It finds people by an address of theirs that is no longer the first, by the same
// name at another domain, by names that are swapped, abbreviated, misspelt, written in
// other letters or short forms, and by a surname that has changed.
//
// The types in the order in which one meets them:
//
//   - [Ask] asks a directory for those who share an address or a surname with a row.
//   - An [Index] holds a directory that was listed, and finds misspelt surnames too.
//     [NewIndex] needs the attributes that [Select] names.
//   - [Options] say what the roster's columns say about a person ([Part]).
//   - [Proposals] are those for all rows, and a [Proposal] is one user with each [Field]
//     that was compared. [Proposal.Why] says it in a sentence, [Proposal.Strength] in a word.
//
// # How sure a proposal is
//
// Each field that row and user both have is the same, similar or different. What
// that proves is counted as Fellegi and Sunter do (A Theory for Record Linkage, 1969,
// https://doi.org/10.1080/01621459.1969.10501049): a surname that one user in
// 10,000 has proves more than one that every fiftieth has. A name that is already in
// the address counts once. From the sum follows how likely the proposal is among all
// users who resemble the row, and that the person is none of them.
//
// # Errors
//
// [Ask] fails with [match.ErrDirectory] if the directory can't be asked, and with the
// error of its context. A query that fails is counted in Proposals.Unanswered: users whom
// it would have found are not proposed.
//
// # Personal data
//
// The package logs nothing and writes no file. A proposal names a user, and says what of
// their addresses and names resembles the row.
//
// # Sources
//
// Letters are compared as ICAO Doc 9303 part 3 section 6 writes them in passports, but
// with ä and ae as one, as are ø and oe, å and aa. Unicode's decompositions come from
// golang.org/x/text. Short forms of names are those in common use in each language;
// https://github.com/carltonnorthern/nicknames has many more of the English ones.
package near
