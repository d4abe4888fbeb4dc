#!/bin/sh
# curl alone: sign in, create a user, list users. Run it against
#   fakegraph -addr 127.0.0.1:8443 -tls -client "$CLIENT_ID:$CLIENT_SECRET"
set -eu
: "${FAKE:=https://127.0.0.1:8443}" "${CA:=fakegraph-cert.pem}" "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"

token=$(curl --fail-with-body --silent --cacert "$CA" "$FAKE/contoso.example/oauth2/v2.0/token" \
  --data grant_type=client_credentials --data-urlencode "client_id=$CLIENT_ID" \
  --data-urlencode "client_secret=$CLIENT_SECRET" --data-urlencode "scope=https://graph.microsoft.com/.default" |
  sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')

curl --fail-with-body --silent --output /dev/null --cacert "$CA" "$FAKE/v1.0/users" \
  --header "Authorization: Bearer $token" --json '{
    "accountEnabled": true, "displayName": "Dee", "mailNickname": "dee", "userPrincipalName": "dee@contoso.example",
    "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"}}'

curl --fail-with-body --silent --cacert "$CA" --get "$FAKE/v1.0/users" --header "Authorization: Bearer $token" \
  --data-urlencode '$select=userPrincipalName' | tr '{,' '\n\n' | sed -n 's/.*"userPrincipalName":"\([^"]*\)".*/\1/p'
