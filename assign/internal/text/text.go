// Package text writes reports for people: sentences, counts and tables that fit a
// terminal of 80 columns.
package text

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rows is the number of rows of a list that are shown; the others are counted.
const Rows = 20

const (
	lineWidth = 80 // columns of a terminal that nobody widened
	lastWidth = 34 // columns that a table's last column gets at least, if it needs them
)

// A Printer writes text to W for people and keeps the first error.
type Printer struct {
	W   io.Writer
	Err error
}

// Line writes one line as it is.
func (p *Printer) Line(text string) {
	if p.Err == nil {
		_, p.Err = io.WriteString(p.W, text+"\n")
	}
}

// Prose writes a sentence, over several lines if it must be.
func (p *Printer) Prose(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), lineWidth) {
		p.Line(line)
	}
}

// Count writes a line of a summary, unless there is nothing to say.
func (p *Printer) Count(n int, what string) {
	if n != 0 {
		p.Line(fmt.Sprintf("%8d  %s", n, what))
	}
}

// Table writes the first rows of a list of total under its title. Its last
// column is wrapped and the others are cut where a terminal is too narrow.
func (p *Printer) Table(title string, header []string, rows [][]string, total int) {
	if total == 0 {
		return
	}
	p.Line("")
	p.Line(title)
	all := append([][]string{header}, rows...)
	for _, row := range all {
		for i, cell := range row {
			row[i] = Printable(cell)
		}
	}
	widths := columnWidths(all)
	for _, row := range all {
		p.row(row, widths)
	}
	if more := total - len(rows); more > 0 {
		p.Line(fmt.Sprintf("  … and %d more", more))
	}
}

func (p *Printer) row(row []string, widths []int) {
	last := len(row) - 1
	text := ""
	for i, cell := range row[:last] {
		cell = shorten(cell, widths[i])
		text += "  " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(text))
	for i, part := range wrap(row[last], widths[last]) {
		if i > 0 {
			text = indent
		}
		p.Line(strings.TrimRight(text+"  "+part, " "))
	}
}

// columnWidths takes from the last column as long as it has more than it must
// get, and then from the widest, until a line fits.
func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	last := len(widths) - 1
	excess := 2*len(widths) - lineWidth
	for _, width := range widths {
		excess += width
	}
	if give := min(excess, widths[last]-lastWidth); give > 0 {
		widths[last] -= give
		excess -= give
	}
	for ; excess > 0; excess-- {
		widest := 0
		for i, width := range widths {
			if width > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
	}
	return widths
}

// wrap parts text into lines of at most width, at spaces where there are some.
func wrap(text string, width int) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > width {
		at := width
		for at > 0 && rest[at] != ' ' {
			at--
		}
		if at == 0 {
			at = width
		}
		lines = append(lines, strings.TrimRight(string(rest[:at]), " "))
		rest = []rune(strings.TrimLeft(string(rest[at:]), " "))
	}
	return append(lines, string(rest))
}

func shorten(cell string, width int) string {
	if utf8.RuneCountInString(cell) <= width {
		return cell
	}
	return string([]rune(cell)[:width-1]) + "…"
}

// Printable keeps a name from commanding the terminal.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// Plural returns n with the word for one or for many.
func Plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}
