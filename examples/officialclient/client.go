package main

import (
	"net/http"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

// newClient returns the official client over transport.
//
// It brings its own pipeline, in a fixed order and without the handlers for
// retries and compression: with the SDK's default one a POST that meets a 429
// mostly fails, for the order of its handlers is random, and the retry then
// sends the plain body under a Content-Encoding of gzip
// (https://github.com/microsoft/kiota-http-go/issues/183). The retry is made
// below the pipeline, where a body is sent again as a whole.
//
// One goroutine at a time may make clients: the SDK writes its package variables
// without a lock.
func newClient(auth authentication.AuthenticationProvider, transport http.RoundTripper) (*msgraphsdk.GraphServiceClient, error) {
	options := msgraphsdk.GetDefaultClientOptions()
	pipeline := khttp.NewCustomTransportWithParentTransport(retrying{transport, 3},
		core.NewGraphTelemetryHandler(&options),
		khttp.NewUrlReplaceHandler(true, core.ReplacementPairs),
		khttp.NewParametersNameDecodingHandler(),
		khttp.NewUserAgentHandler(),
		khttp.NewHeadersInspectionHandler())
	adapter, err := msgraphsdk.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		auth, nil, nil, &http.Client{Transport: pipeline, CheckRedirect: dontFollow})
	if err != nil {
		return nil, err
	}
	return msgraphsdk.NewGraphServiceClient(adapter), nil
}

// dontFollow hands a redirect to the caller: the token is for one host.
func dontFollow(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
