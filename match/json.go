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

// head is a report's JSON form without its rows.
type head struct {
	Version  int          `json:"version"`
	Complete bool         `json:"complete"`
	Counts   map[Kind]int `json:"counts"`
	Enabled  int          `json:"enabled"`
	Rules    []RuleCount  `json:"rules"`
	Rosters  []list       `json:"rosters"`
}

// A list is a roster that rows come from.
type list struct {
	File    string   `json:"file"`
	Columns []string `json:"columns"`
}

// A line is the JSON form of an outcome.
type line struct {
	Line       int        `json:"line"`
	Key        string     `json:"key"`
	Outcome    Kind       `json:"outcome"`
	Rule       string     `json:"rule,omitempty"`
	Attribute  string     `json:"attribute,omitempty"`
	Filter     string     `json:"filter,omitempty"`
	Asked      int        `json:"asked,omitempty"`
	User       *User      `json:"user"`
	FirstLine  int        `json:"firstLine,omitempty"`
	Candidates []User     `json:"candidates,omitempty"`
	Near       []nearUser `json:"near,omitempty"`
	Exclusion  *Exclusion `json:"exclusion,omitempty"`
	Error      string     `json:"error,omitempty"`
	Reason     string     `json:"reason"`
	Roster     int        `json:"roster"` // index in the report's rosters
	Values     []string   `json:"values,omitempty"`
}

// A nearUser is the JSON form of a Proposal.
type nearUser struct {
	User      User   `json:"user"`
	Rule      string `json:"rule"`
	Key       string `json:"key"`
	Attribute string `json:"attribute,omitempty"`
	Filter    string `json:"filter,omitempty"`
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
	h := head{Version: reportVersion, Complete: r.complete, Counts: maps.Collect(r.Counts()), Enabled: r.Enabled(),
		Rules: append([]RuleCount{}, r.rules...), Rosters: []list{}}
	rosters := make(map[*roster.Header]int)
	for i := range r.Outcomes {
		header := r.Outcomes[i].Row.Header()
		if _, known := rosters[header]; !known {
			rosters[header] = len(h.Rosters)
			h.Rosters = append(h.Rosters, listOf(header))
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	b.Write(bytes.TrimSuffix(text, []byte("}")))
	b.WriteString(`,"rows":[` + "\n")
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	for i, o := range r.Outcomes {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encoder.Encode(o.line(rosters[o.Row.Header()])); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	return b.Flush() // also returns the first error of the writes above
}

func listOf(h *roster.Header) list {
	if h == nil {
		return list{Columns: []string{}}
	}
	return list{File: h.File(), Columns: append([]string{}, h.Columns()...)}
}

// MarshalJSON returns what WriteJSON writes.
func (r Report) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

func (o Outcome) line(rosterIndex int) line {
	l := line{Line: o.Line(), Key: o.Key, Outcome: o.Kind, Rule: o.Query.Rule, Attribute: o.Query.Attribute,
		Filter: o.Query.Filter, Asked: o.asked, User: o.User, FirstLine: o.FirstLine, Candidates: o.Candidates,
		Exclusion: o.Exclusion, Reason: o.Reason(), Roster: rosterIndex}
	if o.Err != nil {
		l.Error = o.Err.Error()
	}
	for _, p := range o.Near {
		l.Near = append(l.Near, nearUser{p.User, p.Query.Rule, p.Query.key(), p.Query.Attribute, p.Query.Filter})
	}
	for _, value := range o.Row.All() {
		l.Values = append(l.Values, value)
	}
	return l
}

// MarshalJSON writes the row's line, key, outcome, user and reason, and of the
// other fields those that the outcome has.
func (o Outcome) MarshalJSON() ([]byte, error) { return json.Marshal(o.line(0)) }

// UnmarshalJSON reads what [Report.WriteJSON] wrote. The errors of Failed rows
// come back as their text. It refuses another version, an unknown outcome, one
// without what belongs to it, and counts that are not those of the rows.
func (r *Report) UnmarshalJSON(data []byte) error {
	var doc struct {
		head
		Rows []line `json:"rows"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("match: reading a report: %w", err)
	}
	if doc.Version != reportVersion {
		return fmt.Errorf("match: the report has version %d; this program reads version %d",
			doc.Version, reportVersion)
	}
	headers := make([]*roster.Header, len(doc.Rosters))
	for i, l := range doc.Rosters {
		var err error
		if headers[i], err = roster.NewHeader(l.File, l.Columns); err != nil {
			return fmt.Errorf("match: reading a report: %w", err)
		}
	}
	read := Report{rules: doc.Rules, complete: doc.Complete, Outcomes: make([]Outcome, len(doc.Rows))}
	for i, l := range doc.Rows {
		if err := l.check(len(headers)); err != nil {
			return fmt.Errorf("match: row %d of the report: %w", i+1, err)
		}
		read.Outcomes[i] = l.outcome(headers[l.Roster])
	}
	if !maps.Equal(doc.Counts, maps.Collect(read.Counts())) || doc.Enabled != read.Enabled() {
		return errors.New("match: the report's counts are not those of its rows")
	}
	*r = read
	return nil
}

// check refuses an outcome that does not hold what its kind says.
func (l *line) check(rosters int) error {
	found := l.User != nil && l.User.ID != ""
	switch {
	case !l.Outcome.valid():
		return fmt.Errorf("no outcome is called %q", string(l.Outcome))
	case l.Roster < 0 || l.Roster >= rosters:
		return fmt.Errorf("there is no roster %d", l.Roster)
	case (l.Outcome == Matched || l.Outcome == SameUser) && !found:
		return fmt.Errorf("the outcome is %q, but there is no user with an id", string(l.Outcome))
	case l.Outcome != Matched && l.Outcome != SameUser && l.Outcome != Duplicate && l.User != nil:
		return fmt.Errorf("the outcome is %q, but there is a user", string(l.Outcome))
	case (l.Outcome == Duplicate || l.Outcome == SameUser) && l.FirstLine == 0:
		return fmt.Errorf("the outcome is %q, but no line is named that the row repeats", string(l.Outcome))
	}
	return nil
}

func (l *line) outcome(h *roster.Header) Outcome {
	o := Outcome{Row: roster.NewRow(h, l.Line, l.Values), Kind: l.Outcome, Key: l.Key,
		Query: queryOf(l.Rule, l.Key, l.Attribute, l.Filter), User: l.User, Candidates: l.Candidates,
		FirstLine: l.FirstLine, Exclusion: l.Exclusion, asked: l.Asked}
	if l.Error != "" {
		o.Err = errors.New(l.Error)
	}
	for _, n := range l.Near {
		o.Near = append(o.Near, Proposal{n.User, queryOf(n.Rule, n.Key, n.Attribute, n.Filter)})
	}
	return o
}

// queryOf makes the query again that had this key.
func queryOf(rule, key, attribute, filter string) Query {
	q := Query{Attribute: attribute, Value: key, Filter: filter, Rule: rule}
	if q.Value == q.Filter {
		q.Value = ""
	}
	return q
}
