package graphfake

import "net/http"

// The longest URLs, in characters: advanced queries have a limit of their own
// (https://learn.microsoft.com/graph/filter-query-parameter), and the front end
// takes 16 KiB for request line and headers. Items of a batch have neither.
const (
	maxAdvancedURL = 2048
	maxURL         = 16 << 10
)

// tooLong refuses overlong URLs the way the front end does: with a page of
// HTML for a message. That this is what happens beyond 2,048 characters is
// believed, not verified; that it is the form of the answer was seen in
// https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/3184.
func (rq *request) tooLong() *graphError {
	n := len(rq.base) + len(rq.path) + len("?") + len(rq.rawQuery)
	if rq.batch != nil || n <= maxAdvancedURL || n <= maxURL && !rq.query.Advanced() {
		return nil
	}
	return refuse(http.StatusBadRequest, "UnknownError", "%s", `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD>
<BODY><h2>Bad Request - Request Too Long</h2>
<hr><p>HTTP Error 400. The size of the request headers is too long.</p>
</BODY></HTML>`)
}
