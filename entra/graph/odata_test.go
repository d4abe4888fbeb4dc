package graph

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/match"
)

func TestValuesSurviveTheURL(t *testing.T) {
	tests := map[string]string{
		"a'b":         "%27a%27%27b%27",
		"a+b":         "%27a%2Bb%27", // sent bare it would be read as a space
		"a b":         "%27a%20b%27",
		"x#EXT#@t.on": "%27x%23EXT%23%40t.on%27",
		"100%":        "%27100%25%27",
		"a&b=c":       "%27a%26b%3Dc%27",
		"a/b?c":       "%27a%2Fb%3Fc%27",
		"Zoë":         "%27Zo%C3%AB%27",
		"":            "%27%27",
	}
	for value, want := range tests {
		assert.Equal(t, want, Escape(match.Literal(value)), value)
	}
	assert.Equal(t, "$filter=mail%20eq%20%27a%27&$select=id,mail", EncodeQuery(url.Values{"$select": {"id,mail"}, "$filter": {"mail eq 'a'"}}))
}

// Whatever the value, the service must read the same value, and nothing else.
func FuzzQuoting(f *testing.F) {
	for _, seed := range []string{"a'b", "' or '1' eq '1", "a+b", "#", "%27", "&$top=1", "a,b", "山田", "\x00", "\xff", "''", "a\\b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		query := EncodeQuery(url.Values{"$filter": {"mail eq " + match.Literal(value)}, "$top": {"1"}})
		u, err := url.Parse("https://graph.microsoft.com/v1.0/users?" + query)
		if err != nil {
			t.Fatal(err)
		}
		options := u.Query()
		if len(options) != 2 || len(options["$filter"]) != 1 {
			t.Fatalf("%q: options %v", value, options)
		}
		literal, ok := strings.CutPrefix(options.Get("$filter"), "mail eq '")
		literal, closed := strings.CutSuffix(literal, "'")
		if !ok || !closed || strings.Contains(strings.ReplaceAll(literal, "''", ""), "'") {
			t.Fatalf("%q: the literal %q ends early", value, literal)
		}
		if got := strings.ReplaceAll(literal, "''", "'"); got != value {
			t.Fatalf("%q became %q", value, got)
		}
	})
}
