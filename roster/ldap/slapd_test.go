package ldap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	base     = "dc=contoso,dc=example"
	admin    = "cn=admin," + base
	limited  = "uid=p1,ou=people," + base // may read 20 entries
	password = "a password for this test"
	people   = 1234
)

const config = `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1 NAME 'account1' AUXILIARY MAY ( userAccountControl $ objectGUID ) )
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
database mdb
suffix "` + base + `"
rootdn "` + admin + `"
rootpw "` + password + `"
directory DIR/data
limits dn.exact="` + limited + `" size=20 size.prtotal=20
access to attrs=userPassword by anonymous auth
access to attrs=employeeNumber by dn.exact="` + limited + `" none by * read
access to * by users read by * none
`

// A directory is a slapd with people, of this test alone.
type directory struct {
	plain, tls string // addresses
	roots      *x509.CertPool
}

// start starts a slapd with its own configuration and data. CI installs it and sets
// LDAP_SLAPD=required, so that it can't be skipped there.
func start(t *testing.T) directory {
	t.Helper()
	slapd, err := exec.LookPath("slapd")
	if err != nil {
		slapd, err = exec.LookPath("/usr/sbin/slapd") // not in everyone's path
	}
	if err != nil {
		require.NotEqual(t, "required", os.Getenv("LDAP_SLAPD"), "slapd is missing")
		t.Skip("skipped: slapd is not here; apt-get install slapd brings it")
	}
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	d := directory{plain: freeAddress(t), tls: freeAddress(t), roots: certificate(t, dir)}
	conf, list := filepath.Join(dir, "slapd.conf"), filepath.Join(dir, "list.ldif")
	require.NoError(t, os.WriteFile(conf, []byte(strings.ReplaceAll(config, "DIR", dir)), 0o600))
	require.NoError(t, os.WriteFile(list, []byte(entries()), 0o600))
	// slapadd is slapd by another name
	add := &exec.Cmd{Path: slapd, Args: []string{"slapadd", "-q", "-f", conf, "-l", list}}
	out, err := add.CombinedOutput()
	require.NoError(t, err, "%s", out)
	run := exec.Command(slapd, "-d", "0", "-f", conf, "-h", "ldap://"+d.plain+" ldaps://"+d.tls)
	require.NoError(t, run.Start())
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", d.plain)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 20*time.Second, 20*time.Millisecond, "slapd does not answer")
	return d
}

// entries returns the directory as LDIF: people, a computer, and a referral.
func entries() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: %s\nobjectClass: dcObject\nobjectClass: organization\no: Contoso\ndc: contoso\n\n", base)
	for _, ou := range []string{"people", "odd", "far"} {
		fmt.Fprintf(&b, "dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %[1]s\n\n", ou, base)
	}
	person := func(uid, ou, more string) {
		fmt.Fprintf(&b, "dn: uid=%s,ou=%s,%s\nobjectClass: inetOrgPerson\nobjectClass: account1\nuid: %[1]s\n"+
			"cn: %[1]s\nsn: Test\n%[4]s\n", uid, ou, base, more)
	}
	for i := 1; i <= people; i++ {
		person(fmt.Sprintf("p%d", i), "people", fmt.Sprintf(
			"mail: p%d@contoso.example\nemployeeNumber: %05[1]d\nuserPassword: %s\n", i, password))
	}
	encode := base64.StdEncoding.EncodeToString
	person("zoe", "odd", "mail: zoe@contoso.example\nmail: zoe;2@contoso.example\nuserAccountControl: 514\n"+
		"displayName:: "+encode([]byte("Zoë"))+"\ndisplayName;lang-fr: Zoé\n"+
		"objectGUID:: "+encode([]byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"))+"\n")
	person("bo", "odd", "userAccountControl: 512\njpegPhoto:: "+encode([]byte{0xff, 0xd8, 0})+"\n")
	fmt.Fprintf(&b, "dn: ou=oslo,ou=far,%s\nobjectClass: referral\nobjectClass: extensibleObject\nou: oslo\n"+
		"ref: ldap://oslo.contoso.example/ou=oslo,%[1]s\n\n", base)
	person("far", "far", "")
	return b.String()
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// certificate writes a certificate for 127.0.0.1 and returns what trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "slapd"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return roots
}

func (d directory) trust() *tls.Config { return &tls.Config{RootCAs: d.roots} }
