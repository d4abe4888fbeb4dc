package match

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/rollcall-go/rollcall/roster"
)

// reportVersion is the version of the JSON form of a report.
const reportVersion = 1

// reportJSON is the JSON form of a report.
type reportJSON struct {
	Version  int          `json:"version"`
	Complete bool         `json:"complete"`
	Doubt    string       `json:"doubt,omitempty"`
	Counts   map[Kind]int `json:"counts"`
	Enabled  int          `json:"enabled"`
	Rules    []RuleCount  `json:"rules"`
	Rosters  []rosterJSON `json:"rosters"` // that the rows come from
	Unused   []Exclusion  `json:"unusedExclusions,omitempty"`
	Expired  []Exclusion  `json:"expiredExclusions,omitempty"`
	Rows     []rowJSON    `json:"rows,omitempty"`
}

type rosterJSON struct {
	File    string   `json:"file"`
	Columns []string `json:"columns"`
}

// rowJSON is the JSON form of an outcome.
type rowJSON struct {
	Line  int   `json:"line"`
	Lines int32 `json:"lines,omitempty"` // of a row that could not be read
	// Unread is the text of such a row.
	Unread string `json:"unread,omitempty"`
	queryJSON
	Outcome    Kind       `json:"outcome"`
	Asked      int32      `json:"asked,omitempty"`
	User       *User      `json:"user"`
	FirstLine  int        `json:"firstLine,omitempty"`
	Candidates []User     `json:"candidates,omitempty"`
	Choice     string     `json:"choice,omitempty"`
	Exclusion  *Exclusion `json:"exclusion,omitempty"`
	Decision   *Decision  `json:"decision,omitempty"`
	ByRules    []User     `json:"byRules,omitempty"`
	Error      string     `json:"error,omitempty"`
	Reason     string     `json:"reason"`
	Roster     int        `json:"roster"` // index in the report's rosters
	Values     []string   `json:"values,omitempty"`
}

type queryJSON struct {
	Key       string `json:"key"`
	Rule      string `json:"rule,omitempty"`
	Attribute string `json:"attribute,omitempty"`
	Filter    string `json:"filter,omitempty"`
	// of a key that was rewritten
	Normaliser string `json:"normaliser,omitempty"`
	Asked      string `json:"askedFor,omitempty"`
}

func (q Query) json() queryJSON {
	j := queryJSON{Key: q.key(), Rule: q.Rule, Attribute: q.Attribute, Filter: q.Filter, Normaliser: q.Normaliser}
	if q.Raw != "" {
		j.Asked = q.Value
	}
	return j
}

func (j queryJSON) query() Query {
	q := Query{Attribute: j.Attribute, Value: j.Key, Filter: j.Filter, Rule: j.Rule, Normaliser: j.Normaliser}
	if j.Key == j.Filter {
		q.Value = ""
	}
	if j.Asked != "" {
		q.Value, q.Raw = j.Asked, j.Key
	}
	return q
}

