package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/rollcall-go/rollcall/roster"
)

// ErrUnfinished: the directory has more entries than it gave.
var ErrUnfinished = errors.New("the list is not whole")

// A Server says which server to ask, and as whom.
type Server struct {
	// URL is ldaps://host, or ldap://host, where TLS begins with StartTLS, or
	// ldapi:///path for a socket on this machine. The port is 636 or 389.
	URL string
	// BindDN and Password are those of an account that may read. Without BindDN the
	// search is anonymous.
	BindDN, Password string
	// TLS is how certificates are checked; nil means the system's, for the URL's host.
	TLS *tls.Config
	// NoTLS allows ldap:// without TLS: whoever can listen reads the password and the
	// list, and can change both.
	NoTLS bool
	// Timeout bounds the wait for each answer. 0 or less means a minute.
	Timeout time.Duration
}

// Dial connects to a server and binds. A [goldap.Conn] that was made in another way,
// such as with Kerberos, does as well.
func Dial(ctx context.Context, s Server) (*goldap.Conn, error) {
	at, err := url.Parse(s.URL)
	if err != nil || at.User != nil || at.Scheme != "ldap" && at.Scheme != "ldaps" && at.Scheme != "ldapi" {
		return nil, fmt.Errorf("Server.URL is not an address such as ldaps://ldap.contoso.example")
	}
	if s.BindDN != "" && s.Password == "" {
		return nil, fmt.Errorf("Server.Password is empty: a server takes that for an anonymous bind")
	}
	if s.Timeout <= 0 {
		s.Timeout = time.Minute
	}
	config := &tls.Config{}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = at.Hostname()
	}
	dialer := &net.Dialer{Timeout: s.Timeout}
	conn, err := goldap.DialURL(s.URL, goldap.DialWithDialer(dialer), goldap.DialWithTLSConfig(config))
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", at.Host, err)
	}
	conn.SetTimeout(s.Timeout)
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := s.begin(conn, at, config); err != nil {
		_ = conn.Close() // the error says more
		return nil, err
	}
	return conn, ctx.Err()
}

// begin makes the connection safe and binds.
func (s Server) begin(conn *goldap.Conn, at *url.URL, config *tls.Config) error {
	if at.Scheme == "ldap" && !s.NoTLS {
		if err := conn.StartTLS(config); err != nil {
			return fmt.Errorf("StartTLS with %s: %w; use ldaps:// if the server does not offer it", at.Host, err)
		}
	}
	if s.BindDN == "" {
		return nil
	}
	if err := conn.Bind(s.BindDN, s.Password); err != nil {
		return fmt.Errorf("binding to %s: %w", at.Host, err)
	}
	return nil
}

// A Searcher answers one search, as [goldap.Conn] does.
type Searcher interface {
	Search(*goldap.SearchRequest) (*goldap.SearchResult, error)
}

// Options say what to search for.
type Options struct {
	// Name is a name for messages. "" means BaseDN.
	Name string
	// BaseDN is the entry below which accounts are. It is needed.
	BaseDN string
	// Filter chooses entries (RFC 4515). "" means persons, (objectClass=person), but
	// for the computers that are persons to Active Directory. A filter that asks for
	// something that the directory's schema does not have finds nobody there.
	Filter string
	// Attributes are the columns. At least one is needed.
	Attributes []string
	// PageSize is the number of entries that are asked for at a time. 0 or less means
	// 500; Active Directory gives 1,000 at most.
	PageSize int
	// PassOver allows referrals: what other servers have of the list is left out, and
	// [roster.Header.Notes] says so. Else the list is unfinished. Referrals to the zones and
	// the configuration of Active Directory, where no accounts are, are always passed over.
	PassOver bool
}

// defaultFilter doesn't say (!(objectClass=computer)): OpenLDAP does not know that
// class, so that the answer would be an empty list (RFC 4511, 4.5.1.7).
const defaultFilter = "(objectClass=person)"

// NewReader returns a roster of the entries below a base. Nothing is asked before
// [roster.Reader.Rows] is ranged over; ctx is looked at before each page. Attributes that
// no entry has, and referrals that were passed over, are in [roster.Header.Notes].
//
// The error is a [*roster.HeaderError] for attributes that are named twice, and a
// [*roster.ReadError] for options that can't be used.
func NewReader(ctx context.Context, conn Searcher, opts *Options) (*roster.Reader, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Name == "" {
		o.Name = o.BaseDN
	}
	noComputers := o.Filter == ""
	if noComputers {
		o.Filter = defaultFilter
	}
	if o.PageSize <= 0 {
		o.PageSize = 500
	}
	if err := o.check(); err != nil {
		return nil, &roster.ReadError{File: o.Name, Err: err}
	}
	columns := append([]string{"dn"}, o.Attributes...)
	s := &search{ctx: ctx, conn: conn, opts: o, attributes: slices.Clone(o.Attributes),
		noComputers: noComputers}
	s.request = s.attributes
	if noComputers {
		s.request = append(slices.Clone(s.attributes), "objectClass")
	}
	s.status = slices.IndexFunc(s.attributes, func(a string) bool {
		return strings.EqualFold(a,
			"userAccountControl")
	})
	if s.status >= 0 {
		columns = append(columns, "accountEnabled")
	}
	header, err := roster.NewHeader(o.Name, columns)
	if err != nil {
		return nil, err
	}
	s.header, s.seen = header, make([]bool, len(s.attributes))
	return roster.FromRows(header, s.rows), nil
}

func (o Options) check() error {
	if o.BaseDN == "" || len(o.Attributes) == 0 {
		return errors.New("Options.BaseDN and Options.Attributes are needed")
	}
	if _, err := goldap.ParseDN(o.BaseDN); err != nil {
		return fmt.Errorf("Options.BaseDN: %w", err)
	}
	if _, err := goldap.CompileFilter(o.Filter); err != nil {
		return fmt.Errorf("Options.Filter: %w", err)
	}
	for i, name := range o.Attributes {
		if slices.ContainsFunc(o.Attributes[:i], func(other string) bool { return strings.EqualFold(other, name) }) {
			return fmt.Errorf("Options.Attributes names %q twice", name)
		}
		if strings.TrimSpace(name) != name || strings.ContainsAny(name, "*+;, ") {
			return fmt.Errorf("Options.Attributes: %q is not the name of one attribute", name)
		}
	}
	return nil
}
