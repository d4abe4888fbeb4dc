package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/roster"
)

// nameColumns are the columns that commonly hold a person's name, folded and
// without blanks and punctuation.
var nameColumns = []string{"name", "fullname", "displayname", "personname", "employeename", "firstname", "givenname",
	"forename", "lastname", "surname", "familyname", "vorname", "nachname", "nom", "prénom", "prenom", "nombre",
	"apellido", "apellidos", "navn", "fornavn", "etternavn", "naam", "achternaam"}

// A ConflictError says that rows of one key contradict each other, so that the
// key may stand for several people.
type ConflictError struct {
	Line int    // of another row with the key
	In   string // the rule, or the column of names, in which the rows differ
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("line %d has the same key and another %s; none of the key's rows gets a user, because they "+
		"may be several people: correct the key, or match by another column", e.Line, roster.Printable(e.In))
}

// contradict makes Ambiguous the rows of one key that can't be one person's: a
// number that lost its zeros, or an address that two people share.
func (r *run) contradict() {
	for _, rows := range r.rowsOfOneKey() {
		differ := r.contradiction(rows)
		if differ == "" {
			continue
		}
		of := r.outcomes[r.first(rows[0])]
		for n, i := range rows {
			o := &r.outcomes[i]
			o.decide(Ambiguous, of.Query)
			if of.User != nil {
				o.User, o.Candidates = nil, []User{*of.User}
			}
			other := rows[max(0, 1-n)] // the first row names the second
			o.Choice, o.FirstLine, o.Err = "", 0, &ConflictError{r.outcomes[other].Line(), differ}
			delete(r.firstOf, i)
		}
	}
}

// first returns the row that row i repeats, or i.
func (r *run) first(i int) int {
	if first, repeats := r.firstOf[i]; repeats {
		return first
	}
	return i
}

// rowsOfOneKey returns the rows, by index, that were found, or not found, by the
// same query as another row, in the order of the first of them.
func (r *run) rowsOfOneKey() (groups [][]int) {
	firsts := make(map[identity]int)
	at := make(map[int]int) // index in groups, by first row
	for i := range r.outcomes {
		o := &r.outcomes[r.first(i)]
		if o.Kind != Matched && o.Kind != NotFound {
			continue
		}
		id := o.Query.identity()
		first, repeated := firsts[id]
		if !repeated {
			firsts[id] = i
			continue
		}
		n, known := at[first]
		if !known {
			n = len(groups)
			at[first] = n
			groups = append(groups, []int{first})
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// contradiction returns the first rule or column in which the rows can't be one
// person's, or "". The order of the rows doesn't matter.
func (r *run) contradiction(rows []int) string {
	for _, rule := range r.rules {
		asks := func(row roster.Row) string { return r.asks(row, rule.Rule) }
		if !r.agree(rows, asks, func(a, b string) bool { return a == b }) {
			return rule.Rule
		}
	}
	names := r.opts.Names
	if names == nil {
		names = NameColumns(r.outcomes[rows[0]].Row.Header())
	}
	for _, column := range names {
		name := func(row roster.Row) string { return words(row.Get(column)) }
		if !r.agree(rows, name, within) {
			return column
		}
	}
	return ""
}

// agree reports whether every row's text is within the longest one. Empty ones
// say nothing.
func (r *run) agree(rows []int, text func(roster.Row) string, within func(part, whole string) bool) bool {
	longest := ""
	texts := make([]string, 0, len(rows))
	for _, i := range rows {
		t := text(r.outcomes[i].Row)
		texts = append(texts, t)
		if len(t) > len(longest) {
			longest = t
		}
	}
	return !slices.ContainsFunc(texts, func(t string) bool { return t != "" && !within(t, longest) })
}

// asks returns what a rule asks of a row, as text to compare.
func (r *run) asks(row roster.Row, rule string) string {
	other := func(q Query) bool { return q.Rule != rule }
	return questions(slices.DeleteFunc(r.queries(r.matcher, row), other))
}

// NameColumns returns the columns of a roster that are called Name, Full name, Last
// name and the like, which Options.Names means if it is nil.
func NameColumns(h *roster.Header) []string {
	if h == nil {
		return nil
	}
	return slices.DeleteFunc(h.Columns(), func(column string) bool {
		bare := strings.Join(strings.FieldsFunc(roster.Fold(column), notInWord), "")
		return !slices.Contains(nameColumns, bare)
	})
}

// words returns the words of a name in one order, so that "Lund, Kari" is "Kari Lund".
func words(name string) string {
	list := strings.FieldsFunc(roster.Fold(name), notInWord)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// within reports whether each word of part is one of whole: a middle name more
// is no other person.
func within(part, whole string) bool {
	have := strings.Fields(whole)
	return !slices.ContainsFunc(strings.Fields(part), func(w string) bool { return !slices.Contains(have, w) })
}

func notInWord(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) }
