package graphfake_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An exchange is one request with the answer that Graph gives, see
// testdata/conformance/README.md for how it is written.
type exchange struct {
	place  string // file:line
	fact   string
	source string
	marks  []string          // verified, relied or believed, and setup, fake
	token  []string          // app or user, and permissions; nil = all that there are
	let    map[string]string // variable: JSON pointer into the answer
	each   map[string][]string

	method, target string
	header         http.Header
	body           string

	status     int
	wantHeader map[string]string
	want       any
}

func (x *exchange) is(mark string) bool { return slices.Contains(x.marks, mark) }

// parseExchanges reads a file of exchanges.
func parseExchanges(name, text string) ([]*exchange, error) {
	var list []*exchange
	line := 1
	for i, part := range strings.Split("\n"+text, "\n### ") {
		if i > 0 {
			x, err := parseExchange(part)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, line, err)
			}
			x.place = fmt.Sprintf("%s:%d", name, line)
			list = append(list, x)
		}
		line += strings.Count(part, "\n")
		if i > 0 {
			line++
		}
	}
	return list, nil
}

func parseExchange(text string) (*exchange, error) {
	x := &exchange{let: map[string]string{}, each: map[string][]string{}, header: http.Header{}, wantHeader: map[string]string{}}
	asked, answered, ok := strings.Cut(text, "\nHTTP ")
	if !ok {
		return nil, fmt.Errorf("no line HTTP with the expected status")
	}
	lines := strings.Split(asked, "\n")
	x.fact, lines = lines[0], lines[1:]
	for len(lines) > 0 && strings.HasPrefix(lines[0], "# ") {
		if err := x.comment(lines[0][2:]); err != nil {
			return nil, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("no request")
	}
	x.method, x.target, ok = strings.Cut(lines[0], " ")
	if !ok {
		return nil, fmt.Errorf("%q is not a method and a target", lines[0])
	}
	rest := x.headers(lines[1:], func(name, value string) { x.header.Set(name, value) })
	x.body = strings.TrimSpace(strings.Join(rest, "\n"))
	return x, x.answer(strings.Split(answered, "\n"))
}

func (x *exchange) comment(s string) error {
	if slices.Contains([]string{"verified", "relied", "believed", "setup", "fake"}, s) {
		x.marks = append(x.marks, s)
		return nil
	}
	name, value, _ := strings.Cut(s, " ")
	switch name {
	case "source":
		x.source = value
	case "token":
		x.token = strings.Fields(value)
	case "let":
		variable, pointer, _ := strings.Cut(value, " = ")
		x.let[variable] = pointer
	case "each":
		variable, values, _ := strings.Cut(value, " = ")
		x.each[variable] = strings.Split(values, " | ")
	default:
		return fmt.Errorf("unknown comment %q", s)
	}
	return nil
}

func (x *exchange) headers(lines []string, set func(name, value string)) (rest []string) {
	for i, l := range lines {
		name, value, ok := strings.Cut(l, ": ")
		if !ok || strings.HasPrefix(l, "{") {
			return lines[i:]
		}
		set(name, value)
	}
	return nil
}

func (x *exchange) answer(lines []string) (err error) {
	if x.status, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		return err
	}
	rest := strings.TrimSpace(strings.Join(x.headers(lines[1:], func(name, value string) { x.wantHeader[name] = value }), "\n"))
	if rest == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(rest))
	d.UseNumber()
	if err := d.Decode(&x.want); err != nil {
		return fmt.Errorf("the expected body is not JSON: %w", err)
	}
	return nil
}

// fill puts variables in place of {{name}}.
func fill(s string, vars map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		s = strings.ReplaceAll(s, "{{"+name+"}}", vars[name])
	}
	return s
}

// differ says where got is not what is wanted, "" if it is.
func differ(at string, want, got any, vars map[string]string) string {
	switch want := want.(type) {
	case map[string]any:
		return differObject(at, want, got, vars)
	case []any:
		return differArray(at, want, got, vars)
	case string:
		return differText(at, fill(want, vars), got)
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Sprintf("%s: want %v, got %v", at, want, got)
	}
	return ""
}

func differObject(at string, want map[string]any, got any, vars map[string]string) string {
	have, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s: want an object, got %v", at, got)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, there := have[name]
		switch {
		case name == "(only)":
			for n := range have {
				if _, ok := want[n]; !ok {
					return fmt.Sprintf("%s: %q should not be there", at, n)
				}
			}
		case want[name] == "(absent)" && there:
			return fmt.Sprintf("%s/%s: should be absent, got %v", at, name, value)
		case want[name] == "(absent)":
		case !there:
			return fmt.Sprintf("%s/%s: is absent", at, name)
		default:
			if d := differ(at+"/"+name, want[name], value, vars); d != "" {
				return d
			}
		}
	}
	return ""
}

func differArray(at string, want []any, got any, vars map[string]string) string {
	have, ok := got.([]any)
	if !ok {
		return fmt.Sprintf("%s: want an array, got %v", at, got)
	}
	if len(want) > 0 && want[0] == "(any order)" {
		return differSet(at, want[1:], have, vars)
	}
	more := len(want) > 0 && want[len(want)-1] == "..."
	if more {
		want = want[:len(want)-1]
	}
	if len(have) < len(want) || len(have) > len(want) && !more {
		return fmt.Sprintf("%s: want %d elements, got %d", at, len(want), len(have))
	}
	for i := range want {
		if d := differ(fmt.Sprintf("%s/%d", at, i), want[i], have[i], vars); d != "" {
			return d
		}
	}
	return ""
}

