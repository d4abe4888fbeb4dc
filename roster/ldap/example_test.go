package ldap_test

import (
	"context"
	"fmt"
	"log"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/rollcall-go/rollcall/roster/ldap"
)

// A searcher stands for a connection, as Dial makes one.
type searcher struct{ entries []*goldap.Entry }

func (s searcher) Search(*goldap.SearchRequest) (*goldap.SearchResult, error) {
	return &goldap.SearchResult{Entries: s.entries}, nil
}

func Example() {
	conn := searcher{[]*goldap.Entry{
		goldap.NewEntry("uid=ada,ou=people,dc=contoso,dc=example", map[string][]string{
			"uid": {"ada"}, "mail": {"ada@contoso.example"}, "memberOf": {"cn=a", "cn=b"}}),
		goldap.NewEntry("uid=bob,ou=people,dc=contoso,dc=example", map[string][]string{"uid": {"bob"}}),
	}}
	r, err := ldap.NewReader(context.Background(), conn, &ldap.Options{
		BaseDN:     "ou=people,dc=contoso,dc=example",
		Attributes: []string{"uid", "mail", "memberOf"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range r.Rows() {
		if err != nil {
			log.Fatal(err) // a list that the server cut is no shorter list
		}
		fmt.Printf("%s %q %q\n", row.Get("uid"), row.Get("mail"), row.Get("memberOf"))
	}
	// Output:
	// ada "ada@contoso.example" "cn=a;cn=b"
	// bob "" ""
}
