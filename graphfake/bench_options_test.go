package graphfake_test

import (
	"net/http"
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
