package worklist

import (
	"cmp"
	"fmt"
	"strings"
)

// The kinds of causes. The first of them that fits is a row's cause; what a proposal
// must show is known only with Options.Proposals.
const (
	// CauseUnread: the row could not be read.
	CauseUnread Code = "unread"
	// CauseDamaged: the key can't be asked for, because it holds a character that was lost
	// or a line break.
	CauseDamaged Code = "damaged"
	// CauseLookup: the directory did not answer.
	CauseLookup Code = "lookup"
	// CauseDuplicate: an earlier row asks the same and has no user.
	CauseDuplicate Code = "duplicate"
	// CauseDecision: the user whom people decided on is gone, or the decision has ended.
	CauseDecision Code = "decision"
	// CauseContradiction: rows of one key that can't be one person's.
	CauseContradiction Code = "contradiction"
	// CauseAmbiguous: several users answered.
	CauseAmbiguous Code = "ambiguous"
	// CauseDeleted: the user is in the recycle bin, or most likely so.
	CauseDeleted Code = "deleted"
	// CauseExcel: the key is a number that Excel has rewritten.
	CauseExcel Code = "excel"
	// CauseNormaliser: a normaliser of package match mends the key. Each combination is
	// a cause, such as "normaliser:trim". Unless a proposal shows that it does, the
	// cause comes after CauseDomain.
	CauseNormaliser Code = "normaliser"
	// CauseZeros: the key lacks leading zeros that the directory has, or has others, as a
	// proposal shows.
	CauseZeros Code = "zeros"
	// CauseAttribute: a column of the list has the value of an attribute of a user who is
	// proposed, so that a further rule finds them. Each rule is a cause, such as
	// "attribute:EMail=proxyAddresses".
	CauseAttribute Code = "attribute"
	// CauseNoPerson: the account looks like no person's; a guess. Each kind is a cause,
	// such as "noPerson:service".
	CauseNoPerson Code = "noPerson"
	// CauseDomain: the same name exists at another domain, for at least half of the rows of
	// a domain, and for the row too, unless nobody resembles it. Each domain is a cause,
	// such as "domain:oldco.example"; gmail.com and other public mail is none.
	CauseDomain Code = "domain"
	// CauseCandidate: a user resembles the row strongly: a typo, a changed name.
	CauseCandidate Code = "candidate"
	// CausePlaceholder: the row has a placeholder where its key should be.
	CausePlaceholder Code = "placeholder"
	// CauseNoValue: the row has nothing to look up.
	CauseNoValue Code = "noValue"
	// CauseInvisible: characters inside the key that people don't see.
	CauseInvisible Code = "invisible"
	// CauseResembles: users resemble the row, but not strongly.
	CauseResembles Code = "resembles"
	// CauseInactive: the account is not in use, and nobody resembles it.
	CauseInactive Code = "inactive"
	// CauseExternal: the address is at a domain at which no user was found.
	CauseExternal Code = "external"
	// CauseNobody: nobody resembles the row.
	CauseNobody Code = "nobody"
)

// A finding is the cause of a row.
type finding struct {
	code    Code
	of      string // what tells causes of one code apart
	to      string // for the act
	group   Group
	settled bool // the act is likely to settle the row
}

// id returns Cause.ID. Causes of one code are apart by what is known of their rows.
func (f finding) id() string {
	id := string(f.code)
	if f.of != "" {
		id += ":" + f.of
	}
	if f.group != kinds[f.code].group {
		id += ":" + string(f.group)
	}
	return id
}

// A kind is what causes of one code have in common. In the texts {of} and {to} are
// those of the finding, and {settles} and {count} the numbers of rows.
type kind struct {
	group     Group // of most rows
	where     Where
	each      bool // see Cause.Each
	text, act string
}

