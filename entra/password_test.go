package entra

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kinds counts the kinds of characters in a password as Entra's rules tell them apart.
func kinds(s string) int {
	var lower, upper, digit, symbol int
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			symbol = 1
		}
	}
	return lower + upper + digit + symbol
}

func TestPasswordsMeetEntrasRules(t *testing.T) {
	t.Parallel()
	seen := map[password]bool{}
	var letters strings.Builder
	for range 5000 {
		p := newPassword("ab@contoso.example", "abc", "Xy Zed")
		secret := p.reveal()
		require.Len(t, secret, passwordLength)
		require.Equal(t, 4, kinds(secret), "Entra refuses fewer than three kinds: %q", secret)
		for _, name := range []string{"contoso", "example", "abc", "zed"} {
			require.NotContains(t, strings.ToLower(secret), name, "Entra refuses a password with the user's name in it")
		}
		for _, r := range secret {
			require.True(t, r > ' ' && r < 0x7f, "no Unicode and no spaces in passwords: %q", secret)
		}
		require.False(t, seen[p], "a password came twice")
		seen[p] = true
		letters.WriteString(secret)
	}
	for _, r := range passwordAlphabet {
		share := float64(strings.Count(letters.String(), string(r))) / float64(letters.Len()) * 64
		assert.InDelta(t, 1, share, 0.25, "%c is drawn much more or less often than the others", r)
	}
}

func TestPasswordRulesCanFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		secret, reason string
		names          []string
	}{
		{"abcdefghjkmnABCDEFGH2345", "no symbol", nil},
		{"abcdefgh####ABCDEFGHABCD", "no digit", nil},
		{"ABCDEFGH####2345ABCDABCD", "no lower-case letter", nil},
		{"abcdefgh####2345abcdabcd", "no upper-case letter", nil},
		{"x#9ADAMSq#9kkkkkkkkkkkkk", "holds a part of the user principal name, in another case", []string{"ada.adams@contoso.example"}},
	} {
		assert.False(t, hasEveryKind(test.secret) && !holdsName(test.secret, test.names), test.reason)
	}
	assert.False(t, holdsName("aaa", []string{"a b", "", "é"}), "a one-letter name cannot rule out every password")
}

func TestPasswordsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	p := newPassword("ada")
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		if verb == "%T %v" {
			fmt.Fprintf(&out, verb, p, p)
			continue
		}
		fmt.Fprintf(&out, verb, p)
		fmt.Fprintf(&out, verb, struct{ P password }{p})
		fmt.Fprintf(&out, verb, []any{p, &p})
	}
	out.WriteString(p.String() + p.GoString())
	fmt.Fprint(&out, fmt.Errorf("failed with %v: %w", p, errors.New("x")))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "p", p, "s", struct{ P password }{p})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "p", p, "s", struct{ P password }{p})
	encoded, err := json.Marshal(map[string]any{"p": p})
	require.NoError(t, err)
	out.Write(encoded)
	assert.NotContains(t, out.String(), p.reveal(), "the password is legible")
	assert.Contains(t, out.String(), redacted)
}

// The body must hold the password, or the service refuses the user; printing
// the request must not.
func TestTheBodyOfACreateRequestHoldsThePasswordAlone(t *testing.T) {
	t.Parallel()
	body := newUserBody{NewUser{DisplayName: "Ada", UserPrincipalName: "ada@contoso.example", MailNickname: "ada",
		Attributes: map[string]string{"EmployeeID": "E7", "otherMails": "a@b.example", "extensionattribute3": "x", "city": ""}}}
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	var sent struct {
		AccountEnabled  *bool
		PasswordProfile struct {
			ForceChangePasswordNextSignIn bool
			Password                      string
		}
		EmployeeID                    string
		OtherMails                    []string
		OnPremisesExtensionAttributes map[string]string
	}
	require.NoError(t, json.Unmarshal(encoded, &sent))
	require.NotNil(t, sent.AccountEnabled)
	assert.False(t, *sent.AccountEnabled, "new accounts must not be able to sign in")
	assert.True(t, sent.PasswordProfile.ForceChangePasswordNextSignIn)
	assert.Equal(t, 4, kinds(sent.PasswordProfile.Password))
	assert.Equal(t, "E7", sent.EmployeeID)
	assert.Equal(t, []string{"a@b.example"}, sent.OtherMails)
	assert.Equal(t, map[string]string{"extensionAttribute3": "x"}, sent.OnPremisesExtensionAttributes)
	assert.NotContains(t, string(encoded), `"city"`, "Graph refuses empty texts")
	printed := fmt.Sprintf("%+v %#v", graph.Request{Body: body}, graph.Request{Body: body})
	assert.NotContains(t, printed, sent.PasswordProfile.Password)
	again, err := json.Marshal(body)
	require.NoError(t, err)
	assert.NotContains(t, string(again), sent.PasswordProfile.Password, "the password was kept")
}
