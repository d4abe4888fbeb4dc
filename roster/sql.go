package roster

import (
	"database/sql"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// FromSQL returns a roster whose rows are a query's answer; name is a name for
// messages. Nothing is fetched before [Reader.Rows] is ranged over, which closes
// rows at its end. A caller who may return before that closes rows with a defer.
//
// Values become text: NULL is empty, numbers are in full (1000000, not 1e+06),
// times are in RFC 3339, bytes are text. A value that is not text, such as a
// binary GUID, is a [*RowError] with the number of its row and column. Columns whose
// names are empty or equal can't be asked for; give them others with AS. The query's own
// failure is the last pair, a [*ReadError].
func FromSQL(name string, rows *sql.Rows) (*Reader, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, &ReadError{File: name, Err: err}
	}
	header, err := NewHeader(name, columns)
	if err != nil {
		return nil, err
	}
	return FromRows(header, sqlRows(header, rows)), nil
}

func sqlRows(header *Header, rows *sql.Rows) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		defer rows.Close()
		values := make([]any, len(header.names))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		line := 0
		for rows.Next() {
			line++
			if err := rows.Scan(targets...); err != nil {
				yield(Row{}, &ReadError{File: header.file, Line: line, Err: err})
				return
			}
			if !yield(sqlRow(header, line, values)) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			stopped := fmt.Errorf("the query stopped here: %w", err)
			yield(Row{}, &ReadError{File: header.file, Line: line + 1, Err: stopped})
		}
	}
}

// sqlRow returns the row of scanned values, with a *RowError for the first that isn't text.
func sqlRow(header *Header, line int, values []any) (Row, error) {
	fields := make([]string, len(values))
	var bad error
	for i, value := range values {
		fields[i] = sqlText(value)
		if strings.Contains(fields[i], lost) {
			header.addDoubt(line, lostDoubt)
		}
		if err := checkText(fields[i], "convert it to text in the query"); err != nil && bad == nil {
			bad = &RowError{File: header.file, Line: line, Column: i + 1, RowLine: line, Lines: 1, Err: err}
		}
	}
	return NewRow(header, line, fields), bad
}

// sqlText returns the text of a value as database/sql scans it.
func sqlText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}
