package roster_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/roster"
)

func TestFoldIsOneFormForAllCases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, in, want string }{
		{"a key as the directory has it stays as it is", "kari@contoso.example", "kari@contoso.example"},
		{"capital letters must not hide a match", "Kari@Contoso.EXAMPLE", "kari@contoso.example"},
		{"letters beyond ASCII have case too", "ØDEGÅRD", "ødegård"},
		{"ß and ss are different letters to EqualFold", "STRASSE ß", "strasse ß"},
		{"the Kelvin sign is the directory's to compare with K", "\u212aari", "\u212aari"},
		{"and so is the long s with s", "ſara S", "ſara s"},
		{"a dotted capital I is no i, or two people would become one", "İ", "İ"},
		{"nothing is nothing", "", ""},
	} {
		assert.Equal(t, c.want, roster.Fold(c.in), c.reason)
	}
}

// If this failed, two spellings would be one key here and two there.
func TestFoldAgreesWithEqualFoldForEveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		folded := roster.Fold(string(r))
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if own(r) || own(other) {
				continue
			}
			if roster.Fold(string(other)) != folded {
				t.Fatalf("%U and %U differ by case only, but fold to %q and %q", r, other, folded,
					roster.Fold(string(other)))
			}
		}
		if !strings.EqualFold(folded, string(r)) {
			t.Fatalf("%U folds to %q, which is another letter", r, folded)
		}
		if roster.Fold(folded) != folded {
			t.Fatalf("%U folds to %q, which isn't folded", r, folded)
		}
	}
}

// own reports whether Fold keeps r apart from the letters that EqualFold takes it for.
func own(r rune) bool { return r == 'ſ' || r == '\u212a' }

func TestFoldOfFoldedTextDoesNotAllocate(t *testing.T) {
	for _, key := range []string{"kari@contoso.example", "kåre ødegård", "\ufffd"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { roster.Fold(key) }), key)
	}
	assert.NotZero(t, testing.AllocsPerRun(100, func() { roster.Fold("Kari") }), "or the count counts nothing")
}

func FuzzFold(f *testing.F) {
	f.Add("Kari", "KARI")
	f.Add("K\u212a", "kk")
	f.Add("ſ", "S")
	f.Add("a\xff", "A\xfe")
	f.Add("a\xff", "A\ufffd")
	f.Fuzz(func(t *testing.T, a, b string) {
		apart := strings.NewReplacer("ſ", "\ue000", "\u212a", "\ue001") // letters without case
		got, want := roster.Fold(a) == roster.Fold(b), strings.EqualFold(apart.Replace(a), apart.Replace(b))
		if got != want {
			t.Errorf("Fold says that %q and %q are equal: %v; EqualFold says %v", a, b, got, want)
		}
		if again := roster.Fold(roster.Fold(a)); again != roster.Fold(a) {
			t.Errorf("Fold(%q) isn't folded: %q", a, again)
		}
	})
}
