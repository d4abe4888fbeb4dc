package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
