package roster_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// readPairs reads a file to its end and holds that rows come in order and that errors
// say where they are. It returns nil for a file that is refused or can't be read to
// its end.
func readPairs(t *testing.T, data []byte) (rows []roster.Row, errs []*roster.RowError, passed bool) {
	r, err := roster.NewReader(bytes.NewReader(data), &roster.Options{Name: "f", MaxRecord: 1 << 16, Encoding: "utf-8"})
	if err != nil {
		requireTyped(t, err)
		return nil, nil, false
	}
	last := 0
	for row, err := range r.Rows() {
		if end := (*roster.ReadError)(nil); errors.As(err, &end) {
			return nil, nil, false
		}
		var bad *roster.RowError
		require.True(t, err == nil || errors.As(err, &bad), "%T", err)
		require.Greater(t, row.Line(), last, "rows come in order, and no two are on one line")
		if bad != nil {
			require.GreaterOrEqual(t, bad.Lines, 1)
			require.GreaterOrEqual(t, bad.Line, bad.RowLine)
			require.Equal(t, row.Line(), bad.RowLine)
		}
		last = row.Line()
		rows, errs = append(rows, row), append(errs, bad)
	}
	return rows, errs, len(r.Header().Notes()) > 0
}

// FuzzJSON holds that each object of an array is a row or an error, and that a text in
// it is the row's value.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"a","n":1},{"id":"b","n":null}]`, `{"id":"a"}` + "\n" + `{"id":"b"}`, `{"value":[{"id":"a"}]}`,
		`{"totalResults":1,"Resources":[{"emails":[{"value":"x","primary":true},"y"]}]}`,
		`{"d":{"results":[{"id":1e400}]}}`, `[{"a":[[{"b":"c"}]]},"x",[],null,{"a":"@{b=c}"}]`, `[{"a.b":1,"a":{"b":2}}]`,
		"[{\"a\":\"\xff\"}]", `[{"":1}]`, "\ufeff [ ]", utf16("LE", `[{"a":"b"}]`), `[{"a":{"a@odata.nextLink":"x"}}]`,
		`{"x":{"y":1}}`, `{"links":[{"rel":"next"}],"items":[{"a":"` + "\\ud800" + `"}]}`, `[{"a":1} {}]`, `{"users":[]}{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, errs, passed := readPairs(t, data)
		var objects []json.RawMessage
		if rows == nil || passed || json.Unmarshal(data, &objects) != nil {
			return
		}
		require.Len(t, rows, len(objects), "rows and errors account for every object")
		for i, object := range objects {
			var values map[string]any
			if errs[i] != nil || json.Unmarshal(object, &values) != nil {
				continue
			}
			for key, value := range values {
				if text, ok := value.(string); ok && strings.TrimSpace(key) != "" {
					require.Equal(t, text, rows[i].Get(key))
				}
			}
		}
	})
}

// FuzzLDIF holds that each line with a dn begins a row or an error, and that nothing
// else is a row.
func FuzzLDIF(f *testing.F) {
	for _, seed := range []string{
		"dn: a\nmail: b\n\ndn: c\nmail:: ZA==\n", "version: 1\ndn: a\n", "# c\n  d\ndn: a\n b\ncn;lang-ja: x\n\nfoo: bar\n",
		"dn: a\nchangetype: modify\n-\n", "dn: a\nx:< file:///y\n", "dn: a\ndn: b\r\nmail: c\r\n\r\n", "dn: a\n\nresult: 4\n",
		"dn: a\nobjectSid:: AQE=\nobjectGUID:: AQ==\nuserAccountControl: x\n", "dn: a\nm;range=0-1: b\n", "dn: a\n\n b\nc: d",
		"dn:\n\n\n", "DN: a\nMAIL: x\n\nref: ldap://x\n", "dn: a\n\x00: b\n\xff: c\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, errs, passed := readPairs(t, data)
		head := strings.ToLower(string(data[:min(len(data), 3)]))
		if rows == nil || passed || !strings.HasPrefix(head, "dn:") || !utf8.Valid(data) ||
			bytes.ContainsAny(data, "\r\u0085\u2028") {
			return
		}
		begins := map[int]bool{}
		for i, line := range strings.Split(string(data), "\n") {
			if len(line) >= 3 && strings.EqualFold(line[:3], "dn:") {
				begins[i+1] = true
			}
		}
		for i, row := range rows {
			require.True(t, begins[row.Line()] || errs[i] != nil, "line %d is no entry", row.Line())
			delete(begins, row.Line())
		}
		require.Empty(t, begins, "entries that are neither rows nor errors")
	})
}

func TestJSONAndLDIFWithoutEndStopAtTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for _, in := range []endless{
		{first: `[{"id":"a"},{"id":"`, row: "x"}, {first: `[{"id":"a"},{"id":[`, row: "0,"},
		{first: `{"id":[`, row: `{"a":0},`}, {first: `{"id":"`, row: "x"}, {first: "[{", row: "[{"},
		{first: `[{"id":"a"}`, row: " \n"}, {first: `{"value":[{"id":"a"}],"x":[`, row: "0,"},
		{first: "dn: a\nmail: b\n\ndn: ", row: "x"}, {first: "dn: a\nmail: b\n", row: "mail: c\n"},
		{first: "dn: a\n# b\n", row: " c\n"},
	} {
		_, _, err := read(t, &in, &roster.Options{Name: "f", MaxRecord: limit})
		require.Error(t, err, in.first)
		require.Less(t, in.read, 4*limit, in.first)
	}
}
