package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Permissions are those that the exchanges need, except for those that name their own.
var Permissions = []string{"User.ReadWrite.All", "User.DeleteRestore.All", "Group.ReadWrite.All",
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.ReadWrite.All", "Member.Read.Hidden",
	"AccessReview.ReadWrite.All", "EntitlementManagement.ReadWrite.All"}

// A Scene is a Graph that the exchanges of one file are sent to.
type Scene struct {
	Root   string // such as https://graph.microsoft.com/v1.0
	Client *http.Client
	Token  string        // bearer token, "" = none
	Wait   time.Duration // how long a read may differ from what is expected, until the service has replicated

	// Fresh makes the token of an exchange that names its permissions: of an application
	// by itself, or of one that acts for a user. nil is for a Graph that is no fake or hands
	// out no such tokens: exchanges that need one, or a fake, are not sent.
	Fresh func(user string, permissions ...string) string

	vars map[string]string
}

// NeedsTokens reports whether exchanges of a file name permissions of their own.
func (f File) NeedsTokens() bool {
	return slices.ContainsFunc(f.Exchanges, func(x *Exchange) bool { return x.Token != nil })
}

// Begin sets the variables that every file can use. Domain is a verified domain of the
// tenant; run makes names unlike those of any other run, in digits, at most 12.
func (s *Scene) Begin(domain, run string) {
	const nobody = "00000000-dead-4000-8000-000000000000"
	s.vars = map[string]string{
		"root": s.Root, "domain": domain, "run": run, "nobody": nobody, "me": nobody,
		"today":       time.Now().UTC().Format(time.DateOnly),
		"role":        "11111111-2222-4333-8444-" + fmt.Sprintf("%012s", run),
		"expressions": strings.Repeat("displayName eq 'x' or ", 15),
		"long":        strings.Repeat("x", 121),
		"url":         strings.Repeat("x", 2100),
	}
}

// A Result says how an exchange went.
type Result struct {
	*Exchange
	Fact       string // with the value, for one of several
	Difference string // from the expected answer, "" if there is none
	Answer     string // the body
}

// Play sends an exchange once, or once for each of its values. Without results it was
// not sent. The error says that there was no answer.
func (s *Scene) Play(ctx context.Context, x *Exchange) ([]Result, error) {
	if s.Fresh == nil && (x.Is("fake") || x.Token != nil) {
		return nil, nil
	}
	if len(x.Each) == 0 {
		r, err := s.once(ctx, x)
		return []Result{r}, err
	}
	var results []Result
	for name, values := range x.Each {
		for _, v := range values {
			s.vars[name] = s.fill(v)
			r, err := s.once(ctx, x)
			r.Fact += " (" + v + ")"
			results = append(results, r)
			if err != nil {
				return results, err
			}
		}
	}
	return results, nil
}

func (s *Scene) once(ctx context.Context, x *Exchange) (Result, error) {
	r := Result{Exchange: x, Fact: x.Fact}
	for deadline := time.Now().Add(s.Wait); ; {
		status, header, body, err := s.send(ctx, x)
		if err != nil {
			return r, err
		}
		r.Answer, r.Difference = string(body), s.compare(x, status, header, body)
		if r.Difference == "" || !time.Now().Before(deadline) || x.Method != http.MethodGet && status < 400 {
			return r, nil
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(min(5*time.Second, s.Wait/10)):
		}
	}
}

func (s *Scene) send(ctx context.Context, x *Exchange) (int, http.Header, []byte, error) {
	target := s.fill(x.Target)
	if !strings.Contains(target, "://") {
		target = s.Root + target
	}
	target = strings.NewReplacer(" ", "%20", `"`, "%22").Replace(target)
	req, err := http.NewRequestWithContext(ctx, x.Method, target, strings.NewReader(s.fill(x.Body)))
	if err != nil {
		return 0, nil, nil, err
	}
	for name := range x.Header {
		req.Header.Set(name, s.fill(x.Header.Get(name)))
	}
	switch req.Header.Get("Content-Type") {
	case "(absent)":
		req.Header.Del("Content-Type")
	case "":
		if x.Body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	if token := s.token(x); token != "" && strings.HasPrefix(target, s.Root+"/") {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rsp, err := s.Client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer rsp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(rsp.Body, 16<<20))
	return rsp.StatusCode, rsp.Header, body, err
}

// token returns the bearer token of an exchange. The variable me is the user who is
// signed in.
func (s *Scene) token(x *Exchange) string {
	switch {
	case x.Token == nil:
		return s.Token
	case x.Token[0] == "user":
		return s.Fresh(s.vars["me"], x.Token[1:]...)
	}
	return s.Fresh("", x.Token[1:]...)
}

// compare says what is different from the expected answer, and takes the
// variables out of it if nothing is.
func (s *Scene) compare(x *Exchange, status int, header http.Header, body []byte) string {
	if status != x.Status {
		return fmt.Sprintf("status: want %d, got %d", x.Status, status)
	}
	for _, name := range slices.Sorted(maps.Keys(x.WantHeader)) {
		if d := differText("header "+name, s.fill(x.WantHeader[name]), header.Get(name)); d != "" {
			return d
		}
	}
	var got any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&got); err != nil && x.Want != nil {
		got = string(body)
	}
	if x.Want == nil && status == http.StatusNoContent && len(body) > 0 {
		return "a body with 204"
	}
	if x.Want != nil {
		if d := differ("", x.Want, got, s.vars); d != "" {
			return d
		}
	}
	for name, pointer := range x.Let {
		s.vars[name] = point(got, pointer)
	}
	return ""
}

// fill puts the scene's variables in place of {{name}}.
func (s *Scene) fill(text string) string { return fill(text, s.vars) }
