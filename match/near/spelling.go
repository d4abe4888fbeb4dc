package near

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rollcall-go/rollcall/roster"
)

// letters writes what Unicode does not decompose in Latin letters, as ICAO
// Doc 9303 part 3 section 6 does: A (Latin) and B (Cyrillic).
var letters = strings.NewReplacer(
	"ß", "ss", "ø", "oe", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "ħ", "h",
	"а", "a", "б", "b", "в", "v", "г", "g", "ґ", "g", "д", "d", "е", "e", "ё", "e", "є", "ie", "ж", "zh",
	"з", "z", "и", "i", "і", "i", "ї", "i", "й", "i", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o",
	"п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh",
	"щ", "shch", "ъ", "ie", "ы", "y", "ь", "", "э", "e", "ю", "iu", "я", "ia",
)

// oneForm makes one of the ways in which languages write a letter.
var oneForm = strings.NewReplacer("ae", "a", "aa", "a", "oe", "o", "ue", "u", "kh", "h", "ii", "i", "yi", "i",
	"iy", "i", "y", "i")

// longest is the number of bytes of a word that are looked at, so that no row keeps
// the others waiting.
const longest = 64

// spelling returns a word in the form in which words are compared: small Latin
// letters without accents.
func spelling(word string) string {
	word = strings.ToValidUTF8(word[:min(longest, len(word))], "")
	// Cyrillic й and ї are letters of their own and not letters with an accent.
	latin := letters.Replace(norm.NFKC.String(roster.Fold(word)))
	var b strings.Builder
	for _, r := range norm.NFKD.String(latin) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return oneForm.Replace(b.String())
}

// words returns the words of a name, as spelling writes them. An apostrophe
// divides no word, and what stands in parentheses is no part of the name. Nobody has
// more than eight: a longer text is something else.
func words(name string) []string {
	const most = 8
	if open := strings.IndexByte(name, '('); open > 0 {
		name = name[:open]
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("'’ʼ`´‘", r) {
			return -1
		}
		return r
	}, name)
	list := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	list = list[:min(most, len(list))]
	for i, word := range list {
		list[i] = spelling(word)
	}
	return slices.DeleteFunc(list, func(word string) bool { return word == "" })
}

// bare returns what stands before the @ of an address, or a login, without dots
// and the like: "ada.byron2" is "adabyron2".
func bare(login string) string {
	login, _, _ = strings.Cut(login, "@")
	return spelling(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, login))
}

// oneTypo reports whether one letter of a was left out, put in, replaced or swapped
// with its neighbour to make b. Short words are too often different words.
func oneTypo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 4 || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return swapped || a[i+1:] == b[i+1:]
}
