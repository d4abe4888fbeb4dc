package graphfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

// Client returns a client that reaches the server in process: requests to any
// host, https included, are answered by it. It is what azcore's and other SDKs'
// client options take, for sign-in as well as for Graph.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

// Start listens on a free loopback port and returns the URL that clients use
// as their endpoint, such as http://127.0.0.1:4321/v1.0. The listener closes
// with Close, or at the end of the test when Options.TB was given. It panics
// if there is no loopback, as httptest.NewServer does.
func (s *Server) Start() string { return "http://" + s.serve(nil) + "/v1.0" }

// StartTLS is Start with TLS, such as https://127.0.0.1:4321/v1.0, for clients
// that insist on it. They must trust CertificatePEM. Sign-in is at the same
// host: the authority is https://127.0.0.1:4321/TENANT.
func (s *Server) StartTLS() string { return "https://" + s.serve(s.TLSConfig()) + "/v1.0" }

// serve listens and returns the address.
func (s *Server) serve(config *tls.Config) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("graphfake: cannot listen on loopback: " + err.Error())
	}
	address := l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.server.Serve(l)
	return address
}

// Close stops the listener of Start or StartTLS, if any. The directory stays readable.
func (s *Server) Close() {
	s.mu.Lock()
	server := s.server
	s.server = nil
	s.mu.Unlock()
	if server != nil {
		server.Close()
	}
}

// TLSConfig is for a listener of your own. Its certificate is made for this server
// and a year. It is good for localhost, 127.0.0.1, ::1, this machine's own name, and
// the service's names, for clients that resolve those to the fake, in a network of
// containers for instance. Its key is never written anywhere.
func (s *Server) TLSConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.cert()}, NextProtos: []string{"http/1.1"}}
}

// CertificatePEM returns the certificate of TLSConfig and StartTLS, for clients to
// trust: SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, curl --cacert, x509.CertPool.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert().Certificate[0]})
}

// newCertificate makes a key and a certificate of it. It is its own authority, so
// that trusting this one certificate will do.
func newCertificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("graphfake: cannot make a key: " + err.Error())
	}
	names := []string{"localhost", "graph.microsoft.com", "login.microsoftonline.com", "management.azure.com"}
	if own, err := os.Hostname(); err == nil {
		names = append(names, own)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "graphfake"}, // curl trusts no issuer without a name
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		DNSNames:              names,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic("graphfake: cannot make a certificate: " + err.Error())
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
