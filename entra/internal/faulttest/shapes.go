package faulttest

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A shape is what requests have in common that differ in ids and values only: method
// and path, the query options, and the headers that say what is asked for.
type shape struct{ kind, options, headers string }

func (s shape) String() string { return s.kind + " | " + s.options + " | " + s.headers }

// shapes are those of all requests so far, with the properties that were selected,
// filtered by or sent.
var shapes = struct {
	sync.Mutex
	names map[shape]map[string]bool
}{names: map[shape]map[string]bool{}}

// Record returns a transport that notes the shapes of requests, those in batches too.
func Record(next http.RoundTripper) http.RoundTripper { return recording{next} }

type recording struct{ next http.RoundTripper }

func (t recording) RoundTrip(r *http.Request) (*http.Response, error) {
	body := readBody(r)
	note(r.Method, r.URL.Path, r.URL.Query(), r.Header, body)
	if strings.HasSuffix(r.URL.Path, "/$batch") {
		noteItems(body)
	}
	return t.next.RoundTrip(r)
}

func noteItems(body []byte) {
	var batch struct{ Requests []batchStep }
	_ = json.Unmarshal(body, &batch)
	for _, step := range batch.Requests {
		header := http.Header{}
		for name, value := range step.Headers {
			header.Set(name, value)
		}
		if target, err := url.Parse(step.URL); err == nil {
			note(step.Method, target.Path, target.Query(), header, step.Body)
		}
	}
}

// note notes one request. Links to further pages are the service's own.
func note(method, path string, query url.Values, header http.Header, body []byte) {
	if query.Has("$skiptoken") {
		return
	}
	s := shape{kind: template(method, path), headers: "-"}
	var names []string
	for name, values := range query {
		option := name
		switch name {
		case "$select", "$orderby":
			names = append(names, strings.Split(values[0], ",")...)
		case "$filter":
			names = append(names, filtered(values[0])...)
		case "$expand", "$count":
			option += "=" + values[0]
		}
		s.options += " " + option
	}
	s.options = cmp.Or(strings.Join(slices.Sorted(strings.FieldsSeq(s.options)), " "), "-")
	s.headers = cmp.Or(strings.Join(telling(header), " "), "-")
	var sent any
	_ = json.Unmarshal(body, &sent)
	if !strings.HasSuffix(path, "/$batch") {
		names = append(names, keys("", sent)...)
	}
	shapes.Lock()
	defer shapes.Unlock()
	if shapes.names[s] == nil {
		shapes.names[s] = map[string]bool{}
	}
	for _, name := range names {
		shapes.names[s][name] = true
	}
}

var key = regexp.MustCompile(`\((\w+)='[^)]*'\)`)

func template(method, path string) string {
	path = strings.TrimPrefix(path, "/v1.0")
	return method + " " + idInPath.ReplaceAllString(key.ReplaceAllString(path, "($1='{key}')"), "/{id}")
}

// telling returns the headers that change what a request means.
func telling(header http.Header) (all []string) {
	for _, name := range []string{"Accept", "ConsistencyLevel", "Content-Type", "If-Match", "Prefer"} {
		value, _, _ := mime.ParseMediaType(header.Get(name))
		if value != "" && value != "application/json" {
			all = append(all, name+": "+value)
		}
	}
	return all
}

var (
	literal    = regexp.MustCompile(`'(?:[^']|'')*'`)
	lambda     = regexp.MustCompile(`([\w/]+)/any\(\w+:\w+/`) // whose body is about a property
	comparison = regexp.MustCompile(`([A-Za-z][\w/]+)(?: (?:eq|ne|in|ge|le|gt|lt)\b|/any\()|\((\w+),`)
)

// filtered returns the properties that a filter speaks of.
func filtered(filter string) (names []string) {
	filter = strings.ReplaceAll(literal.ReplaceAllString(filter, "''"), "/$count", "")
	filter = lambda.ReplaceAllString(filter, "$1/")
	for _, found := range comparison.FindAllStringSubmatch(filter, -1) {
		names = append(names, cmp.Or(found[1], found[2]))
	}
	return names
}

// keys returns the properties of a body, with those inside it. What names its own
// type is begun anew: "accessReviewQueryScope!query".
func keys(prefix string, v any) (names []string) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			names = append(names, keys(prefix, element)...)
		}
	case map[string]any:
		if kind, ok := v["@odata.type"].(string); ok {
			prefix = strings.TrimPrefix(kind, "#microsoft.graph.") + "!"
		}
		for name, value := range v {
			if strings.Contains(name, "@") {
				continue
			}
			names = append(names, prefix+name+":"+kindOfValue(value))
			names = append(names, keys(prefix+name+"/", value)...)
		}
	}
	return names
}

// kindOfValue returns what metadata.txt calls a value's kind; "?" for null.
func kindOfValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "?"
	case bool:
		return "b"
	case float64:
		return "n"
	case map[string]any:
		return "o"
	case []any:
		if len(v) == 0 {
			return "[]?"
		}
		return "[]" + kindOfValue(v[0])
	}
	return ""
}