func differSet(at string, want, have []any, vars map[string]string) string {
	if len(want) != len(have) {
		return fmt.Sprintf("%s: want %d elements, got %d", at, len(want), len(have))
	}
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h any) bool { return differ("", w, h, vars) == "" }) {
			return fmt.Sprintf("%s: nothing is like %v", at, w)
		}
	}
	return ""
}

// shapes are what stands for any text of a form.
var shapes = map[string]*regexp.Regexp{
	"(guid)":       regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	"(assignment)": regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`),
	"(time)":       regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"(time7)":      regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$`),
	"(zoneless)":   regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`),
	"(number)":     regexp.MustCompile(`^\d+$`),
}

// differText compares a text with one that may hold * for anything.
func differText(at, want string, got any) string {
	if want == "*" && got != nil {
		return ""
	}
	have, ok := got.(string)
	if n, isNumber := got.(json.Number); isNumber {
		have, ok = n.String(), want == "(number)"
	}
	if !ok {
		return fmt.Sprintf("%s: want %q, got %v", at, want, got)
	}
	re := shapes[want]
	if re == nil {
		re = regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, `.*`) + `$`)
	}
	if !re.MatchString(have) {
		return fmt.Sprintf("%s: want %q, got %q", at, want, have)
	}
	return ""
}

// point finds a value in an answer by its JSON pointer.
func point(v any, pointer string) string {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch c := v.(type) {
		case map[string]any:
			v = c[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(c) {
				return ""
			}
			v = c[i]
		}
	}
	s, _ := v.(string)
	return s
}

func TestExchangesAreReadAndCompared(t *testing.T) {
	t.Parallel()
	list, err := parseExchanges("x.http", "preface\n\n### A fact.\n# source https://example.org\n# verified\n# let id = /value/0/id\nPOST /users\nPrefer: x\n\n{\"a\": 1}\n\nHTTP 201\nContent-Type: application/*\n\n{\"b\": \"(guid)\"}\n\n### Another.\nGET /me\n\nHTTP 204\n")
	require.NoError(t, err)
	require.Len(t, list, 2)
	x := list[0]
	assert.Equal(t, "x.http:3", x.place)
	assert.Equal(t, "x.http:17", list[1].place)
	assert.Equal(t, []any{"A fact.", "https://example.org", "POST", "/users", "x", `{"a": 1}`, 201, "application/*"},
		[]any{x.fact, x.source, x.method, x.target, x.header.Get("Prefer"), x.body, x.status, x.wantHeader["Content-Type"]})
	assert.Equal(t, "ada", point(map[string]any{"value": []any{map[string]any{"id": "ada"}}}, x.let["id"]))
	for _, bad := range []string{"### A\nGET /x\n", "### A\n# nonsense\nGET /x\n\nHTTP 200\n", "### A\n# verified\n\nHTTP 200\n", "### A\nGET /x\n\nHTTP 200\n\n{\n"} {
		_, err := parseExchanges("x.http", bad)
		assert.ErrorContains(t, err, "x.http:1: ", bad)
	}
	assert.True(t, path.IsAbs(x.target))
}

// A comparison that takes everything would prove nothing.
func TestComparisonOfAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		want, got string
		equal     bool
	}{
		{`{"a":1}`, `{"a":1,"b":2}`, true},
		{`{"a":1,"(only)":true}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"(only)":true}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{}`, false},
		{`{"a":"(absent)"}`, `{}`, true},
		{`{"a":"(absent)"}`, `{"a":null}`, false},
		{`{"a":null}`, `{"a":null}`, true},
		{`{"a":null}`, `{}`, false},
		{`{"a":"*"}`, `{"a":null}`, false},
		{`{"a":"x*z"}`, `{"a":"xyz"}`, true},
		{`{"a":"x*z"}`, `{"a":"xy"}`, false},
		{`{"a":"x.z"}`, `{"a":"xyz"}`, false},
		{`{"a":"{{v}}"}`, `{"a":"filled"}`, true},
		{`{"a":true}`, `{"a":"true"}`, true}, // told apart by nobody
		{`[1,2]`, `[1,2]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1,2]`, `[1,2,3]`, false},
		{`[1,"..."]`, `[1,2,3]`, true},
		{`["(any order)",1,2]`, `[2,1]`, true},
		{`["(any order)",1,2]`, `[2,3]`, false},
		{`{"a":"(guid)"}`, `{"a":"87d349ed-44d7-43e1-9a83-5f2406dee5bd"}`, true},
		{`{"a":"(guid)"}`, `{"a":"87d349ed"}`, false},
		{`{"a":"(time7)"}`, `{"a":"2026-02-02T04:22:45.9480566Z"}`, true},
		{`{"a":"(time7)"}`, `{"a":"2026-02-02T04:22:45Z"}`, false},
	} {
		var want, got any
		require.NoError(t, json.Unmarshal([]byte(tc.want), &want))
		require.NoError(t, json.Unmarshal([]byte(tc.got), &got))
		d := differ("", want, got, map[string]string{"v": "filled"})
		assert.Equal(t, tc.equal, d == "", "%s against %s: %s", tc.want, tc.got, d)
	}
}
