// Package exchange holds what Microsoft Graph was seen to answer, or is said to, as
// plain HTTP exchanges with their sources, and sends them to any Graph. README.md says
// how an exchange is written.
package exchange

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An Exchange is one request with the answer that Graph gives.
type Exchange struct {
	Place  string // file:line
	Fact   string // what it shows, as a sentence
	Source string
	Marks  []string            // verified, relied or believed, and setup, fake
	Token  []string            // app or user, and permissions; nil = all that there are
	Let    map[string]string   // variable: JSON pointer into the answer
	Each   map[string][]string // variable: values that it is sent with

	Method, Target string
	Header         http.Header
	Body           string

	Status     int
	WantHeader map[string]string
	Want       any
}

// A File is a file of exchanges. They are sent in order.
type File struct {
	Name      string // without .http
	Exchanges []*Exchange
}

//go:embed *.http
var texts embed.FS

// Files returns all exchanges by their files, in the order of the files' names.
func Files() ([]File, error) {
	entries, err := texts.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		text, err := texts.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		list, err := parse(e.Name(), string(text))
		if err != nil {
			return nil, err
		}
		files = append(files, File{strings.TrimSuffix(e.Name(), path.Ext(e.Name())), list})
	}
	return files, nil
}

// Is reports whether the exchange carries a mark.
func (x *Exchange) Is(mark string) bool { return slices.Contains(x.Marks, mark) }

// Standings are what facts rest on, the strongest first: an answer of the service that
// somebody kept, Microsoft's pages, a client of many users that expects it, memory or
// analogy.
var Standings = []string{"recorded", "documented", "relied upon", "believed"}

// Standing returns what the fact rests on, one of [Standings], or "" for a setup.
func (x *Exchange) Standing() string {
	switch {
	case x.Is("setup"):
		return ""
	case x.Is("relied"):
		return "relied upon"
	case x.Is("believed"):
		return "believed"
	case containsAny(x.Source, "/issues/", "/answers/", "/recordings", "pasted"):
		return "recorded"
	case containsAny(x.Source, "https://learn.microsoft.com/", "https://docs.oasis-open.org/",
		"https://github.com/microsoftgraph/microsoft-graph-"):
		return "documented"
	}
	return "relied upon" // a client's code or manual
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// parse reads a file of exchanges.
func parse(name, text string) ([]*Exchange, error) {
	var list []*Exchange
	line := 1
	for i, part := range strings.Split("\n"+text, "\n### ") {
		if i > 0 {
			x, err := parseOne(part)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, line, err)
			}
			x.Place = fmt.Sprintf("%s:%d", name, line)
			list = append(list, x)
		}
		line += strings.Count(part, "\n")
		if i > 0 {
			line++
		}
	}
	return list, nil
}

func parseOne(text string) (*Exchange, error) {
	x := &Exchange{Let: map[string]string{}, Each: map[string][]string{}, Header: http.Header{}, WantHeader: map[string]string{}}
	asked, answered, ok := strings.Cut(text, "\nHTTP ")
	if !ok {
		return nil, fmt.Errorf("no line HTTP with the expected status")
	}
	lines := strings.Split(asked, "\n")
	x.Fact, lines = lines[0], lines[1:]
	for len(lines) > 0 && strings.HasPrefix(lines[0], "# ") {
		if err := x.comment(lines[0][2:]); err != nil {
			return nil, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("no request")
	}
	x.Method, x.Target, ok = strings.Cut(lines[0], " ")
	if !ok {
		return nil, fmt.Errorf("%q is not a method and a target", lines[0])
	}
	rest := headers(lines[1:], func(name, value string) { x.Header.Set(name, value) })
	x.Body = strings.TrimSpace(strings.Join(rest, "\n"))
	return x, x.answer(strings.Split(answered, "\n"))
}

func (x *Exchange) comment(s string) error {
	if slices.Contains([]string{"verified", "relied", "believed", "setup", "fake"}, s) {
		x.Marks = append(x.Marks, s)
		return nil
	}
	name, value, _ := strings.Cut(s, " ")
	switch name {
	case "source":
		x.Source = value
	case "token":
		x.Token = strings.Fields(value)
		if len(x.Token) < 2 || x.Token[0] != "app" && x.Token[0] != "user" {
			return fmt.Errorf("%q is not app or user, and permissions", value)
		}
	case "let":
		variable, pointer, _ := strings.Cut(value, " = ")
		x.Let[variable] = pointer
	case "each":
		variable, values, _ := strings.Cut(value, " = ")
		x.Each[variable] = strings.Split(values, " | ")
	default:
		return fmt.Errorf("unknown comment %q", s)
	}
	return nil
}

func headers(lines []string, set func(name, value string)) (rest []string) {
	for i, l := range lines {
		name, value, ok := strings.Cut(l, ": ")
		if !ok || strings.HasPrefix(l, "{") {
			return lines[i:]
		}
		set(name, value)
	}
	return nil
}

func (x *Exchange) answer(lines []string) (err error) {
	if x.Status, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		return err
	}
	set := func(name, value string) { x.WantHeader[name] = value }
	rest := strings.TrimSpace(strings.Join(headers(lines[1:], set), "\n"))
	if rest == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(rest))
	d.UseNumber()
	if err := d.Decode(&x.Want); err != nil {
		return fmt.Errorf("the expected body is not JSON: %w", err)
	}
	return nil
}
