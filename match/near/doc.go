// Package near proposes who the person of a row may be that found nobody: by an
// address of theirs that is no longer the first, the same name at another domain,
// names that are swapped, abbreviated, misspelt, written in other letters or short
// forms, or a surname that has changed.
//
//	proposals, err := near.Ask(ctx, directory, report, nil)
//	check(err)
//	for o := range report.Of(match.NotFound, match.NoKey) {
//		for _, p := range proposals.Of(o) {
//			fmt.Println(o.Line(), p.Why())
//		}
//	}
//
// A proposal is for people to check. It is not part of the report, so that no plan
// depends on it, and nothing in this module turns one into a match.
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
// # Sources
//
// Letters are compared as ICAO Doc 9303 part 3 section 6 writes them in passports, but
// with ä and ae as one, as are ø and oe, å and aa; Unicode's decompositions come from
// golang.org/x/text. Short forms of names are those in common use in each language;
// https://github.com/carltonnorthern/nicknames has many more of the English ones.
package near
