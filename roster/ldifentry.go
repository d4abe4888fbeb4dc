package roster

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/rollcall-go/rollcall/roster/internal/advalue"
)

func (s *ldifSource) next() (entry, error) {
	for {
		lines, err := s.block()
		if err == io.EOF {
			return entry{}, s.finish()
		}
		if err != nil {
			return entry{}, err
		}
		if isVersion(lines[:1]) {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			continue
		}
		if tail, err := s.tail(lines); tail || err != nil {
			if err != nil {
				return entry{}, err
			}
			continue
		}
		s.entries++
		return s.entry(lines)
	}
}

// finish returns io.EOF, or what is missing in the file.
func (s *ldifSource) finish() error {
	if s.expected > s.entries {
		return s.fail(s.line, fmt.Errorf("%w: ldapsearch says that it wrote %d entries, and the file holds %d; "+
			"export it anew", ErrIncomplete, s.expected, s.entries))
	}
	return io.EOF
}

var resultLine = regexp.MustCompile(`^result: ([0-9]+)`)

// tail reports whether lines are what ldapsearch writes behind the entries, with an
// error if that says that entries are missing.
func (s *ldifSource) tail(lines []ldifLine) (bool, error) {
	if isDN(lines[0].text) {
		return false, nil
	}
	is := strings.HasPrefix(lines[0].text, "search: ")
	for _, line := range lines {
		if found := resultLine.FindStringSubmatch(line.text); found != nil {
			is, s.result = true, true
			if found[1] != "0" {
				return true, s.fail(line.line, fmt.Errorf("%w: the search ended with result %s and not 0 (4 is the "+
					"server's size limit, 3 its time limit); search with pages (-E pr=500/noprompt)", ErrIncomplete, found[1]))
			}
		}
	}
	return is, nil
}

// entry returns the entry of its lines.
func (s *ldifSource) entry(lines []ldifLine) (entry, error) {
	e := &ldifEntry{file: s.file, first: lines[0].line, last: lines[len(lines)-1].end, at: map[string]int{}}
	what := ""
	switch {
	case strings.HasPrefix(Fold(lines[0].text), "ref:"):
		what = "a reference to another server"
	case !isDN(lines[0].text):
		e.fail(e.first, fmt.Errorf("%w: an entry must begin with a line \"dn: ...\"", ErrSyntax))
	}
	for _, line := range lines {
		if line.text == "-" || changes(line.text) {
			return entry{}, s.fail(line.line, fmt.Errorf("%w: this is LDIF of changes (changetype: modify, delete or "+
				"modrdn); export the entries themselves", ErrNotList))
		}
		e.addLine(line)
	}
	e.addStatus()
	return entry{line: e.first, lines: e.last - e.first + 1, what: cmp.Or(what, e.other()),
		values: e.values, unknown: e.unknown, err: e.err}, nil
}

// changes reports whether a line says that the entry is changed.
func changes(line string) bool {
	kind, ok := strings.CutPrefix(Fold(line), "changetype:")
	return ok && strings.TrimSpace(kind) != "add"
}

// An ldifEntry collects the values of an entry.
type ldifEntry struct {
	file        string
	first, last int // lines
	values      []namedValue
	at          map[string]int // by folded name
	unknown     []unknownValue
	err         *RowError // the first
}

func (e *ldifEntry) bad(line int, err error) *RowError {
	return &RowError{File: e.file, Line: line, RowLine: e.first, Lines: e.last - e.first + 1, Err: err}
}

func (e *ldifEntry) fail(line int, err error) {
	if e.err == nil {
		e.err = e.bad(line, err)
	}
}

