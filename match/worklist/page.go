package worklist

import (
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"strconv"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageStyle string
	//go:embed pagecsv.js
	pageCSV string
	//go:embed page.js
	pageRows string
	//go:embed pagechoices.js
	pageChoices string
	//go:embed pagefilters.js
	pageFilters string
	//go:embed pagefile.js
	pageFile string
)

// foldAfter is the number of causes that the page shows before it folds the others away,
// and mostListed how many lines its lists of solved rows and of decisions have at most.
const (
	foldAfter  = 8
	mostListed = 500
)

// WriteHTML writes the list as one page for the application's owner, which needs no
// network and asks for none: the run as a picture, the causes, and the rows with their
// candidates, to search, to filter and to decide about. It saves the decisions as a
// file for [ReadDecisions], and reads such a file to go on with it; nothing else keeps
// them. Whatever stands in the list is shown as text, and what nobody would see as
// [roster.Printable] shows it. An error is w's, or that of a date after the year 9999.
func (l *List) WriteHTML(w io.Writer) error {
	data, err := json.Marshal(pageData{l.Application, l.Facts, l.Causes, l.Rows})
	if err != nil {
		return err
	}
	script := pageCSV + pageRows + pageChoices + pageFilters + pageFile
	return page.Execute(w, map[string]any{
		"List":    l,
		"Picture": l.picture(),
		"Causes":  l.pageCauses(),
		"Policy":  policy(pageStyle, script),
		"Style":   template.CSS(pageStyle),
		"Script":  template.JS(script),
		"Data":    template.JS(roster.PrintableJSON(data)), // Marshal escapes <, > and &
	})
}

// pageData is what the page's script reads.
type pageData struct {
	Application string   `json:"application"`
	Facts       []string `json:"facts"`
	Causes      []Cause  `json:"causes"`
	Rows        []Row    `json:"rows"`
}

// policy forbids the page everything but its own style and script.
// https://www.w3.org/TR/CSP3/
func policy(style, script string) string {
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// pageCauses returns the causes as the page shows them: those in sight, and the others.
func (l *List) pageCauses() [2][]pageCause {
	var both [2][]pageCause
	for i, c := range l.Causes {
		p := pageCause{Cause: c, Index: i, Color: causeColor(i), Solved: max(0, c.Before+c.New-c.Count)}
		if c.Example >= 0 && c.Example < len(l.Rows) {
			p.Row = l.Rows[c.Example]
		}
		fold := 0
		if i >= foldAfter {
			fold = 1
		}
		both[fold] = append(both[fold], p)
	}
	return both
}

type pageCause struct {
	Cause
	Index  int
	Color  string
	Row    Row // the example
	Solved int // rows of the earlier list
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"text":    roster.Printable,
	"number":  number,
	"counted": counted,
	"day":     func(t time.Time) string { return t.UTC().Format("2 January 2006") },
	"where":   func(w Where) string { return places[w] },
	"apart":   func(g Group) string { return apart[g] },
	"first":   func(n int) int { return min(n, mostListed) },
	"minus":   func(a, b int) int { return a - b },
	"share":   share,
}).Parse(pageHTML))

var places = map[Where]string{
	InRule:        "matching rule",
	InApplication: "application",
	InDirectory:   "directory",
	InList:        "export of the list",
}

// apart are the groups of rows that were not looked up, and not found missing.
var apart = map[Group]string{NotAsked: "not asked", NotRead: "not read"}

// number writes 40000 as 40,000.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a number of things.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return number(n) + " " + thing
}

// share says how many percent n is of all, and never 0% or 100% of what is neither.
func share(n, all int) string {
	switch percent := 100 * float64(n) / float64(max(1, all)); {
	case n > 0 && percent < 1:
		return "under 1%"
	case n < all && percent > 99:
		return "over 99%"
	default:
		return strconv.Itoa(int(percent+0.5)) + "%"
	}
}
