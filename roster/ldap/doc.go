// Package ldap reads the list of accounts that an application has from a directory
// that speaks LDAP, such as OpenLDAP or Active Directory, as rows of package roster.
//
//	conn, err := ldap.Dial(ctx, ldap.Server{URL: "ldaps://ldap.contoso.example", BindDN: dn, Password: password})
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	r, err := ldap.NewReader(ctx, conn, &ldap.Options{
//		BaseDN:     "ou=people,dc=contoso,dc=example",
//		Attributes: []string{"uid", "mail", "memberOf"},
//	})
//	if err != nil {
//		return err
//	}
//	for row, err := range r.Rows() { // as with roster.OpenFile
//		…
//	}
//
// A [Server] says which server to ask, and as whom; [Dial] connects. Any other
// [Searcher] does as well. [Options] say what to search for, and [NewReader] makes a
// [roster.Reader] of it.
//
// # Rows
//
// Each entry is a row; its number is the place in the answer. The first column is dn,
// the others are the attributes that were asked for. Where userAccountControl is one
// of them, a last column accountEnabled is true or false by its bit 2 (ACCOUNTDISABLE),
// or empty where the directory did not send it.
//
// Several values of an attribute are joined by a semicolon; one that is part of such a
// value is written \;. An objectGUID and an objectSid are in their usual text.
//
// Entries are asked for in pages (RFC 2696), in the memory of one page.
//
// # Errors
//
//   - [*roster.RowError]: a value is no text, or the server sent only some of an
//     attribute's values (memberOf;range=0-1499). The other entries are read.
//   - [*roster.ReadError]: the list is not whole, and nobody may be called missing because
//     of it. It wraps the server's error, or [ErrUnfinished]: the server cut the list, or
//     another server has a part of it (see Options.PassOver).
//
// # Personal data
//
// The package logs nothing and writes no file. The password goes to the server alone, over
// TLS unless Server.NoTLS allows otherwise, and is in no error.
package ldap