var updateShapes = flag.Bool("update-requests", false,
	"write testdata/requests.txt anew, with ? where a page is wanted")

// RunAndCompare runs the tests, and compares the shapes of the requests that they
// sent with testdata/requests.txt, which names the page that each follows. A shape
// without a page fails, and so does, if all tests ran, a line that nothing sends.
func RunAndCompare(m *testing.M, metadata string) (code int) {
	if code = m.Run(); code != 0 {
		return code
	}
	table, err := readRequests("testdata/requests.txt")
	types, err2 := readTypes(metadata)
	if err = cmp.Or(err, err2); err != nil {
		fmt.Println(err)
		return 1
	}
	all := true
	for _, part := range []string{"test.run", "test.skip", "test.list"} {
		all = all && flag.Lookup(part).Value.String() == ""
	}
	if *updateShapes {
		return exitCode(table.write("testdata/requests.txt"))
	}
	return exitCode(table.compare(types, all))
}

func exitCode(err error) int {
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// A page is what a line says about a shape: the type whose properties are sent,
// selected or filtered by, how sure it is, and which page shows it.
type page struct{ kind, mark, url string }

type requests map[shape]page

func readRequests(file string) (requests, error) {
	text, err := os.ReadFile(file)
	table := requests{}
	for line := range strings.Lines(string(text)) {
		c := strings.Split(strings.TrimSpace(line), " | ")
		if strings.HasPrefix(line, "#") || len(c) != 6 {
			continue
		}
		for i := range c {
			c[i] = strings.TrimSpace(c[i])
		}
		table[shape{c[0], c[1], c[2]}] = page{c[3], c[4], c[5]}
	}
	return table, err
}

// compare returns an error with one line for whatever does not fit.
func (t requests) compare(types map[string]map[string]string, all bool) error {
	var wrong []string
	for s, names := range shapes.names {
		page, known := t[s]
		if !known || !slices.Contains([]string{"V", "S", "believed"}, page.mark) || !strings.HasPrefix(page.url, "https://") {
			wrong = append(wrong, "no page is named for the request "+s.String())
		}
		for name := range names {
			if known && !has(types, page.kind, name) {
				wrong = append(wrong, fmt.Sprintf("%s: %s has no such property, or of another kind: %s", s, page.kind, name))
			}
		}
	}
	for s := range t {
		if all && shapes.names[s] == nil {
			wrong = append(wrong, "no test sends the request "+s.String())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("testdata/requests.txt:\n%s", strings.Join(wrong, "\n"))
}

func (t requests) write(file string) error {
	text, err := os.ReadFile(file)
	var lines []string
	for s := range shapes.names {
		p := t[s]
		lines = append(lines, strings.Join([]string{s.String(), cmp.Or(p.kind, "?"), cmp.Or(p.mark, "?"),
			cmp.Or(p.url, "?")}, " | ")+"\n")
	}
	slices.Sort(lines)
	head := strings.Builder{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			head.WriteString(line)
		}
	}
	return cmp.Or(err, os.WriteFile(file, []byte(head.String()+strings.Join(lines, "")), 0o644))
}

// readTypes reads the properties of types: "user: city employeeOrgData=employeeOrgData".
func readTypes(file string) (map[string]map[string]string, error) {
	text, err := os.ReadFile(file)
	types := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, properties, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if types[name] == nil {
			types[name] = map[string]string{}
		}
		for property := range strings.FieldsSeq(properties) {
			property, kind, _ := strings.Cut(property, "=")
			types[name][property] = kind
		}
	}
	return types, err
}

// has reports whether a type, or one of several as in "user+group", has the property
// at the end of a path, and of the kind that was sent, if one was. Directory extensions are not in the metadata.
func has(types map[string]map[string]string, kind, path string) bool {
	if kind, others, several := strings.Cut(kind, "+"); several {
		return has(types, kind, path) || has(types, others, path)
	}
	path, sent, typed := strings.Cut(path, ":")
	if own, rest, ok := strings.Cut(path, "!"); ok {
		kind, path = own, rest
	}
	if kind == "user" && strings.HasPrefix(path, "extension_") {
		return true
	}
	for name := range strings.SplitSeq(path, "/") {
		next, ok := types[strings.TrimPrefix(kind, "[]")][name]
		if !ok {
			return false
		}
		kind = next
	}
	return !typed || fits(kind, sent)
}

func fits(kind, sent string) bool {
	of, list := strings.CutPrefix(kind, "[]")
	sentOf, sentList := strings.CutPrefix(sent, "[]")
	if sent != "?" && list != sentList {
		return false
	}
	isObject := of != "" && of != "b" && of != "n"
	return sentOf == "?" || sentOf == of || sentOf == "o" && isObject
}
