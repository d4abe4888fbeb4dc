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
// # Rows
//
// Each entry is a row; its number is the place in the answer. The first column is dn,
// the others are the attributes that were asked for. Where userAccountControl is one
// of them, a last column accountEnabled is true or false by its bit 2 (ACCOUNTDISABLE),
// or empty where the directory did not send it.
//
// Several values of an attribute are joined by a semicolon; one that is part of such a value
// is written \;. An objectGUID and an objectSid are in their usual text. Any other value
// that is no text is a [*roster.RowError], and so is an attribute of which the server
// sent only some of the values (memberOf;range=0-1499).
//
// # What is not all
//
// Entries are asked for in pages (RFC 2696), in the memory of one page. A list that the
// server cuts, by a limit of size or of time or for want of a right, ends in a
// [*roster.ReadError] that wraps [ErrUnfinished] or the server's error; it is never a
// shorter list. So does one of which another server has a part: see Options.PassOver.
package ldap
