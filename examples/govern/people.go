package main

import (
	"fmt"
	"strings"
)

// demoDomain is the made-up company's; .example is reserved for examples (RFC 2606).
const demoDomain = "contoso.example"

// A person is somebody in the made-up company.
type person struct {
	first, last string
	login       string // before the @
	number      string // employee number
	department  string
}

func (p person) name() string { return p.first + " " + p.last }
func (p person) upn() string  { return p.login + "@" + demoDomain }

// people returns n people, the same ones for every call. Names repeat in large
// companies; logins and employee numbers do not.
func people(n int) []person {
	all := make([]person, n)
	taken := make(map[string]int, n)
	for i := range all {
		first := firstNames[i%len(firstNames)]
		last := lastNames[(i*5+i/len(firstNames))%len(lastNames)]
		login := asLogin(first) + "." + asLogin(last)
		if taken[login]++; taken[login] > 1 {
			login = fmt.Sprintf("%s%d", login, taken[login])
		}
		all[i] = person{first, last, login, fmt.Sprintf("E%06d", 100000+i*7), departments[i/3%len(departments)]}
	}
	return all
}

// asLogin writes a name with the letters that a user principal name may have.
func asLogin(name string) string { return plainLetters.Replace(strings.ToLower(name)) }

var plainLetters = strings.NewReplacer("å", "a", "ä", "ae", "ö", "oe", "ü", "ue", "ø", "o", "é", "e", "è", "e", "ñ", "n",
	"ç", "c", "ł", "l", "š", "s", "ž", "z", "í", "i", "á", "a", "ó", "o", "ã", "a", "'", "", " ", "")

var firstNames = []string{
	"Amara", "Lars", "Priya", "Mateo", "Ingrid", "Kwame", "Sofia", "Hiroshi", "Fatima", "Liam",
	"Zofia", "Diego", "Aisha", "Jonas", "Mei", "Oluwaseun", "Clara", "Rajesh", "Åsa", "Tomás",
	"Yuki", "Hannah", "Omar", "Elena", "Patrick", "Nadia", "Wei", "Camille", "Björn", "Leila",
	"Samuel", "Anneliese", "Ravi", "Gabriela", "Stefan", "Thandiwe", "Noah", "Katarzyna", "Ibrahim", "Marie",
	"Joseph", "Siobhán", "Andrei",
}

var lastNames = []string{
	"Okafor", "Lindqvist", "Raman", "García", "Haugen", "Mensah", "Rossi", "Tanaka", "Haddad", "O'Brien",
	"Kowalska", "Fernández", "Rahman", "Weber", "Chen", "Adeyemi", "Dubois", "Iyer", "Öberg", "Silva",
	"Nakamura", "Schmidt", "Farouk", "Petrova", "Murphy", "Benali", "Zhang", "Laurent", "Sørensen", "Karimi",
	"Johnson", "Müller", "Patel", "Souza", "Ionescu", "Dlamini", "Williams", "Nowak", "Yilmaz", "Lefèvre",
	"Martin", "Kelly", "Popescu", "van Dijk", "Novák", "Costa", "Brown", "Peña", "Svensson", "Ali",
	"Kaya", "Wagner", "Nguyen", "Doyle", "Moreau", "Kim", "Jensen", "Gupta", "Fischer", "Moyo", "Evans",
}

var departments = []string{"Finance", "Procurement", "Logistics", "Human Resources", "IT", "Legal", "Production", "Sales", "Quality"}
