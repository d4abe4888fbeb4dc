package assign

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	textWidth = 80 // columns of a terminal that nobody widened
	textRows  = 20 // of a list; the rest is counted
)

// A printer writes text for people and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// count writes a line of a summary, unless there is nothing to say.
func (p *printer) count(n int, what string) {
	if n != 0 {
		p.line("%8d  %s", n, what)
	}
}

// table writes the first rows of a list of total under its title, cut to the
// width of a terminal.
func (p *printer) table(title string, header []string, rows [][]string, total int) {
	if total == 0 {
		return
	}
	p.line("\n%s", title)
	all := append([][]string{header}, rows...)
	for _, row := range all {
		for i, cell := range row {
			row[i] = printable(cell)
		}
	}
	widths := columnWidths(all)
	for _, row := range all {
		text := ""
		for i, cell := range row {
			cell = shorten(cell, widths[i])
			text += "  " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		}
		p.line("%s", strings.TrimRight(text, " "))
	}
	if more := total - len(rows); more > 0 {
		p.line("  … and %d more", more)
	}
}

// columnWidths takes from the widest column until a line fits.
func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for {
		total, widest := 0, 0
		for i, width := range widths {
			total += 2 + width
			if width > widths[widest] {
				widest = i
			}
		}
		if total <= textWidth {
			return widths
		}
		widths[widest] -= min(total-textWidth, max(1, widths[widest]/8))
	}
}

func shorten(cell string, width int) string {
	if utf8.RuneCountInString(cell) <= width {
		return cell
	}
	return string([]rune(cell)[:width-1]) + "…"
}

// printable keeps a name out of the terminal's controls.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
