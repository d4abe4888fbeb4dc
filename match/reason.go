package match

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/roster"
)

// Reason returns one sentence for the people who look after the application and
// the directory: why the row is what it is, and what may be done about it. What
// may be done follows
// https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-application-unmatched-users
func (o Outcome) Reason() string {
	return roster.Printable(o.reason() + rewritten(o.Key) + o.Decision.reason())
}

// reason says what people decided, or "".
func (d *Decision) reason() string {
	switch {
	case d == nil:
		return ""
	case d.Stale != "":
		return "; a decision is not followed any more, because " + d.Stale + " (" + cmp.Or(d.Note, "no note") + ")"
	case d.Note == "":
		return ""
	}
	return "; decided: " + d.Note
}

func (o Outcome) reason() string {
	switch o.Kind {
	case Matched:
		return o.reasonMatched()
	case NoKey:
		return o.reasonNoKey()
	case Duplicate:
		return o.reasonDuplicate()
	case SameUser:
		return fmt.Sprintf("%s found %s, whom line %d already stands for; if the person needs only one account, "+
			"delete the other from the application, and if the accounts are two people's, correct the key%s",
			o.question(), o.User.name(), o.FirstLine, blocked(o.User))
	case NotFound:
		return o.reasonNotFound()
	case Ambiguous:
		if o.Err != nil {
			return fmt.Sprintf("%s found %s, but %v", o.question(), cmp.Or(names(o.Candidates), "nobody"), o.Err)
		}
		return fmt.Sprintf("%s found %d users: %s%s; make the attribute unique in the directory, "+
			"or match by one that is", o.question(), len(o.Candidates), names(o.Candidates), o.chosen())
	case Deleted:
		return fmt.Sprintf("%s found nobody but a deleted user, %s; restore that user within 30 days "+
			"if the person is still here, otherwise delete the account from the application; "+
			"do not create a second user", o.question(), names(o.Candidates))
	case Excluded:
		return o.reasonExcluded()
	case Failed:
		return o.reasonFailed()
	}
	return "nothing is known about this row: its outcome is " + o.Kind.String()
}

func (o Outcome) reasonNoKey() string {
	what := "this row gives no value"
	if o.Key != "" {
		what = quote(o.Key) + " is a placeholder and no value"
	}
	return "nothing to look up: " + what + " for " + cmp.Or(o.Query.Rule, "a custom rule") +
		"; fill it in in the application, match by another column, or list the account as belonging to nobody"
}

func (o Outcome) reasonMatched() string {
	if o.Query.Rule == Decided {
		return "people decided that this row is " + o.User.name() + blocked(o.User)
	}
	reason := fmt.Sprintf("%s found %s%s", o.question(), o.User.name(), o.chosen())
	if o.User != nil && !o.Enabled() {
		return reason + ", who is blocked from sign-in; delete the account from the application " +
			"if the person has left, otherwise enable the user"
	}
	return reason
}

func (o Outcome) reasonDuplicate() string {
	if o.User == nil {
		return fmt.Sprintf("line %d has the same key, %s, and gave this row no user; resolve that line, "+
			"or correct the key of this one", o.FirstLine, quote(o.Key))
	}
	return fmt.Sprintf("line %d has the same key, %s, so this row stands for the same user, %s; delete it from the "+
		"application if it is a second account, or correct the key if it is another person's%s",
		o.FirstLine, quote(o.Key), o.User.name(), blocked(o.User))
}

func (o Outcome) reasonNotFound() string {
	reason := o.question()
	if o.Query.Rule == Decided {
		return reason + " found nobody; look whose the account is now, and decide again"
	}
	if o.asked > 1 {
		reason += fmt.Sprintf(" (and %d more by other rules)", o.asked-1)
	}
	reason += " found nobody" + o.oddities()
	return reason + "; correct the key in the application or the attribute in the directory, " +
		"match by another attribute, create the user, delete the account if the person has left, " +
		"or list it as belonging to nobody"
}

func (o Outcome) reasonExcluded() string {
	var e Exclusion
	if o.Exclusion != nil {
		e = *o.Exclusion
	}
	kind, until := "", ""
	if e.Kind != "" {
		kind = "kind: " + e.Kind + "; "
	}
	if !e.Until.IsZero() {
		until = "; until " + e.Until.Format(time.DateOnly)
	}
	return fmt.Sprintf("listed as belonging to nobody (%sowner: %s; reason: %s%s); not governed through the directory",
		kind, cmp.Or(e.Owner, "nobody named"), cmp.Or(e.Reason, "none given"), until)
}

func (o Outcome) reasonFailed() string {
	if o.Query == (Query{}) {
		what := "this row"
		if n := o.Lines(); n > 1 {
			what = fmt.Sprintf("this row, which is lines %d to %d,", o.Line(), o.Line()+n-1)
		}
		return fmt.Sprintf("%s could not be read: %v; correct the file and run again", what, o.Err)
	}
	return fmt.Sprintf("%s failed%s: %v; nothing is known about this row until it is run again",
		o.question(), o.oddities(), o.Err)
}

// question names the question: the attribute and value, or the rule of a filter.
func (o Outcome) question() string {
	if o.Query.Rule == Decided {
		return "people decided that this row is " + quote(o.Query.Value) + "; looking that user up"
	}
	if o.Query.Filter != "" {
		return fmt.Sprintf("rule %s with %s", shorten(o.Query.Rule, maxShown), quote(o.Key))
	}
	if o.Query.Raw != "" {
		return fmt.Sprintf("%s equal to %s (%s of %s)", o.Query.Attribute, quote(o.Query.Value),
			o.Query.Normaliser, quote(o.Query.Raw))
	}
	return fmt.Sprintf("%s equal to %s", o.Query.Attribute, quote(o.Key))
}

// oddities points out what is odd in the value that was asked for.
func (o Outcome) oddities() string {
	if o.Query.Raw != "" {
		return oddities(o.Query.Value)
	}
	return oddities(o.Key)
}

// chosen says why a rule chose the user among several, or none of them.
func (o Outcome) chosen() string {
	switch {
	case o.Choice == "":
		return ""
	case o.User == nil:
		return " (none of them chosen: " + shorten(o.Choice, maxShown) + ")"
	}
	return fmt.Sprintf(" (of %d users: %s)", len(o.Candidates), shorten(o.Choice, maxShown))
}

// maxShown is the number of letters of a value that a sentence shows.
const maxShown = 120

// quote shows a value with invisible characters made visible.
func quote(value string) string { return strconv.Quote(shorten(value, maxShown)) }

// shorten cuts s to at most n letters, the last of them an ellipsis.
func shorten(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func blocked(u *User) string {
	if u == nil || u.AccountEnabled {
		return ""
	}
	return "; the user is blocked from sign-in"
}

// name is what a person would call the user by.
func (u *User) name() string {
	switch {
	case u == nil:
		return "nobody"
	case u.UserPrincipalName == "":
		return u.ID
	}
	return u.UserPrincipalName
}

// names lists at most three users.
func names(users []User) string {
	list := make([]string, 0, 4)
	for i, user := range users {
		if i == 3 {
			list = append(list, fmt.Sprintf("%d more", len(users)-3))
			break
		}
		list = append(list, user.name())
	}
	return strings.Join(list, ", ")
}
