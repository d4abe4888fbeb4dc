package graphfake_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
)

// sizes are the tenants that the benchmarks compare: what should not depend
// on the tenant's size costs the same in all of them.
var sizes = []int{1_000, 100_000, 1_000_000}

// tenant returns a server with n users as companies have them.
func tenant(n int) *graphfake.Server {
	s := graphfake.New(nil)
	s.AddUsers(func(yield func(graphfake.User) bool) {
		for i := range n {
			name := fmt.Sprintf("user%07d", i*7919%n) // not in order of names
			u := graphfake.User{
				UserPrincipalName: name + "@contoso.example", DisplayName: "Given Surname " + name, MailNickname: name,
				Mail: name + "@contoso.example", GivenName: "Given" + name, Surname: "Surname" + name, EmployeeID: fmt.Sprint(i),
				Department: fmt.Sprintf("Department %d", i%50), JobTitle: "Clerk", CreatedDateTime: "2026-01-02T03:04:05Z",
			}
			if !yield(u) {
				return
			}
		}
	})
	return s
}

// BenchmarkTenant seeds a tenant, and reports the memory that it holds, and the
// most that the process has taken from the system so far: under 2 GB for a
// million users.
func BenchmarkTenant(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				before := heap()
				s := tenant(n)
				b.ReportMetric(float64(heap()-before)/float64(n), "bytes/user")
				runtime.KeepAlive(s)
			}
			b.ReportMetric(taken(), "peak-MB")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/user")
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// taken returns the memory, in MB, that the process has taken from the system at most.
func taken() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6
}

// BenchmarkLoad reads a million users from JSON that is never held as a whole,
// and reports what BenchmarkTenant reports as its peak.
func BenchmarkLoad(b *testing.B) {
	const n = 1_000_000
	for b.Loop() {
		r, w := io.Pipe()
		go func() {
			out := bufio.NewWriter(w)
			out.WriteString(`{"users":[`)
			for i := range n {
				if i > 0 {
					out.WriteByte(',')
				}
				fmt.Fprintf(out, `{"userPrincipalName":"user%07d@contoso.example","displayName":"Given Surname %d","mail":`+
					`"user%07d@contoso.example","department":"Department %d","employeeId":"%d"}`, i, i, i, i%50, i)
			}
			out.WriteString("]}")
			out.Flush()
			w.Close()
		}()
		s := graphfake.New(nil)
		if err := s.Load(r); err != nil {
			b.Fatal(err)
		}
		runtime.KeepAlive(s)
	}
	b.ReportMetric(taken(), "peak-MB")
}

// BenchmarkQueries asks for single pages, which should not depend on the
// tenant's size.
func BenchmarkQueries(b *testing.B) {
	for _, n := range sizes {
		s := tenant(n)
		middle := fmt.Sprintf("user%07d", n/2)
		for name, query := range map[string]string{
			"upn":        "$select=id&$filter=" + url.QueryEscape("userPrincipalName eq '"+middle+"@contoso.example'"),
			"in":         "$select=id&$filter=" + url.QueryEscape("mail in ('"+middle+"@contoso.example','nobody','x')"),
			"proxy":      "$select=id&$filter=" + url.QueryEscape("proxyAddresses/any(p:p eq 'smtp:"+middle+"@contoso.example')"),
			"scan":       "$count=true&$select=id&$filter=" + url.QueryEscape("jobTitle in ("+values(100)+")"),
			"startsWith": "$select=id&$top=10&$filter=" + url.QueryEscape("startswith(displayName,'given surname "+middle[:8]+"')"),
			"first page": "$select=id&$top=10",
			"by name":    "$select=id&$top=10&$orderby=displayName",
			"down":       "$select=id&$top=10&$orderby=displayName desc",
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					ask(b, s, root+"/users?"+strings.ReplaceAll(query, " ", "%20"))
				}
			})
		}
		b.Run(fmt.Sprintf("write/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("new%d-%d@contoso.example", i, b.N)})
			}
		})
		s.ForgetRequests()
	}
}

// BenchmarkListing reads a whole tenant; the time for a user should not
// depend on its size.
func BenchmarkListing(b *testing.B) {
	for _, n := range sizes {
		s := tenant(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				target := root + "/users?$top=999&$select=id,userPrincipalName"
				for target != "" {
					target = next(ask(b, s, target))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/user")
			s.ForgetRequests()
		})
	}
}

// BenchmarkCountedListing reads what a filter leaves, all pages, with $count=true:
// the cost of a user must not grow with the number of users.
func BenchmarkCountedListing(b *testing.B) {
	for _, n := range sizes {
		s := tenant(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				target := root + "/users?$top=999&$count=true&$select=id&$filter=" + url.QueryEscape("accountEnabled ne false")
				for target != "" {
					target = next(ask(b, s, target))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/user")
			s.ForgetRequests()
		})
	}
}

// values is a list of n texts for in.
func values(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("'Job %d'", i)
	}
	return strings.Join(list, ",")
}

func ask(b *testing.B, s *graphfake.Server, target string) string {
	req, err := http.NewRequest("GET", target, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("ConsistencyLevel", "eventual")
	rsp, err := s.Transport().RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	text, _ := io.ReadAll(rsp.Body)
	if rsp.StatusCode != 200 {
		b.Fatal(string(text))
	}
	return string(text)
}

// next finds the nextLink near the beginning of a page.
func next(page string) string {
	const mark = `"@odata.nextLink":"`
	head := page[:min(len(page), 2000)]
	for i := 0; i+len(mark) < len(head); i++ {
		if head[i:i+len(mark)] == mark {
			rest := head[i+len(mark):]
			for j := range rest {
				if rest[j] == '"' {
					return rest[:j]
				}
			}
		}
	}
	return ""
}
