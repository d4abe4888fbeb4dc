// Package text writes reports for people: sentences, counts and tables that fit a
// terminal of 80 columns.
package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/roster"
)

const (
	MaxRows   = 20 // rows of a list that are shown; the others are counted
	lineWidth = 80 // characters; the usual width of a terminal
	lastWidth = 34 // characters that a table's last column gets at least, if it needs them
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

// Prose writes a sentence, on several lines if it is long.
func (p *Printer) Prose(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), lineWidth) {
		p.Line(line)
	}
}

// Count writes a line of a summary, and nothing if n is 0.
func (p *Printer) Count(n int, what string) {
	if n != 0 {
		p.Line(fmt.Sprintf("%8d  %s", n, what))
	}
}

// Table writes a list of n rows under its title, and nothing if n is 0. It asks
// row for the first 20 of them and counts the others. Its last column is
// wrapped and the others are cut where a line would be too long.
func (p *Printer) Table(title string, header []string, n int, row func(i int) []string) {
	if n == 0 {
		return
	}
	p.Line("")
	p.Line(title)
	rows := [][]string{header}
	for i := range min(n, MaxRows) {
		cells := row(i)
		for j, cell := range cells {
			cells[j] = roster.Printable(cell)
		}
		rows = append(rows, cells)
	}
	widths := columnWidths(rows)
	for _, cells := range rows {
		p.row(cells, widths)
	}
	if more := n - MaxRows; more > 0 {
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

// columnWidths returns widths with which a line fits: the last column is made
// narrower first, down to lastWidth, and then the widest ones.
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

// Plural returns n with the word for one or for many.
func Plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}
