package graphfake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
)

// BenchmarkOptions shows what each option costs a request.
func BenchmarkOptions(b *testing.B) {
	for name, opts := range map[string]graphfake.Options{
		"plain":       {},
		"throttle":    {Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{{Scope: graphfake.PerApp, Amount: 1e12, Per: 1}}}},
		"replication": {Replication: &graphfake.Replication{}},
		"permissions": {Permissions: true},
		"shuffle":     {Shuffle: true},
	} {
		b.Run(name, func(b *testing.B) {
			s := graphfake.New(&opts)
			u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
			req, err := http.NewRequest("GET", root+"/users/"+u.ID, nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+s.AppToken("User.Read.All"))
			transport := s.Transport()
			b.ReportAllocs()
			for b.Loop() {
				rsp, err := transport.RoundTrip(req)
				if err != nil || rsp.StatusCode != 200 {
					b.Fatal(rsp, err)
				}
				rsp.Body.Close()
			}
		})
	}
}

// BenchmarkOverHTTP reads one user over a socket, with gzip, as most clients
// do; "bare" is a handler that answers the same JSON and does nothing else.
// The last line has how many times as much the fake costs: at most four.
func BenchmarkOverHTTP(b *testing.B) {
	s := graphfake.New(nil)
	u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada Test"})
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(u)
	})
	perOp := map[string]float64{}
	for _, tc := range []struct {
		name    string
		handler http.Handler
	}{{"bare", bare}, {"graphfake", s}} {
		b.Run(tc.name, func(b *testing.B) {
			server := httptest.NewServer(tc.handler)
			defer server.Close()
			client := server.Client()
			b.ReportAllocs()
			for b.Loop() {
				rsp, err := client.Get(server.URL + "/v1.0/users/" + u.ID)
				if err != nil || rsp.StatusCode != 200 {
					b.Fatal(rsp, err)
				}
				io.Copy(io.Discard, rsp.Body)
				rsp.Body.Close()
			}
			perOp[tc.name] = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			if tc.name == "graphfake" {
				b.ReportMetric(perOp["graphfake"]/perOp["bare"], "times-bare")
			}
			s.ForgetRequests()
		})
	}
}

// BenchmarkSuite is what 200 tests pay for a server, a small tenant and a few
// requests each: under 100 ms for all of them.
func BenchmarkSuite(b *testing.B) {
	for b.Loop() {
		for range 200 {
			s := graphfake.New(nil)
			for i := range 10 {
				s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.example", i)})
			}
			app := s.AddApplication(graphfake.Application{DisplayName: "App"})
			s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
			ask(b, s, root+"/users?$top=5")
			ask(b, s, root+"/users/user1@contoso.example")
			ask(b, s, root+"/applications/"+app.ID)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/200-tests")
}
