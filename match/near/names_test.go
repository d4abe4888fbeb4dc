package near_test

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// testdata/names.txt has names in common use in ten languages, the most common
// first, and the halves of which rarer surnames are made.
//
//go:embed testdata/names.txt
var nameList string

type language struct {
	name                         string
	given, surnames, front, back []string
}

func languages() (list []*language) {
	for line := range strings.Lines(nameList) {
		head, rest, _ := strings.Cut(line, ": ")
		name, kind, _ := strings.Cut(head, " ")
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, &language{name: name})
		}
		l, words := list[len(list)-1], strings.Fields(rest)
		switch kind {
		case "given":
			l.given = words
		case "surnames":
			l.surnames = words
		case "front":
			l.front = words
		case "back":
			l.back = words
		}
	}
	return list
}

// pick picks the first more often than the last.
func pick(dice *rand.Rand, list []string) string {
	return list[int(float64(len(list))*dice.Float64()*dice.Float64())]
}

// surname returns a common surname in four of ten cases.
func (l *language) surname(dice *rand.Rand) string {
	if dice.IntN(10) < 4 {
		return pick(dice, l.surnames)
	}
	return l.front[dice.IntN(len(l.front))] + l.back[dice.IntN(len(l.back))]
}

// ascii writes a name as the addresses of its language do.
func ascii(language, name string) string {
	special := strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "ł", "l", "ı", "i", "Ł", "L", "Ø", "O", "Æ", "Ae", "'", "")
	switch language {
	case "german":
		special = strings.NewReplacer("ß", "ss", "ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")
	case "norwegian":
		special = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "Æ", "Ae", "Ø", "Oe", "Å", "Aa")
	case "ukrainian":
		name = ukrainian(name)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(special.Replace(name)) {
		if unicode.IsLetter(r) && r < 128 {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String() + strings.Repeat("x", max(0, 1-b.Len()))
}

// ukrainian writes a name as Ukraine's passports do (resolution 55 of 2010 of its
// Cabinet), which is not what ICAO's table does.
func ukrainian(name string) string {
	letters := strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "h", "ґ", "g", "д", "d", "е", "e", "є", "ie",
		"ж", "zh", "з", "z", "и", "y", "і", "i", "ї", "i", "й", "i", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o",
		"п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh",
		"щ", "shch", "ь", "", "ю", "iu", "я", "ia")
	starts := strings.NewReplacer("є", "ye", "ї", "yi", "й", "y", "ю", "yu", "я", "ya")
	runes := []rune(strings.ToLower(name))
	if runes[0] > 'z' {
		name = letters.Replace(starts.Replace(string(runes[:1])) + string(runes[1:]))
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// shortForms are those that the people of the list go by.
var shortForms = map[string]string{"Robert": "Bob", "William": "Bill", "Elizabeth": "Liz", "Richard": "Dick",
	"Michael": "Mike", "Katharina": "Kathi", "Jennifer": "Jenny", "James": "Jim", "Margaret": "Peggy", "Francisco": "Paco",
	"José": "Pepe", "Giuseppe": "Beppe", "Hans": "Johannes", "Katarzyna": "Kasia", "Małgorzata": "Gosia",
	"Tomasz": "Tomek", "Krzysztof": "Krzysiek", "Alexander": "Alex", "Daniel": "Dan", "Thomas": "Tom", "Lars": "Lasse",
	"Mikael": "Micke", "Karl": "Kalle", "Mehmet": "Memo", "Nicolas": "Nico", "Frédéric": "Fred", "Oleksandr": "Sasha",
	"Volodymyr": "Vova", "Nataliia": "Natasha", "Ulrich": "Uli", "Wolfgang": "Wolf", "Joseph": "Joe", "Charles": "Chuck"}
