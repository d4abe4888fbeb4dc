package match

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes the report as one JSON object, a row at a time, so that a
// large report needs no second copy in memory:
//
//	{"counts":{"Matched":1,…every kind…},"disabled":0,"rules":[…],"rows":[{"line":2,"key":"…","outcome":"Matched",…}]}
func (r *Report) WriteJSON(w io.Writer) error {
	b := bufio.NewWriterSize(w, 64<<10)
	b.WriteString(`{"counts":{`)
	for kind, n := range r.Counts() {
		fmt.Fprintf(b, "%s%q:%d", comma(int(kind)), kind.String(), n)
	}
	rules, err := json.Marshal(append([]RuleCount{}, r.rules...))
	if err != nil {
		return err
	}
	fmt.Fprintf(b, `},"disabled":%d,"rules":%s,"rows":[`+"\n", r.Disabled(), rules)
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	for i := range r.Outcomes {
		b.WriteString(comma(i))
		if err := encoder.Encode(r.Outcomes[i].document()); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	return b.Flush() // also returns the first error of the writes above
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// MarshalJSON returns what WriteJSON writes.
func (r Report) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// document is what JSON shows of an outcome.
type document struct {
	Line       int        `json:"line"`
	Key        string     `json:"key"`
	Outcome    Kind       `json:"outcome"`
	Rule       string     `json:"rule,omitempty"`
	User       *User      `json:"user"`
	FirstLine  int        `json:"firstLine,omitempty"`
	Candidates []User     `json:"candidates,omitempty"`
	Near       []Proposal `json:"near,omitempty"`
	Reason     string     `json:"reason"`
}

func (o Outcome) document() document {
	return document{o.Line(), o.Key, o.Kind, o.Query.Rule, o.User, o.FirstLine, o.Candidates, o.Near, o.Reason()}
}

// MarshalJSON writes the row's line, key, outcome, user and reason, and of the
// other fields those that the outcome has.
func (o Outcome) MarshalJSON() ([]byte, error) { return json.Marshal(o.document()) }

// MarshalJSON writes the user and the rule and key that met them.
func (p Proposal) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		User User   `json:"user"`
		Rule string `json:"rule"`
		Key  string `json:"key"`
	}{p.User, p.Query.Rule, p.Query.key()})
}
