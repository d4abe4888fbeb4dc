package worklist

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/roster"
)

const (
	width = 76 // of WriteText's lines, as in match.Report.WriteText
	shown = 20 // causes and rows that WriteText shows
)

// WriteText prints the list for people: what became of all rows, the causes, and the
// most urgent rows. Lines fit 76 columns. The error is w's.
func (l *List) WriteText(w io.Writer) error {
	p := &printer{}
	l.writeHead(p)
	l.writeCauses(p)
	l.writeRows(p)
	l.writeChanges(p)
	_, err := w.Write(p.Bytes())
	return err
}

// A printer writes text that fits the width.
type printer struct{ bytes.Buffer }

// line writes a line, and the rest of it below its indent where it is too long.
func (p *printer) line(indent, format string, args ...any) {
	text := roster.Printable(fmt.Sprintf(format, args...))
	rest := strings.Repeat(" ", utf8.RuneCountInString(indent))
	for _, line := range wrap(text, width-utf8.RuneCountInString(indent)) {
		p.WriteString(strings.TrimRight(indent+line, " ") + "\n")
		indent = rest
	}
}

// wrap divides a text into lines of at most n characters, between words if it can.
func wrap(text string, n int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > n {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:n])), string(runes[n:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (l *List) writeHead(p *printer) {
	c := l.Counts
	title := "Worklist"
	if name := cmp.Or(l.Application, l.Roster); name != "" {
		title += " of " + name
	}
	if !l.Made.IsZero() {
		title += ", " + l.Made.UTC().Format(time.DateOnly)
	}
	p.line("", "%s", title)
	p.line("", "%s: %d matched, %d decided, %s to nobody, %d open.", plural(c.Rows, "row", "rows"), c.Matched, c.Decided,
		plural(c.Nobody, "belongs", "belong"), c.Open)
	if c.Open > 0 {
		groups := l.groups()
		p.line("", "Open: nobody was found for %d, %d had nothing to look up, and nothing is known of %d.",
			groups[NotFound], groups[NotAsked], groups[NotRead])
	}
	if c.Unread > 0 {
		p.line("", "%s could not be read, each of which may be an account.", plural(c.Unread, "line", "lines"))
	}
	if c.Unanswered > 0 {
		p.line("", "%s for users whom rows resemble failed, so that less is known of the causes.",
			plural(c.Unanswered, "query", "queries"))
	}
	if c.NotAccounts > 0 {
		p.line("", "%s no accounts.", plural(c.NotAccounts, "line is", "lines are"))
	}
	if c.Disabled > 0 {
		p.line("", "%s blocked from sign-in.", plural(c.Disabled, "user with a row is", "users with a row are"))
	}
	if c.Assigned >= 0 {
		p.line("", "%s a role of the application now.", plural(c.Assigned, "user holds", "users hold"))
	}
}

// groups returns the number of rows by how much is known of them.
func (l *List) groups() map[Group]int {
	groups := make(map[Group]int)
	for _, c := range l.Causes {
		groups[c.Group] += c.Count
	}
	return groups
}

func (l *List) writeCauses(p *printer) {
	if len(l.Causes) == 0 {
		return
	}
	p.WriteString("\nCauses\n")
	digits := len(fmt.Sprint(l.Counts.Open))
	indent := strings.Repeat(" ", digits+2)
	for _, c := range l.Causes[:min(shown, len(l.Causes))] {
		p.line(fmt.Sprintf("%*d  ", digits, c.Count), "%s%s", c.Text, l.sinceText(c))
		p.line(indent, "%s (%s)", c.Act, c.Where)
		if r := l.Rows[c.Example]; r.Unread != "" {
			p.line(indent, "Such as line %d: %s", r.Line, shorten(r.Unread))
		} else {
			p.line(indent, "Such as %s in line %d.", shorten(fmt.Sprintf("%q", r.name())), r.Line)
		}
	}
	if more := l.Causes[min(shown, len(l.Causes)):]; len(more) > 0 {
		rows := 0
		for _, c := range more {
			rows += c.Count
		}
		p.line("", "and %s with %s", plural(len(more), "more cause", "more causes"), plural(rows, "row", "rows"))
	}
}

// sinceText says how a cause has changed since the earlier list.
func (l *List) sinceText(c Cause) string {
	if l.Since.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (%d before, %d new)", c.Before, c.New)
}

// shorten cuts a text that a line has no room for.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func (l *List) writeRows(p *printer) {
	if len(l.Rows) == 0 {
		return
	}
	p.WriteString("\nThe most urgent rows\n")
	texts := make(map[string]string)
	for _, c := range l.Causes {
		texts[c.ID] = c.Text
	}
	for _, r := range l.Rows[:min(shown, len(l.Rows))] {
		known := append([]string{shorten(r.name()), texts[r.Cause]}, r.state()...)
		p.line(fmt.Sprintf("%7d  ", r.Line), "%s", strings.Join(known, "; "))
		for _, c := range r.Candidates[:min(1, len(r.Candidates))] {
			p.line("         ", "%s", c.Why)
		}
	}
	if more := len(l.Rows) - shown; more > 0 {
		p.line("", "and %d more", more)
	}
}

// state says what is to be known of a row before its cause.
func (r *Row) state() (list []string) {
	if r.Privileged {
		list = append(list, "privileged")
	}
	if r.Inactive {
		list = append(list, "not in use")
	}
	if r.Guess != "" {
		list = append(list, "perhaps "+r.Guess)
	}
	if r.New {
		list = append(list, "new")
	}
	if r.Repeats > 0 {
		list = append(list, fmt.Sprintf("repeats line %d", r.Repeats))
	}
	if len(r.Others) > 0 {
		list = append(list, "other accounts: "+strings.Join(r.Others, ", "))
	}
	if r.Decision != nil {
		list = append(list, "decided: "+string(r.Decision.Act))
	}
	return list
}

func (l *List) writeChanges(p *printer) {
	if !l.Since.IsZero() {
		added := 0
		for _, c := range l.Causes {
			added += c.New
		}
		p.line("", "")
		p.line("", "Since %s: %d new, %d solved, %d still open.", l.Since.UTC().Format(time.DateOnly), added, len(l.Solved),
			len(l.Rows)-added)
		if n := l.Counts.Unseen; n > 0 {
			p.line("", "%s not in this list, but it was not read whole.", plural(n, "earlier row is", "earlier rows are"))
		}
	}
	if len(l.Stale) > 0 {
		p.WriteString("\nDecisions to look at again\n")
	}
	for _, s := range l.Stale[:min(shown, len(l.Stale))] {
		p.line("  ", "%s: %s", shorten(s.Account), s.Because)
	}
	if more := len(l.Stale) - shown; more > 0 {
		p.line("", "and %d more", more)
	}
}