// WriteJSON writes the report as one JSON object, a row at a time, so that a
// large report needs no second copy in memory:
//
//	{"version":1,"complete":true,"counts":{"matched":1,…every kind…},"enabled":1,"rules":[…],
//	"rosters":[{"file":"users.csv","columns":[…]}],
//	"rows":[{"line":2,"key":"…","outcome":"matched",…,"values":[…]}]}
//
// It holds every value of the roster, and [Report.UnmarshalJSON] reads it back.
func (r *Report) WriteJSON(w io.Writer) error {
	rosters, indexes := r.rosters()
	head, err := json.Marshal(reportJSON{Version: reportVersion, Complete: r.Complete(), Doubt: r.doubt,
		Counts:  maps.Collect(r.Counts()),
		Enabled: r.Enabled(), Rules: append([]RuleCount{}, r.rules...), Rosters: rosters,
		Unused: r.unusedExclusions, Expired: r.expiredExclusions})
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	b.Write(bytes.TrimSuffix(head, []byte("}")))
	b.WriteString(`,"rows":[` + "\n")
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	for i, o := range r.Outcomes {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encoder.Encode(o.json(indexes[o.Row.Header()])); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	return b.Flush() // also returns the first error of the writes above
}

// rosters returns the rosters that the rows come from, and the index of each.
func (r *Report) rosters() ([]rosterJSON, map[*roster.Header]int) {
	list, indexes := []rosterJSON{}, make(map[*roster.Header]int)
	for _, o := range r.Outcomes {
		h := o.Row.Header()
		if _, known := indexes[h]; known {
			continue
		}
		indexes[h] = len(list)
		list = append(list, rosterJSON{o.Row.File(), []string{}})
		if h != nil {
			list[len(list)-1].Columns = append([]string{}, h.Columns()...)
		}
	}
	return list, indexes
}

// MarshalJSON returns what WriteJSON writes.
func (r Report) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// A storedError is the error of an outcome that was read back.
type storedError struct{ message, unread string }

func (e *storedError) Error() string { return e.message }

// MarshalJSON writes the outcome as a report does.
func (o Outcome) MarshalJSON() ([]byte, error) { return json.Marshal(o.json(0)) }

func (o Outcome) json(rosterIndex int) rowJSON {
	j := rowJSON{Line: o.Line(), queryJSON: o.Query.json(), Outcome: o.Kind, Asked: o.asked, User: o.User,
		FirstLine: o.FirstLine, Candidates: o.Candidates, Choice: o.Choice, Exclusion: o.Exclusion,
		Decision: o.Decision, ByRules: o.ByRules, Reason: o.Reason(), Roster: rosterIndex}
	if o.Err != nil {
		j.Error = o.Err.Error()
	}
	if n := o.Unread(); n > 0 {
		j.Lines = int32(n)
	}
	j.Unread = o.UnreadText()
	for _, value := range o.Row.All() {
		j.Values = append(j.Values, value)
	}
	return j
}

// UnmarshalJSON reads what [Report.WriteJSON] wrote. The errors of rows
// come back as their text. It refuses another version, an unknown outcome, one
// without what belongs to it, and counts that are not those of the rows.
func (r *Report) UnmarshalJSON(data []byte) error {
	var j reportJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("match: reading a report: %w", err)
	}
	if j.Version != reportVersion {
		return fmt.Errorf("match: the report has version %d; this program reads version %d", j.Version, reportVersion)
	}
	headers := make([]*roster.Header, len(j.Rosters))
	for i, from := range j.Rosters {
		var err error
		if headers[i], err = roster.NewHeader(from.File, from.Columns); err != nil {
			return fmt.Errorf("match: reading a report: %w", err)
		}
	}
	read := Report{rules: j.Rules, doubt: j.Doubt, unusedExclusions: j.Unused, expiredExclusions: j.Expired,
		Outcomes: make([]Outcome, len(j.Rows))}
	if j.Complete && j.Doubt == "" {
		read.whole = len(j.Rows)
	}
	for i, row := range j.Rows {
		var err error
		if read.Outcomes[i], err = row.outcome(headers); err != nil {
			return fmt.Errorf("match: row %d of the report: %w", i+1, err)
		}
	}
	if !maps.Equal(j.Counts, maps.Collect(read.Counts())) || j.Enabled != read.Enabled() {
		return errors.New("match: the report's counts are not those of its rows")
	}
	*r = read
	return nil
}

func (j *rowJSON) outcome(headers []*roster.Header) (Outcome, error) {
	needsUser := j.Outcome == Matched || j.Outcome == SameUser
	switch {
	case !j.Outcome.valid():
		return Outcome{}, fmt.Errorf("no outcome is called %q", string(j.Outcome))
	case j.Roster < 0 || j.Roster >= len(headers):
		return Outcome{}, fmt.Errorf("there is no roster %d", j.Roster)
	case needsUser && (j.User == nil || j.User.ID == ""):
		return Outcome{}, fmt.Errorf("the outcome is %q, but there is no user with an id", string(j.Outcome))
	case !needsUser && j.Outcome != Duplicate && j.User != nil:
		return Outcome{}, fmt.Errorf("the outcome is %q, but there is a user", string(j.Outcome))
	}
	o := Outcome{Row: roster.NewRow(headers[j.Roster], j.Line, j.Values), Kind: j.Outcome, Key: j.Key,
		Query: j.query(),
		User:  j.User, Candidates: j.Candidates, Choice: j.Choice, FirstLine: j.FirstLine, Exclusion: j.Exclusion,
		Decision: j.Decision, ByRules: j.ByRules, asked: j.Asked, lines: j.Lines}
	if j.Error != "" {
		o.Err = &storedError{j.Error, j.Unread}
	}
	return o, nil
}
