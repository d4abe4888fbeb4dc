package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// Azure's own credential signs in, in process: only its transport is another.
func Example_azidentity() {
	fake := graphfake.New(&graphfake.Options{Permissions: true})
	app := fake.AddApplication(graphfake.Application{DisplayName: "Tool", Secrets: []string{"secret"}})
	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, Permissions: []string{"User.Read.All"}})

	credential, err := azidentity.NewClientSecretCredential("contoso.example", app.AppID, "secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: fake.Client()}})
	if err != nil {
		panic(err)
	}
	token, err := credential.GetToken(context.Background(),
		policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	if err != nil {
		panic(err)
	}
	for _, path := range []string{"users", "applications"} {
		request, _ := http.NewRequest(http.MethodGet, "https://graph.microsoft.com/v1.0/"+path, nil)
		request.Header.Set("Authorization", "Bearer "+token.Token)
		response, err := fake.Client().Do(request)
		if err != nil {
			panic(err)
		}
		response.Body.Close()
		fmt.Println(path, response.Status)
	}
	// Output:
	// users 200 OK
	// applications 403 Forbidden
}

// Over a socket the authority is the endpoint's host; what the certificate's file
// is for, a client in another process does in the same way.
func TestAzidentitySignsInOverTLS(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	app := fake.AddApplication(graphfake.Application{DisplayName: "Tool", Secrets: []string{"secret"}})
	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	host := strings.TrimSuffix(fake.StartTLS(), "/v1.0")
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(fake.CertificatePEM()))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()

	signIn := func(tenant, id, secret string) error {
		credential, err := azidentity.NewClientSecretCredential(tenant, id, secret,
			&azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true, ClientOptions: azcore.ClientOptions{
				Transport: client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: host}}})
		require.NoError(t, err)
		_, err = credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{host + "/.default"}})
		return err
	}
	require.NoError(t, signIn("contoso.example", app.AppID, "secret"))
	var failed *azidentity.AuthenticationFailedError
	for _, c := range []struct{ tenant, id, secret, want string }{
		{"contoso.example", app.AppID, "wrong", "AADSTS7000215"},
		{"contoso.example", "22222222-2222-4222-8222-222222222222", "secret", "AADSTS700016"},
		{"elsewhere.example", app.AppID, "secret", "AADSTS90002"},
	} {
		err := signIn(c.tenant, c.id, c.secret)
		assert.ErrorContains(t, err, c.want)
		if c.tenant == "contoso.example" { // the other fails at discovery
			assert.ErrorAs(t, err, &failed)
		}
	}
}

func TestAzidentitySignsInWithACertificate(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Tool"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	fake := graphfake.New(&graphfake.Options{TB: t})
	app := fake.AddApplication(graphfake.Application{DisplayName: "Tool", More: map[string]any{"keyCredentials": []any{
		map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(der)}}}})
	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})

	credential, err := azidentity.NewClientCertificateCredential("contoso.example", app.AppID,
		[]*x509.Certificate{certificate}, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: fake.Client()}})
	require.NoError(t, err)
	_, err = credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	require.NoError(t, err)
}
