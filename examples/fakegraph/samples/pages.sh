#!/bin/sh
# POSIX shell: sign in, create a user, follow the pages of a list, and come back after Retry-After when throttled.
set -eu
: "${FAKE:=https://127.0.0.1:8443}" "${CA:=fakegraph-cert.pem}" "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# member NAME prints the values of a text member, one a line.
member() { { cat; echo; } | tr '{,' '\n\n' | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# graph URL [CURL ARGUMENTS] prints the answer.
graph() {
  url=$1
  shift
  while :; do
    status=$(curl --silent --cacert "$CA" --header "Authorization: Bearer $token" --dump-header "$work/header" \
      --output "$work/body" --write-out '%{http_code}' "$@" "$url")
    case $status in
    2??) cat "$work/body"; return ;;
    429) sleep "$(tr -d '\r' <"$work/header" | sed -n 's/^[Rr]etry-[Aa]fter: *//p')" ;;
    *) cat "$work/body" >&2; return 1 ;;
    esac
  done
}

token=$(curl --silent --cacert "$CA" "$FAKE/contoso.example/oauth2/v2.0/token" --data grant_type=client_credentials \
  --data-urlencode "client_id=$CLIENT_ID" --data-urlencode "client_secret=$CLIENT_SECRET" \
  --data-urlencode "scope=https://graph.microsoft.com/.default" | member access_token)

graph "$FAKE/v1.0/users" --header "Content-Type: application/json" --data '{
  "accountEnabled": true, "displayName": "Dee", "mailNickname": "dee", "userPrincipalName": "dee@contoso.example",
  "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"}}' >/dev/null

next="$FAKE/v1.0/users?\$select=userPrincipalName&\$top=2"
while [ -n "$next" ]; do
  graph "$next" >"$work/page"
  member userPrincipalName <"$work/page"
  next=$(member '@odata.nextLink' <"$work/page")
done
