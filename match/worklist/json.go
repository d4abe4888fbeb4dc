package worklist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/rollcall-go/rollcall/roster"
)

// listVersion is the version of a list's JSON form. If the fields change their
// meaning, so must it.
const (
	listKind    = "rollcall worklist"
	listVersion = 1
)

// listFile is the JSON form of a list.
type listFile struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	*List
}

// ErrList says that a file is no worklist that can be used.
var ErrList = errors.New("this can't be used as a worklist")

// WriteJSON writes the list as one JSON object, which [DecodeList] reads back. The
// error is w's.
func (l *List) WriteJSON(w io.Writer) error {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if err := out.Encode(listFile{listKind, listVersion, l}); err != nil {
		return err
	}
	_, err := w.Write(roster.PrintableJSON(text.Bytes()))
	return err
}

// maxList is the greatest size of a list in bytes.
const maxList = 1 << 30

// DecodeList reads what [List.WriteJSON] wrote, such as the list of an earlier run for
// Options.Before. Another kind or version, a field that is not known, and a list whose
// counts are not those of its rows are refused with an error that wraps [ErrList].
func DecodeList(r io.Reader) (*List, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxList {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrList, maxList)
	}
	var what struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &what); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if what.Kind != listKind || what.Version != listVersion {
		return nil, fmt.Errorf("%w: its kind is %q and its version %d; want %q and %d", ErrList, what.Kind, what.Version,
			listKind, listVersion)
	}
	file := listFile{List: new(List)}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if err := file.check(); err != nil {
		return nil, err
	}
	return file.List, nil
}

// check refuses a list that contradicts itself.
func (l *List) check() error {
	counts := make(map[string]int)
	for i, r := range l.Rows {
		counts[r.Cause]++
		if len(r.Values) != len(l.Facts) {
			return fmt.Errorf("%w: row %d has %d values for %d facts", ErrList, i+1, len(r.Values), len(l.Facts))
		}
	}
	rows := 0
	for _, c := range l.Causes {
		if c.Count != counts[c.ID] {
			return fmt.Errorf("%w: the cause %q has %d rows and not %d", ErrList, c.ID, counts[c.ID], c.Count)
		}
		if c.Example < 0 || c.Example >= len(l.Rows) || l.Rows[c.Example].Cause != c.ID {
			return fmt.Errorf("%w: row %d is no example of the cause %q", ErrList, c.Example+1, c.ID)
		}
		counts[c.ID] = 0
		rows += c.Count
	}
	c := l.Counts
	if rows != len(l.Rows) || c.Open != rows || c.Rows != c.Matched+c.Decided+c.Nobody+c.Open {
		return fmt.Errorf("%w: its counts are not those of its rows", ErrList)
	}
	return nil
}
