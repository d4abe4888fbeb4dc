package near_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// A human is somebody who has, or had, a user.
type human struct {
	language       string
	given, surname string // as the directory writes them
	original       string // "given surname" in another script
	user           match.User
	left, deleted  bool
}

// A truth is a directory and a list of which it is known who is who.
type truth struct {
	users, deleted []match.User
	rows           []roster.Row
	whose          map[int]string // the id of the user by line of an open row; "" for somebody who left
	report         *match.Report
}

// newTruth makes a directory of n users, half as many rows that match, and as many
// that don't, of which every seventh is of somebody who left.
//
// What is wrong with the open rows: the address has another domain (45 of 100), is a
// former one that the directory still knows (15), is made by another scheme (15), is
// missing (15) or misspelt (10). The names are right (40 of 100), in other letters (15),
// short forms (10), misspelt (10), swapped (8), abbreviated (8), or the surname has
// changed (9). Every third row has an employee number. One user in 25 is in the recycle bin.
func newTruth(seed uint64, n int) *truth {
	dice := rand.New(rand.NewPCG(seed, 20))
	humans := people(dice, n+n/14)
	t := &truth{whose: make(map[int]string)}
	header, err := roster.NewHeader("crm.csv", []string{"EMail", "First name", "Last name", "Employee ID"})
	if err != nil {
		panic(err)
	}
	for i := range humans {
		h := &humans[i]
		line := i + 2
		h.left = i%15 == 14
		h.deleted = i%25 == 3
		var values []string
		if i%2 == 0 && !h.left && !h.deleted {
			values = []string{h.user.Mail, h.given, h.surname, h.user.Attributes["employeeId"]}
		} else {
			values = spoil(dice, h)
			t.whose[line] = ""
			if !h.left {
				t.whose[line] = h.user.ID
			}
		}
		switch {
		case h.deleted && !h.left:
			t.deleted = append(t.deleted, h.user)
		case !h.left:
			t.users = append(t.users, h.user)
		}
		t.rows = append(t.rows, roster.NewRow(header, line, values))
	}
	t.match()
	return t
}

// match makes the report that a run would have made, without one: what is measured is
// what is proposed for the open rows.
func (t *truth) match() {
	byMail := make(map[string]*match.User)
	for i := range t.users {
		byMail[t.users[i].Mail] = &t.users[i]
	}
	t.report = new(match.Report)
	for _, row := range t.rows {
		o := match.Outcome{Row: row, Key: row.Get("EMail"), Kind: match.NotFound}
		if _, open := t.whose[row.Line()]; !open {
			o.Kind, o.User = match.Matched, byMail[o.Key]
		} else if o.Key == "" {
			o.Kind = match.NoKey
		}
		t.report.Outcomes = append(t.report.Outcomes, o)
	}
}

// people makes n people of whom no two have the same address, as in a company that
// numbers them.
func people(dice *rand.Rand, n int) []human {
	all, taken := languages(), make(map[string]int)
	humans := make([]human, n)
	for i := range humans {
		l := all[i%len(all)]
		h := &humans[i]
		h.language, h.given, h.surname = l.name, pick(dice, l.given), l.surname(dice)
		if l.name == "ukrainian" {
			h.original = h.given + " " + h.surname
			h.given, h.surname = ukrainian(h.given), ukrainian(h.surname)
		}
		local := ascii(l.name, h.given) + "." + ascii(l.name, h.surname)
		former := ascii(l.name, h.given)[:1] + ascii(l.name, h.surname)
		if taken[local]++; taken[local] > 1 {
			local += fmt.Sprint(taken[local])
		}
		if taken[former]++; taken[former] > 1 {
			former += fmt.Sprint(taken[former])
		}
		mail := local + "@contoso.com"
		h.user = match.User{ID: fmt.Sprintf("u%06d", i), UserPrincipalName: mail, Mail: mail,
			DisplayName: h.given + " " + h.surname, AccountEnabled: dice.IntN(20) > 0,
			Attributes: map[string]string{"givenName": h.given, "surname": h.surname, "mailNickname": local,
				"proxyAddresses": "SMTP:" + mail + ", smtp:" + former + "@former.example",
				"employeeId":     fmt.Sprint(10000 + i), "userType": "Member"}}
	}
	return humans
}

// spoil returns a row about somebody that no rule finds.
func spoil(dice *rand.Rand, h *human) []string {
	given, surname := spoilNames(dice, h)
	id := ""
	if dice.IntN(3) == 0 {
		id = "00" + h.user.Attributes["employeeId"]
	}
	return []string{spoilAddress(dice, h, given, surname), given, surname, id}
}

func spoilAddress(dice *rand.Rand, h *human, given, surname string) string {
	local, _, _ := strings.Cut(h.user.Mail, "@")
	switch n := dice.IntN(100); {
	case n < 45:
		return local + "@oldco.example"
	case n < 60:
		_, former, _ := strings.Cut(h.user.Attributes["proxyAddresses"], "smtp:")
		return former
	case n < 75:
		return ascii(h.language, given)[:1] + "." + ascii(h.language, surname) + "@oldco.example"
	case n < 90:
		return ""
	}
	return mistype(dice, local) + "@contoso.com"
}

func spoilNames(dice *rand.Rand, h *human) (given, surname string) {
	given, surname = h.given, h.surname
	switch n := dice.IntN(100); {
	case n < 40:
	case n < 55:
		if h.original != "" {
			given, surname, _ = strings.Cut(h.original, " ")
			return given, surname
		}
		return ascii(h.language, given), ascii(h.language, surname)
	case n < 65:
		if short := shortForms[given]; short != "" {
			given = short
		}
	case n < 75:
		if dice.IntN(2) == 0 {
			return mistype(dice, given), surname
		}
		return given, mistype(dice, surname)
	case n < 83:
		return surname, given
	case n < 91:
		return string([]rune(given)[:1]) + ".", surname
	default:
		all := languages()
		l := all[dice.IntN(len(all)-1)]
		return given, l.surname(dice)
	}
	return given, surname
}

// mistype leaves a letter out, doubles it, swaps it with the next, or types another.
func mistype(dice *rand.Rand, s string) string {
	letters := []rune(s)
	i := dice.IntN(len(letters) - 1)
	switch dice.IntN(4) {
	case 0:
		return string(append(letters[:i:i], letters[i+1:]...))
	case 1:
		return string(append(letters[:i+1:i+1], letters[i:]...))
	case 2:
		letters[i], letters[i+1] = letters[i+1], letters[i]
	case 3:
		letters[i] = rune('a' + dice.IntN(26))
	}
	return string(letters)
}

// A verdict is what a way to propose says about a row.
type verdict struct {
	id   string
	sure float64
}

func (t *truth) proposed() map[int]verdict {
	return t.first(near.NewIndex(t.users, t.deleted).Propose(t.report, nil))
}

func (t *truth) proposedByAsking() map[int]verdict {
	proposals, err := near.Ask(context.Background(), inMemory(t.users, t.deleted), t.report, nil)
	if err != nil {
		panic(err)
	}
	return t.first(proposals)
}

func (t *truth) first(proposals *near.Proposals) map[int]verdict {
	first := make(map[int]verdict)
	for _, o := range t.report.Outcomes {
		if list := proposals.Of(o); len(list) > 0 {
			first[o.Line()] = verdict{list[0].User.ID, list[0].Likely}
		}
	}
	return first
}
