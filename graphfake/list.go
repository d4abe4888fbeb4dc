package graphfake

import (
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A listing is what a list request runs over.
type listing struct {
	typ *state.Type
	src query.Source
	set string // as in the context URL

	shapes map[*state.Type]shape // for lists of several types
}

// table is the listing of all objects of a type in use.
func (rq *request) table(t *state.Type) listing {
	tab := rq.read.Live(t)
	return listing{typ: t, set: t.Set, src: query.Source{Table: tab, Len: tab.Len}}
}

// objects makes a source of a sequence in order of id.
func objects(list iter.Seq[*object]) query.Source { return query.Source{List: list} }

// list answers with one page.
func (rq *request) list(l listing) (response, *graphError) {
	sh, err := rq.shape(l.typ)
	if err != nil {
		return response{}, err
	}
	for _, p := range sh.props {
		if p.Is(outside) {
			return response{}, notYetSupported()
		}
	}
	plan, bad := query.Compile(l.typ, rq.query)
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	size := rq.query.Top
	if size == 0 {
		size = query.DefaultPage
	}
	page, bad := plan.Page(l.src, rq.query.SkipToken, size)
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	return response{status: http.StatusOK, body: rq.appendPage(l, sh, plan, page)}, nil
}

// appendPage renders a page with its members in the order of the service.
// The count is on the first page only, and only for callers who may ask.
func (rq *request) appendPage(l listing, sh shape, plan *query.Plan, page query.Page) []byte {
	b := []byte{'{'}
	if sh.level != "none" {
		b = appendMember(b, "@odata.context", rq.context(l.set, sh, false))
	}
	if rq.query.Advanced() && !rq.query.HasSkipToken {
		b = strconv.AppendInt(appendName(b, "@odata.count"), int64(plan.Count(l.src)), 10)
	}
	if page.Next != "" {
		b = appendMember(b, "@odata.nextLink", rq.link("$skiptoken", page.Next))
	}
	b = append(appendName(b, "value"), '[')
	for i, o := range page.Objects {
		if i > 0 {
			b = append(b, ',')
		}
		if own, ok := l.shapes[o.Type]; ok {
			sh = own
		}
		b = sh.appendObject(b, o, "")
	}
	return append(b, ']', '}')
}

// link is this request's URL with its options and a token at the end, encoded
// the way the service does: $ as it is, a space as +, and lower-case hex.
func (rq *request) link(name, token string) string {
	var sb strings.Builder
	sb.WriteString(rq.base + rq.path + "?")
	for _, p := range rq.query.Pairs {
		if !strings.EqualFold(p.Name, "$skiptoken") && !strings.EqualFold(p.Name, "$deltatoken") {
			sb.WriteString(p.Name + "=" + lowerHex(url.QueryEscape(p.Value)) + "&")
		}
	}
	sb.WriteString(name + "=" + token)
	return sb.String()
}

func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(string(b[i:i+3])))
		}
	}
	return string(b)
}

// count answers the /$count segment: a plain number, for advanced queries only.
func (rq *request) count(l listing) (response, *graphError) {
	if !rq.eventual() {
		return response{}, badRequest("$count is not currently supported.")
	}
	rq.query.Count = true // the segment stands for $count=true
	plan, err := query.Compile(l.typ, rq.query)
	if err != nil {
		return response{}, fromQuery(err)
	}
	return plainText(strconv.Itoa(plan.Count(l.src))), nil
}
