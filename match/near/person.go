package near

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// Select names the attributes that proposals rest on, as Query.Select does: a
// directory that is listed for [NewIndex] must give them in User.Attributes.
const Select = "givenName,surname,mailNickname,proxyAddresses,otherMails,employeeId,userType"

// A Part is what a column says about a person.
type Part string

// The parts of a person. A value with an @ is an address in any column.
const (
	GivenName Part = "givenName"
	Surname   Part = "surname"
	FullName  Part = "fullName" // in either order, or with a comma after the surname
	Number    Part = "number"   // what Entra calls employeeId
	Login     Part = "login"
)

// columnNames are the columns that commonly hold each part, folded and without
// blanks and punctuation.
var columnNames = map[Part]string{
	GivenName: "firstname givenname forename vorname prénom prenom nombre fornavn förnamn fornamn voornaam imię imie " +
		"jméno jmeno ad имя",
	Surname: "lastname surname familyname nachname nom apellido apellidos etternavn efternavn efternamn achternaam " +
		"nazwisko příjmení prijmeni cognome sobrenome apelido soyad фамилия",
	FullName: "name fullname displayname personname employeename navn namn naam nome фио",
	Number: "employeeid employeenumber employeeno personnelnumber staffid staffnumber personalnummer ansattnummer " +
		"matricule badge",
	Login: "login username user userid account accountname samaccountname alias",
}

func partOf(column string) Part {
	bare := strings.Join(strings.FieldsFunc(roster.Fold(column),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }), "")
	for part, names := range columnNames {
		if slices.Contains(strings.Fields(names), bare) {
			return part
		}
	}
	return ""
}

// A naming is one way to read somebody's names.
type naming struct {
	given, surname []string
	forms          []string // logins that may be made of them
}

func newNaming(given, surname []string) naming {
	return naming{given, surname, formsOf(given, surname)}
}

// A person is what is known of a row's person, or of a user.
type person struct {
	namings   []naming // a user has at most one
	swapped   int      // the namings from here on are read in the other order
	addresses []string // folded
	logins    []string // bare
	number    string
	says      map[Part]string // a row, as it is written
}

// addAddresses adds the addresses of a value such as "Ada <a@b>; c@d".
func (p *person) addAddresses(value string) {
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ';' || r == ',' }) {
		address := roster.Fold(match.Address.Rewrite(match.Trim.Rewrite(part)))
		local, domain, ok := strings.Cut(address, "@")
		if !ok || local == "" || domain == "" || strings.ContainsAny(address, " \t\n") {
			continue
		}
		if !slices.Contains(p.addresses, address) {
			p.addresses = append(p.addresses, address)
		}
		p.addLogin(local)
	}
}

func (p *person) addLogin(login string) {
	login = bare(login)
	if login != "" && !slices.Contains(p.logins, login) {
		p.logins = append(p.logins, login)
	}
}

// ownName returns the user principal name as it was before the user was deleted, and
// a guest's address instead of it.
func ownName(u *match.User) string {
	name := deletedName.ReplaceAllString(u.UserPrincipalName, "")
	before, _, guest := strings.Cut(name, "#EXT#")
	if at := strings.LastIndexByte(before, '_'); guest && at > 0 {
		return before[:at] + "@" + before[at+1:]
	}
	return name
}

// deletedName matches the id that a deletion puts before a user principal name.
var deletedName = regexp.MustCompile(`^[0-9a-fA-F]{32}`)

// personOf returns what the directory says about a user.
func personOf(u *match.User) *person {
	p := &person{number: number(u.Attributes["employeeId"])}
	for _, list := range []string{ownName(u), u.Mail, u.Attributes["proxyAddresses"], u.Attributes["otherMails"]} {
		p.addAddresses(list)
	}
	if nickname := u.Attributes["mailNickname"]; nickname != "" {
		p.addLogin(nickname)
	}
	n := newNaming(words(u.Attributes["givenName"]), words(u.Attributes["surname"]))
	if len(n.given) == 0 && len(n.surname) == 0 {
		p.namings = namingsOf(u.DisplayName)
	} else {
		p.namings = []naming{n}
	}
	p.namings = p.namings[:min(1, len(p.namings))]
	return p
}

// personIn returns what a row says about its person.
func personIn(o match.Outcome, parts map[string]Part) *person {
	p := &person{says: make(map[Part]string)}
	for column, value := range o.Row.All() {
		if strings.Contains(value, "@") {
			p.addAddresses(value)
		} else if part := parts[column]; part == Login {
			p.addLogin(match.WithoutDomain.Rewrite(value))
		} else if part != "" && value != "" {
			p.says[part] = strings.TrimSpace(p.says[part] + " " + value)
		}
	}
	p.number = number(p.says[Number])
	switch given, surname := p.says[GivenName], p.says[Surname]; {
	case given != "" || surname != "":
		p.namings = []naming{newNaming(words(given), words(surname))}
	case p.says[FullName] != "":
		p.namings = namingsOf(p.says[FullName])
	default:
		p.readLogin(o)
	}
	p.swap()
	return p
}

// readLogin takes the names out of an address such as "ada.byron@…".
func (p *person) readLogin(o match.Outcome) {
	for _, address := range append(slices.Clone(p.addresses), o.Key) {
		local, _, _ := strings.Cut(address, "@")
		if list := words(local); len(list) > 1 {
			p.namings = divisions(list)
			return
		}
	}
}

// swap adds each naming in the other order.
func (p *person) swap() {
	p.swapped = len(p.namings)
	for _, n := range p.namings[:p.swapped] {
		p.namings = append(p.namings, newNaming(n.surname, n.given))
	}
}

// namingsOf returns the ways to read a full name, the likeliest first.
func namingsOf(name string) []naming {
	if surname, given, ok := strings.Cut(name, ","); ok {
		return []naming{newNaming(words(given), words(surname))}
	}
	return divisions(words(name))
}

// divisions divides words into given names and surnames.
func divisions(list []string) []naming {
	switch n := len(list); n {
	case 0:
		return nil
	case 1:
		return []naming{newNaming(nil, list)}
	case 2:
		return []naming{newNaming(list[:1], list[1:])}
	default:
		return []naming{newNaming(list[:n-1], list[n-1:]), newNaming(list[:1], list[1:])}
	}
}

// number returns an employee number in the form in which numbers are compared.
func number(value string) string {
	return roster.Fold(match.WithoutZeros.Rewrite(match.Trim.Rewrite(value)))
}