// addLine adds the value of a line: "name: text", "name:: base64" or "name:< URL".
func (e *ldifEntry) addLine(line ldifLine) {
	name, text, ok := strings.Cut(line.text, ":")
	name = strings.TrimSpace(name)
	switch {
	case !ok || name == "":
		e.fail(line.line, fmt.Errorf("%w: this is no line of LDIF (name: value); a line that goes on must begin "+
			"with a space", ErrSyntax))
		return
	case Fold(name) == "changetype":
		return
	case strings.HasPrefix(text, "<"):
		e.miss(name, line.line, fmt.Errorf("%w: %q is in another file or place, and nothing is fetched from there; "+
			"export the list with the value itself", ErrIncomplete, Printable(name)))
		text = ""
	case strings.HasPrefix(text, ":"):
		text = e.decoded(name, line.line, strings.TrimSpace(text[1:]))
	default:
		text = strings.TrimLeft(text, " ")
	}
	name = e.ranged(name, line.line)
	if err := checkText(text, "export the list as UTF-8 or in base64"); err != nil {
		e.fail(line.line, err)
	}
	e.add(name, text)
}

func (e *ldifEntry) miss(name string, line int, err error) {
	e.unknown = append(e.unknown, unknownValue{name, e.bad(line, err)})
}

// add adds a value. An empty one is none if there are others.
func (e *ldifEntry) add(name, text string) {
	i, has := e.at[canonical(name)]
	if !has {
		i = len(e.values)
		e.at[canonical(name)] = i
		e.values = append(e.values, namedValue{name: name})
	}
	v := &e.values[i]
	switch {
	case len(v.texts) == 1 && v.texts[0] == "":
		v.texts[0] = text
	case text != "" || len(v.texts) == 0:
		v.texts = append(v.texts, text)
	}
}

// decoded returns the text of a value in base64. One that is no text stays so.
func (e *ldifEntry) decoded(name string, line int, text string) string {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		e.fail(line, fmt.Errorf("%w: the value of %q is no base64; export the list anew", ErrSyntax, Printable(name)))
		return ""
	}
	if known, ok := advalue.Text(name, data); ok {
		return known
	}
	if checkText(string(data), "") != nil {
		return text
	}
	return string(data)
}

var rangeOption = regexp.MustCompile(`(?i)^(.+);range=[0-9]+-([0-9]+|\*)$`)

// ranged returns a name without its range, of which only the last, "1500-*", shows
// that all values are there.
func (e *ldifEntry) ranged(name string, line int) string {
	found := rangeOption.FindStringSubmatch(name)
	if found == nil {
		return name
	}
	if found[2] != "*" {
		e.miss(found[1], line, fmt.Errorf("%w: the server gave only a part of the values of %q (range); "+
			"ask it for the rest", ErrIncomplete, Printable(found[1])))
	}
	return found[1]
}

// value returns the values of an attribute.
func (e *ldifEntry) value(name string) ([]string, bool) {
	i, has := e.at[name]
	if !has {
		return nil, false
	}
	return e.values[i].texts, true
}

// addStatus adds accountEnabled, which userAccountControl says in one of its bits.
func (e *ldifEntry) addStatus() {
	texts, has := e.value("useraccountcontrol")
	if _, own := e.value("accountenabled"); !has || own {
		return
	}
	e.add("accountEnabled", advalue.AccountEnabled(texts[0]))
}

// noAccounts are the object classes, folded, of entries that are no accounts.
var noAccounts = map[string]bool{"computer": true, "contact": true, "group": true, "groupofnames": true,
	"groupofuniquenames": true, "organizationalunit": true, "organization": true, "container": true, "dcobject": true,
	"domain": true, "domaindns": true, "builtindomain": true, "organizationalrole": true, "printqueue": true}

// otherClass returns what an entry of that class is, if it is no account, and else "".
func otherClass(class string) string {
	if class = canonical(class); noAccounts[class] {
		return "an entry of class " + class
	}
	return ""
}

// other returns what the entry is, if it is no account, and else "".
func (e *ldifEntry) other() string {
	classes, _ := e.value("objectclass")
	for _, class := range classes {
		if what := otherClass(class); what != "" {
			return what
		}
	}
	return ""
}
