package match

import (
	"maps"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rollcall-go/rollcall/roster"
)

// A Normaliser rewrites a row's value before it is asked for. A rule names those
// that it uses ([Column]); none is used otherwise. The row keeps its value, and the
// outcome's Query says what was asked, of what, and by which normalisers.
type Normaliser struct {
	// Name stands in the rule's name and in Query.Normaliser.
	Name string
	// Rewrite returns the value to go on with; the same one if there is nothing
	// to rewrite, and "" if the value is no key. It must be safe for concurrent use.
	Rewrite func(value string) string
}

// The normalisers that lists commonly need.
var (
	// Trim takes spaces and invisible characters, such as a no-break space, away
	// from both ends.
	Trim = Normaliser{"trim", func(value string) string { return strings.TrimFunc(value, isBlank) }}

	// Address takes the e-mail address out of "Name <a@b>", "<a@b>",
	// "mailto:a@b?subject=…" and "SMTP:a@b". Several addresses stay as they are.
	Address = Normaliser{"address", address}

	// WithoutTag makes "name@domain" of "name+tag@domain" (RFC 5233).
	WithoutTag = Normaliser{"without tag", withoutTag}

	// WithoutZeros takes leading zeros away from a number: 417 of 000417. One zero
	// is left of nothing but zeros.
	WithoutZeros = Normaliser{"without zeros", withoutZeros}

	// WithoutDomain makes "user" of "DOMAIN\user", the down-level logon name.
	// https://learn.microsoft.com/windows/win32/secauthn/user-name-formats
	WithoutDomain = Normaliser{"without domain", withoutDomain}

	// Claim takes the name out of a claim as SharePoint encodes it, such as
	// "i:0#.f|membership|a@b". Claims that identify no user, such as groups',
	// which begin with "c:", stay as they are.
	// https://social.technet.microsoft.com/wiki/contents/articles/13921.sharepoint-20102013-claims-encoding.aspx
	Claim = Normaliser{"claim", claimedName}

	// NFC joins letters and accents that are stored apart (Unicode UAX #15).
	NFC = Normaliser{"NFC", norm.NFC.String}
)

// Domains makes a [Normaliser] that replaces the domains of e-mail addresses, by
// old domain, without letter case: "a@old.example" asks for "a@new.example".
// Subdomains are other domains.
func Domains(newOf map[string]string) Normaliser {
	folded := make(map[string]string, len(newOf))
	for old, domain := range maps.All(newOf) {
		folded[roster.Fold(old)] = domain
	}
	return Normaliser{"domains", func(value string) string {
		at := strings.LastIndexByte(value, '@')
		if domain, ok := folded[roster.Fold(value[at+1:])]; ok && at >= 0 {
			return value[:at+1] + domain
		}
		return value
	}}
}

// normalise rewrites the value of a query, and notes which normalisers did.
func normalise(q Query, normalisers []Normaliser) Query {
	raw, did := q.Value, []string(nil)
	for _, n := range normalisers {
		if rewritten := n.Rewrite(q.Value); rewritten != q.Value {
			q.Value, did = rewritten, append(did, n.Name)
		}
	}
	if len(did) > 0 && q.Value != "" {
		q.Raw, q.Normaliser = raw, strings.Join(did, ", ")
	}
	return q
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) }

// inBrackets is an address in brackets.
var inBrackets = regexp.MustCompile(`<[^<>]*@[^<>]*>`)

func address(value string) string {
	if len(inBrackets.FindAllStringIndex(value, 2)) > 1 {
		return value
	}
	if open, end := strings.LastIndexByte(value, '<'), strings.LastIndexByte(value, '>'); open >= 0 && open < end {
		value = value[open+1 : end]
	}
	for _, prefix := range []string{"mailto:", "smtp:"} {
		if len(value) > len(prefix) && strings.EqualFold(value[:len(prefix)], prefix) {
			value = value[len(prefix):]
			if prefix == "mailto:" {
				value, _, _ = strings.Cut(value, "?")
			}
		}
	}
	return value
}

func withoutTag(value string) string {
	at := strings.LastIndexByte(value, '@')
	if plus := strings.IndexByte(value, '+'); plus > 0 && plus < at {
		return value[:plus] + value[at:]
	}
	return value
}

func withoutZeros(value string) string {
	if strings.Trim(value, "0123456789") != "" || value == "" {
		return value
	}
	if number := strings.TrimLeft(value, "0"); number != "" {
		return number
	}
	return "0"
}

func withoutDomain(value string) string {
	if domain, user, ok := strings.Cut(value, `\`); ok && domain != "" && user != "" && !strings.Contains(user, `\`) {
		return user
	}
	return value
}

// userClaim is an identity claim: its kinds, perhaps who issued it, and the name.
var userClaim = regexp.MustCompile(`^i:0[^|]{3}\|(?:[^|]+\|)?([^|]+)$`)

func claimedName(value string) string {
	if found := userClaim.FindStringSubmatch(value); found != nil {
		return found[1]
	}
	return value
}
