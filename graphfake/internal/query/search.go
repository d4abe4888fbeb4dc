package query

import (
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// compileSearch plans $search.
// https://learn.microsoft.com/graph/search-query-parameter
func (p *Plan) compileSearch(o *Options) *Error {
	if o.Search == "" {
		return nil
	}
	if !o.Eventual {
		return unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	s, err := odata.ParseSearch(o.Search)
	if err != nil {
		return requestBadRequest("%s", err.Error())
	}
	match, bad := p.searcher(s)
	p.search = match
	return bad
}

func (p *Plan) searcher(s odata.Search) (func(*state.Object) bool, *Error) {
	switch s := s.(type) {
	case odata.SearchAnd:
		return p.searchers(s.Terms, true)
	case odata.SearchOr:
		return p.searchers(s.Terms, false)
	}
	term := s.(odata.SearchTerm)
	prop := p.typ.Prop(term.Property)
	if prop == nil || prop.Kind != state.Text && prop.Kind != state.Texts || !prop.Is(state.Search) && prop.StartsWith == state.Never {
		return nil, unsupported("Unsupported or invalid search clause specified for property '%s' of resource '%s'.", term.Property, p.typ.Resource) // believed, not verified
	}
	if prop.Is(state.Tokens) {
		want := tokens(term.Text)
		return func(o *state.Object) bool { return hasTokens(tokens(o.Text(prop)), want) }, nil
	}
	return func(o *state.Object) bool {
		for _, v := range append(elements(o.Get(prop)), o.Get(prop)) {
			if s := text(v); s != "" && state.HasPrefixFold(s, term.Text) {
				return true
			}
		}
		return false
	}, nil
}

func (p *Plan) searchers(terms []odata.Search, all bool) (func(*state.Object) bool, *Error) {
	var list []func(*state.Object) bool
	for _, t := range terms {
		f, err := p.searcher(t)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return func(o *state.Object) bool {
		for _, f := range list {
			if f(o) != all {
				return !all
			}
		}
		return all
	}, nil
}

// hasTokens tells whether every wanted token begins one of the tokens there are.
func hasTokens(have, want []string) bool {
	for _, w := range want {
		found := false
		for _, h := range have {
			found = found || strings.HasPrefix(h, w)
		}
		if !found {
			return false
		}
	}
	return len(want) > 0
}

// tokens splits at spaces, symbols, and changes of case or between letters and digits.
func tokens(s string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = nil
		}
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if n := len(word); n > 0 {
			prev := word[n-1]
			if unicode.IsDigit(prev) != unicode.IsDigit(r) || unicode.IsLower(prev) && unicode.IsUpper(r) {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return list
}
