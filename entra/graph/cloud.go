package graph

import (
	"net/url"
	"strings"
)

// A Cloud is a deployment of Microsoft Graph with tenants of its own.
type Cloud struct {
	// Name is the cloud's, "Global" for the worldwide one.
	Name string
	// Endpoint is for [ConnectOptions.Endpoint].
	Endpoint string
	// Scope is what an application asks a token for.
	Scope string
}

// clouds are the names and hosts. The last two are taken from public tools.
// https://learn.microsoft.com/graph/deployments
// https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands
var clouds = [][2]string{
	{"Global", "graph.microsoft.com"},
	{"US Government L4", "graph.microsoft.us"},
	{"US Government L5 (DOD)", "dod-graph.microsoft.us"},
	{"China operated by 21Vianet", "microsoftgraph.chinacloudapi.cn"},
	{"Bleu", "graph.svc.sovcloud.fr"},
	{"Delos", "graph.svc.sovcloud.de"},
	{"GovSG", "graph.svc.sovcloud.sg"},
	{"USNat", "graph.eaglex.ic.gov"},
	{"USSec", "graph.microsoft.scloud"},
}

// Clouds returns the clouds that are known.
func Clouds() []Cloud {
	all := make([]Cloud, len(clouds))
	for i, c := range clouds {
		root := "https://" + c[1]
		all[i] = Cloud{Name: c[0], Endpoint: root + "/v1.0", Scope: root + "/.default"}
	}
	return all
}

// Cloud returns the cloud that the connection leads to; the zero value if that is
// not known, as of a stand-in or a gateway.
func (c *Conn) Cloud() Cloud {
	base, err := url.Parse(c.adapter.GetBaseUrl())
	if err != nil {
		return Cloud{}
	}
	for i, known := range clouds {
		if strings.EqualFold(base.Host, known[1]) {
			return Clouds()[i]
		}
	}
	return Cloud{}
}
