// Package entra asks Microsoft Graph for users, applications and app role
// assignments, and writes them. It implements the ports of packages match and
// assign over the request adapter of msgraph-sdk-go.
package entra