// The acts are those that
// https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-application-unmatched-users
// lets people choose for an account.
var kinds = map[Code]kind{
	CauseUnread: {NotRead, InList, false, "lines that could not be read",
		"Export the list anew, or say how it is read (encoding, separator, quotes); until then nobody " +
			"knows whose accounts these are."},
	CauseDamaged: {NotRead, InList, false, "keys with a lost character or a line break",
		"Export the list anew in UTF-8, with quotes around values that have line breaks."},
	CauseLookup: {NotRead, InDirectory, false, "lookups that failed",
		"Run again; if they fail again, their reasons say what the directory refuses."},
	CauseDuplicate: {NotFound, InApplication, true, "a second row of an account that has no user",
		"Settle the row that it repeats: what settles that row settles this one, unless it is another " +
			"person's with a wrong key."},
	CauseDecision: {NotFound, InRule, true, "decisions that can't be followed any more",
		"Decide again whose the account is: the user who was decided on is gone or is another one now, or the " +
			"decision has ended."},
	CauseContradiction: {NotFound, InRule, true, "rows of one key that contradict each other",
		"Match by a column that is each person's own, such as an employee number, or correct the key in " +
			"the application."},
	CauseAmbiguous: {NotFound, InDirectory, true, "several users with the same value",
		"Make the attribute unique in the directory, match by one that is, or decide which of them it is."},
	CauseDeleted: {NotFound, InDirectory, true, "users in the recycle bin",
		"Restore users who are still here within 30 days of their deletion, close the accounts of the " +
			"others, and create no second user."},
	CauseExcel: {NotFound, InList, false, "numbers that Excel has rewritten",
		"Export the list anew and open it nowhere, or import the column as text: what Excel has rounded " +
			"can't be found."},
	CauseNormaliser: {NotFound, InRule, false, "keys that need to be rewritten: {of}",
		"Let the rule rewrite the values ({of}), which finds {settles} of {count}, or correct them in the application."},
	CauseZeros: {NotFound, InList, false, "numbers with other leading zeros than the directory's",
		"Export the column as text, so that it keeps its leading zeros, or write the numbers alike in " +
			"the application and the directory."},
	CauseAttribute: {NotFound, InRule, false, "another rule finds them: {of}",
		"Add the rule {of} after the others, which finds {settles} of {count}."},
	CauseNoPerson: {NotFound, InRule, true, "accounts that look like no person's: {of}",
		"If it is so, decide “nobody” with an owner and an end, or close the account if it was only for a test."},
	CauseDomain: {NotFound, InRule, false, "the domain {of}",
		"Map {of} to {to} in the rule, which finds {settles} of {count} by the same name there, or match by an attribute " +
			"that keeps former addresses."},
	CauseCandidate: {NotFound, InApplication, true, "a user with a similar name or address",
		"Look at the candidate; if it is the person, correct the value in the application, or the " +
			"attribute in the directory, or decide “match”."},
	CausePlaceholder: {NotAsked, InApplication, true, "a placeholder where the key should be",
		"Fill in the value in the application, match by another column, or decide that it is nobody's."},
	CauseNoValue: {NotAsked, InApplication, true, "no value to look up",
		"Fill in the value in the application (if it has no such field, add one), match by another " +
			"column, or decide that it is nobody's."},
	CauseInvisible: {NotFound, InApplication, true, "characters in the key that nobody sees",
		"Write the value anew in the application."},
	CauseResembles: {NotFound, InApplication, true, "users who may be the person",
		"Compare the candidates and decide “match”, or “never” and what else is to be done."},
	CauseInactive: {NotFound, InApplication, true, "accounts not in use whom nobody resembles",
		"Close the account in the application if the person has left."},
	CauseExternal: {NotFound, InDirectory, true, "addresses outside the directory's domains",
		"Invite the person as a guest if they still need access, enter the address of a user whose it " +
			"is, or close the account."},
	CauseNobody: {NotFound, InDirectory, true, "nobody who resembles the account",
		"Ask the application's owner: close the account if the person has left; if not, create the user, " +
			"or widen what the directory is fed from."},
}

// describe sets what a cause says, of which an example is f and the numbers are known.
func (f finding) describe(c *Cause) {
	k := kinds[f.code]
	say := strings.NewReplacer("{of}", f.of, "{to}", cmp.Or(f.to, "another"), "{settles}", fmt.Sprint(c.Settles),
		"{count}", fmt.Sprint(c.Count))
	c.Text, c.Act, c.Where, c.Each = say.Replace(k.text)+f.apart(), say.Replace(k.act), k.where, k.each
}

// apart says what tells a cause apart from the one of its code that most rows have.
func (f finding) apart() string {
	switch {
	case f.group == kinds[f.code].group:
		return ""
	case f.group == NotAsked:
		return " (nothing to look up)"
	case f.group == NotRead:
		return " (nothing is known)"
	}
	return " (looked up)"
}
